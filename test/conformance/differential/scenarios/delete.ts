/** DELETE, of one and of many, with all its options. */
import { del, get, patch, post, put, type Scenario } from '../step.ts';
import { group, object, type Sample, samples } from './samples.ts';

const options = (more: object) => ({ apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', ...more });

const deleteOf = (sample: Sample): Scenario => {
  const { plural } = sample;
  const make = (name: string, metadata: object = {}) => object(sample, name, metadata);
  return {
    name: `delete-${plural}`,
    steps: [
      del('missing', `${plural}/none`),
      post('a', plural, make('a'), { as: 'a' }),
      del('dry run', `${plural}/a?dryRun=All`),
      del('dry run in the body', `${plural}/a`, options({ dryRun: ['All'] })),
      del('dry run of another sort', `${plural}/a`, options({ dryRun: ['Some'] })),
      del(
        'wrong uid',
        `${plural}/a`,
        options({ preconditions: { uid: '11111111-2222-3333-4444-555555555555' } }),
      ),
      del('wrong version', `${plural}/a`, options({ preconditions: { resourceVersion: '1' } })),
      del(
        'orphan and policy',
        `${plural}/a`,
        options({ orphanDependents: true, propagationPolicy: 'Orphan' }),
      ),
      del('unknown policy', `${plural}/a`, options({ propagationPolicy: 'Maybe' })),
      del('unknown policy in the query', `${plural}/a?propagationPolicy=Maybe`),
      del('other kind of options', `${plural}/a`, { apiVersion: 'v1', kind: 'Other' }),
      del('options are a list', `${plural}/a`, '[]'),
      del('options are no JSON', `${plural}/a`, '{'),
      del('negative grace period', `${plural}/a?dryRun=All`, options({ gracePeriodSeconds: -1 })),
      del('grace period in the query', `${plural}/a?dryRun=All&gracePeriodSeconds=5`),
      del('grace period is no number', `${plural}/a?gracePeriodSeconds=x`),
      del('right uid', `${plural}/a`, options({ preconditions: { uid: '{{a.uid}}' } })),
      get('is gone', `${plural}/a`),
      post('with a finalizer', plural, make('f', { finalizers: ['example.com/keep'] }), { as: 'f' }),
      del('waits', `${plural}/f`),
      del('waits again', `${plural}/f`),
      post('over a terminating one', plural, make('f')),
      patch('merge', 'a new finalizer', `${plural}/f`, {
        metadata: { finalizers: ['example.com/keep', 'example.com/new'] },
      }),
      patch('merge', 'changing while terminating', `${plural}/f`, { metadata: { labels: { a: 'b' } } }),
      patch('merge', 'the last finalizer goes', `${plural}/f`, { metadata: { finalizers: null } }),
      get('is gone as well', `${plural}/f`),
      post('with a finalizer, once more', plural, make('p', { finalizers: ['example.com/keep'] }), {
        as: 'p',
      }),
      put(
        'deletion time by hand',
        `${plural}/p`,
        make('p', {
          resourceVersion: '{{p.rv}}',
          finalizers: ['example.com/keep'],
          deletionTimestamp: '2026-01-01T00:00:00Z',
        }),
        { as: 'p2' },
      ),
      del('orphanDependents false', `${plural}/p`, options({ orphanDependents: false })),
      patch('json', 'finalizers go', `${plural}/p`, [{ op: 'remove', path: '/metadata/finalizers' }]),
    ],
  };
};

const many: Scenario = {
  name: 'delete-many',
  steps: [
    ...['a', 'b', 'c', 'd'].map((name, i) =>
      post(`create ${name}`, group.plural, object(group, name, { labels: { half: String(i % 2) } })),
    ),
    del('dry run', `${group.plural}?dryRun=All`),
    del('bad selector', `${group.plural}?labelSelector=a%20b`),
    del('selected', `${group.plural}?labelSelector=half%3D0`),
    get('what is left', group.plural),
    del('by name', `${group.plural}?fieldSelector=metadata.name%3Db`),
    del('unknown policy', `${group.plural}?propagationPolicy=Maybe`),
    del('none', `${group.plural}?labelSelector=none`),
    del('the rest', group.plural),
    get('nothing is left', group.plural),
    del('all namespaces', `/${group.plural}`),
  ],
};

export const deleteScenarios: readonly Scenario[] = [...samples.map(deleteOf), many];
