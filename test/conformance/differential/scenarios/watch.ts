/** Watches that end by themselves after a second, over what happened before. */
import { del, get, patch, post, put, type Scenario, type Step } from '../step.ts';
import { endpoint, object } from './samples.ts';

const FUTURE = '9000000000000000';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

const watch = (title: string, query: string, accept?: string): Step =>
  get(
    title,
    `endpoints?watch=true&timeoutSeconds=1${query}`,
    accept === undefined ? {} : { headers: { accept } },
  );

const make = (name: string, app: string, metadata: object = {}) =>
  object(endpoint, name, { labels: { app }, ...metadata });

const watches: Scenario = {
  name: 'watches',
  steps: [
    post('a', 'endpoints', make('a', 'web'), { as: 'a' }),
    post('b', 'endpoints', make('b', 'db'), { as: 'b' }),
    put(
      'a changes',
      'endpoints/a',
      make('a', 'web', { resourceVersion: '{{a.rv}}', annotations: { a: '1' } }),
      { as: 'a2' },
    ),
    patch(
      'merge',
      'a leaves the selector',
      'endpoints/a',
      { metadata: { labels: { app: 'db' } } },
      { as: 'a3' },
    ),
    patch('merge', 'a comes back', 'endpoints/a', { metadata: { labels: { app: 'web' } } }),
    patch('merge', 'b moves', 'endpoints/b', { spec: { nodeName: 'node-1' } }),
    del('b goes', 'endpoints/b'),
    watch('from the first', '&resourceVersion={{a.rv}}'),
    watch('selected by label', '&resourceVersion={{a.rv}}&labelSelector=app%3Dweb'),
    watch('selected by name', '&resourceVersion={{a.rv}}&fieldSelector=metadata.name%3Db'),
    watch('selected by field', '&resourceVersion={{a.rv}}&fieldSelector=spec.nodeName%3Dnode-1'),
    watch('unset version', ''),
    watch('version 0', '&resourceVersion=0'),
    watch('version 1', '&resourceVersion=1'),
    watch('malformed version', '&resourceVersion=abc'),
    watch('negative version', '&resourceVersion=-1'),
    watch('version of the future', `&resourceVersion=${FUTURE}`),
    watch('metadata only', '&resourceVersion={{a.rv}}', PARTIAL),
    watch('table', '&resourceVersion={{a.rv}}', TABLE),
    watch('unknown type', '&resourceVersion={{a.rv}}', 'text/html'),
    watch('match without initial events', '&resourceVersion=0&resourceVersionMatch=NotOlderThan'),
    watch(
      'initial events',
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    ),
    watch(
      'initial events at a version',
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion={{a.rv}}',
    ),
    watch('initial events without match', '&sendInitialEvents=true&allowWatchBookmarks=true'),
    watch('initial events without bookmarks', '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'),
    watch(
      'initial events, exact',
      '&sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true',
    ),
    watch(
      'no initial events',
      '&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    ),
    watch(
      'initial events of the future',
      `&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=${FUTURE}`,
    ),
    watch('with a limit', '&resourceVersion={{a.rv}}&limit=1'),
    watch('bad selector', '&labelSelector=a%20b'),
    watch('bad field', '&fieldSelector=spec.bogus%3D1'),
    get('the old path', '/watch/namespaces/watches/endpoints?timeoutSeconds=1'),
  ],
};

export const watchScenarios: readonly Scenario[] = [watches];
