/** Server-side apply. */
import { get, patch, post, put, type Scenario, type Step } from '../step.ts';
import { API_VERSION, endpoint, group, object, type Sample, samples } from './samples.ts';

const as = (title: string, manager: string, path: string, body: unknown, query = ''): Step =>
  patch('apply', title, `${path}?fieldManager=${manager}${query}`, body);

const applyOf = (sample: Sample): Scenario => {
  const { plural, kind, field, values } = sample;
  const item = `${plural}/a`;
  const make = (spec: object = {}, metadata: object = {}) => object(sample, 'a', metadata, spec);
  const part = (spec: object, metadata: object = {}) => ({
    apiVersion: API_VERSION,
    kind,
    metadata: { name: 'a', ...metadata },
    spec,
  });
  return {
    name: `apply-${plural}`,
    steps: [
      as('dry run creates', 'one', item, make(), '&dryRun=All'),
      as('creates', 'one', item, make({ [field]: values[0] })),
      as('same again', 'one', item, make({ [field]: values[0] })),
      as('another owns as well', 'two', item, part({ [field]: values[0] })),
      as('conflict', 'two', item, part({ [field]: values[1] })),
      as('conflict is forced', 'two', item, part({ [field]: values[1] }), '&force=true'),
      as('no longer applied', 'two', item, part({})),
      as('two labels', 'labels', item, part({}, { labels: { a: '1', b: '2' } })),
      as('one label', 'labels', item, part({}, { labels: { a: '1' } })),
      patch('apply', 'no manager', item, make()),
      as('empty manager', '', item, make()),
      as('manager too long', 'm'.repeat(129), item, make()),
      as('other name', 'one', item, object(sample, 'b')),
      as('no name', 'one', item, { apiVersion: API_VERSION, kind, metadata: {}, spec: sample.spec }),
      as('no kind', 'one', item, { apiVersion: API_VERSION, metadata: { name: 'a' } }),
      as('no version', 'one', item, { kind, metadata: { name: 'a' } }),
      as('other kind', 'one', item, { ...make(), kind: 'Other' }),
      as('other version', 'one', item, { ...make(), apiVersion: 'services.x-k8s.io/v9' }),
      as('managed fields', 'one', item, make({}, { managedFields: [] })),
      as('managed fields null', 'one', item, make({}, { managedFields: null })),
      as('wrong uid', 'one', item, make({}, { uid: '11111111-2222-3333-4444-555555555555' })),
      as(
        'uid of nothing',
        'one',
        `${plural}/none`,
        object(sample, 'none', { uid: '11111111-2222-3333-4444-555555555555' }),
      ),
      as('old version', 'one', item, make({}, { resourceVersion: '1' })),
      as(
        'version of nothing',
        'one',
        `${plural}/versioned`,
        object(sample, 'versioned', { resourceVersion: '1' }),
      ),
      as('unknown field', 'one', item, make({ bogus: 1 })),
      as('unknown field, Ignore', 'one', item, make({ bogus: 1 }), '&fieldValidation=Ignore'),
      as('wrong type', 'one', item, make({ [field]: 5 })),
      as('status by the main resource', 'one', item, { ...make(), status: { observedGeneration: 3 } }),
      as('no object', 'one', item, '[]'),
      as('no yaml', 'one', item, 'a: ['),
      as('nothing', 'one', item, ''),
      as('null', 'one', item, 'null'),
      as(
        'duplicate field',
        'one',
        item,
        `{"apiVersion":"${API_VERSION}","kind":"${kind}","kind":"${kind}","metadata":{"name":"a"}}`,
        '&fieldValidation=Strict',
      ),
      as('bad force', 'one', item, make(), '&force=maybe'),
      get('in the end', item),
    ],
  };
};

const address = (ip: string, more: object = {}) => ({ ip, ...more });
const addressed = (...addresses: object[]) => ({
  apiVersion: API_VERSION,
  kind: 'Endpoint',
  metadata: { name: 'a' },
  spec: { addresses },
});

const lists: Scenario = {
  name: 'apply-lists',
  steps: [
    as('one item', 'one', 'endpoints/a', addressed(address('10.0.0.1'))),
    as('another item', 'two', 'endpoints/a', addressed(address('10.0.0.2', { interface: 'eth1' }))),
    as('a field of the first', 'three', 'endpoints/a', addressed(address('10.0.0.1', { interface: 'eth0' }))),
    as(
      'order is that of who applies',
      'two',
      'endpoints/a',
      addressed(address('10.0.0.3'), address('10.0.0.1')),
    ),
    as('conflict in an item', 'four', 'endpoints/a', addressed(address('10.0.0.1', { interface: 'eth9' }))),
    as('the first goes', 'one', 'endpoints/a', addressed(address('10.0.0.4'))),
    as('one key twice', 'one', 'endpoints/a', addressed(address('10.0.0.1'), address('10.0.0.1'))),
    as('no key', 'one', 'endpoints/a', addressed({ network: 'n' })),
    get('in the end', 'endpoints/a'),
    as('atomic list', 'one', 'servicegroups/g', {
      ...object(group, 'g', {}, { addressFamilies: ['IPv4', 'IPv6'] }),
    }),
    as('atomic list of two', 'two', 'servicegroups/g', {
      ...object(group, 'g', {}, { addressFamilies: ['IPv6'] }),
    }),
    as('finalizers are a set', 'two', 'servicegroups/g', {
      ...object(group, 'g', { finalizers: ['example.com/b'] }),
    }),
    as('finalizers of another', 'three', 'servicegroups/g', {
      ...object(group, 'g', { finalizers: ['example.com/a'] }),
    }),
    get('the group in the end', 'servicegroups/g'),
  ],
};

const owners: Scenario = {
  name: 'apply-owners',
  steps: [
    post('created by POST', 'endpoints?fieldManager=poster', object(endpoint, 'a'), { as: 'first' }),
    as('conflict with a default', 'one', 'endpoints/a', object(endpoint, 'a', {}, { weight: 5 })),
    as('over POST by force', 'one', 'endpoints/a', object(endpoint, 'a', {}, { weight: 5 }), '&force=true'),
    patch(
      'merge',
      'merge patch takes over',
      'endpoints/a?fieldManager=merger',
      { spec: { weight: 6 } },
      { as: 'merged' },
    ),
    as('conflict with a patch', 'one', 'endpoints/a', object(endpoint, 'a', {}, { weight: 5 })),
    put('status', 'endpoints/a/status?fieldManager=state', {
      ...object(endpoint, 'a', { resourceVersion: '{{merged.rv}}' }, { weight: 6 }),
      status: { lastChangeTriggerTime: '2026-01-01T00:00:00Z' },
    }),
    as('status by apply', 'stater', 'endpoints/a/status', {
      apiVersion: API_VERSION,
      kind: 'Endpoint',
      metadata: { name: 'a' },
      status: { lastChangeTriggerTime: '2026-01-01T00:00:00Z' },
    }),
    as('status of nothing', 'stater', 'endpoints/none/status', {
      apiVersion: API_VERSION,
      kind: 'Endpoint',
      metadata: { name: 'none' },
      status: {},
    }),
    get('in the end', 'endpoints/a'),
  ],
};

export const applyScenarios: readonly Scenario[] = [...samples.map(applyOf), lists, owners];
