/** GET and LIST: selectors, paging, revisions. */
import { del, get, patch, post, type Scenario } from '../step.ts';
import { endpoint, group, object } from './samples.ts';

const FUTURE = '9000000000000000';
const names = ['a', 'b', 'c', 'd', 'e'];

const fill = names.map((name, i) =>
  post(
    `create ${name}`,
    'endpoints',
    object(endpoint, name, { labels: { app: name, half: String(i % 2) } }, { nodeName: `node-${i % 2}` }),
    { as: name },
  ),
);

const selected = (parameter: 'labelSelector' | 'fieldSelector', ...selectors: string[]) =>
  selectors.map((selector) =>
    get(`${parameter} ${selector}`, `endpoints?${parameter}=${encodeURIComponent(selector)}`),
  );

const lists: Scenario = {
  name: 'lists',
  steps: [
    get('empty', 'endpoints'),
    ...fill,
    get('all', 'endpoints'),
    ...selected(
      'labelSelector',
      ...['app=a', 'app==a', 'app!=a', 'app in (a,b)', 'app notin (a)', 'half=0,app!=a', '!none', 'app', ''],
      ...[
        'none',
        'app>1',
        'half>0',
        'half<1',
        'half>=0',
        'app in',
        'app in (a',
        '=a',
        'a b',
        'app=a=b',
        'a/b/c=d',
        '!app=a',
      ],
      ...['app in ()', 'app=a,,half=0', 'app=-a', `app=${'a'.repeat(64)}`],
    ),
    ...selected(
      'fieldSelector',
      ...['metadata.name=a', 'metadata.name!=a', 'metadata.namespace=lists', 'metadata.namespace=other'],
      ...['spec.nodeName=node-1', 'spec.nodeName!=node-1', 'spec.nodeName=node-1,metadata.name=b'],
      ...[
        'spec.nodeName==node-0',
        'spec.bogus=1',
        'metadata.uid=1',
        'metadata.name',
        'a=b=c',
        '',
        'metadata.name=',
      ],
    ),
    get('limit 2', 'endpoints?limit=2', { as: 'page' }),
    get('the next', 'endpoints?limit=2&continue={{page.continue}}', { as: 'next' }),
    get('the last', 'endpoints?limit=2&continue={{next.continue}}'),
    get('limit 2 with a selector', 'endpoints?limit=1&labelSelector=half%3D0', { as: 'chosen' }),
    get('the rest of the selected', 'endpoints?labelSelector=half%3D0&continue={{chosen.continue}}'),
    get('continue with a version', 'endpoints?limit=2&continue={{page.continue}}&resourceVersion=1'),
    get('continue with version 0', 'endpoints?limit=2&continue={{page.continue}}&resourceVersion=0'),
    get('continue is no token', 'endpoints?limit=2&continue=abc'),
    get('continue is another token', 'endpoints?limit=2&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MH0'),
    get('negative limit', 'endpoints?limit=-1'),
    get('limit is no number', 'endpoints?limit=many'),
    get('limit 5 is all', 'endpoints?limit=5'),
    get('limit above', 'endpoints?limit=100'),
    get('all namespaces', '/endpoints?labelSelector=app%3Da&fieldSelector=metadata.namespace%3Dlists'),
    get('pretty', 'endpoints?pretty=true&limit=1'),
    get('timeoutSeconds', 'endpoints?timeoutSeconds=5&limit=1'),
    get('an unknown parameter', 'endpoints?bogus=1&limit=1'),
    get('a missing namespace', '/namespaces/none/endpoints'),
  ],
};

const versions = ['', '0', '{{c.rv}}', FUTURE, 'abc', '-1', '1.5'];
const matches = ['', 'Exact', 'NotOlderThan', 'Bogus'];

const revisions: Scenario = {
  name: 'revisions',
  steps: [
    ...fill,
    ...versions.flatMap((version) =>
      matches.flatMap((match) =>
        ['', '2'].map((limit) =>
          get(
            `version ${version || 'unset'} match ${match || 'unset'} limit ${limit || 'unset'}`,
            `endpoints?timeoutSeconds=1&resourceVersion=${version}${match && `&resourceVersionMatch=${match}`}${limit && `&limit=${limit}`}`,
          ),
        ),
      ),
    ),
    ...versions.map((version) =>
      get(`item at version ${version || 'unset'}`, `endpoints/a?resourceVersion=${version}`),
    ),
    patch('merge', 'a changes', 'endpoints/a', { spec: { weight: 1 } }, { as: 'changed' }),
    del('b goes', 'endpoints/b'),
    get('as it was', 'endpoints?resourceVersionMatch=Exact&resourceVersion={{e.rv}}'),
    get('at least as it was', 'endpoints?resourceVersionMatch=NotOlderThan&resourceVersion={{e.rv}}'),
    get('sendInitialEvents on a list', 'endpoints?sendInitialEvents=true'),
  ],
};

const items: Scenario = {
  name: 'items',
  steps: [
    post('create', 'servicegroups', object(group, 'a')),
    get('item', 'servicegroups/a'),
    get('missing', 'servicegroups/none'),
    get('status of a missing one', 'servicegroups/none/status'),
    get('pretty', 'servicegroups/a?pretty=true'),
    get('unknown subresource', 'servicegroups/a/bogus'),
    get('deeper than a subresource', 'servicegroups/a/status/deep'),
    get('scale', 'servicegroups/a/scale'),
    get('unknown resource', 'bogus'),
    get('unknown item', 'bogus/a'),
    get('trailing slash', 'servicegroups/'),
    get('watch on an item', 'servicegroups/a?watch=true&timeoutSeconds=1'),
    get('encoded name', 'servicegroups/%61'),
    get('name with a space', 'servicegroups/a%20b'),
    { title: 'HEAD', method: 'HEAD', path: 'servicegroups/a' },
    { title: 'OPTIONS', method: 'OPTIONS', path: 'servicegroups/a' },
    { title: 'PUT on the list', method: 'PUT', path: 'servicegroups' },
    {
      title: 'POST on the item',
      method: 'POST',
      path: 'servicegroups/a',
      body: object(group, 'a'),
      headers: { 'content-type': 'application/json' },
    },
    {
      title: 'POST on the status',
      method: 'POST',
      path: 'servicegroups/a/status',
      body: object(group, 'a'),
      headers: { 'content-type': 'application/json' },
    },
    { title: 'DELETE on the status', method: 'DELETE', path: 'servicegroups/a/status' },
    post('POST to all namespaces', '/servicegroups', object(group, 'x')),
    { title: 'unknown method', method: 'PROPFIND', path: 'servicegroups/a' },
  ],
};

export const readScenarios: readonly Scenario[] = [lists, revisions, items];
