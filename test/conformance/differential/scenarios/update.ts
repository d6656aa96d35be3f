/** PUT, on the object and its status, and the patches that a custom resource takes. */
import { get, patch, post, put, type Scenario } from '../step.ts';
import { API_VERSION, object, type Sample, samples } from './samples.ts';

const updateOf = (sample: Sample): Scenario => {
  const { plural, field, values } = sample;
  const make = (metadata: object = {}, spec: object = {}) => object(sample, 'a', metadata, spec);
  const at = (rv: string, spec: object = {}, metadata: object = {}) =>
    make({ resourceVersion: rv, ...metadata }, spec);
  const condition = {
    type: 'example.com/Done',
    status: 'True',
    reason: 'Done',
    message: 'm',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  return {
    name: `update-${plural}`,
    steps: [
      post('the object', plural, make(), { as: 'first' }),
      put('spec', `${plural}/a`, at('{{first.rv}}', { [field]: values[0] }), { as: 'second' }),
      put('an old version', `${plural}/a`, at('{{first.rv}}')),
      put('no version', `${plural}/a`, make()),
      put('version 0', `${plural}/a`, at('0')),
      put('malformed version', `${plural}/a`, at('abc')),
      put('nothing changes', `${plural}/a`, at('{{second.rv}}', { [field]: values[0] }), { as: 'same' }),
      put('labels only', `${plural}/a`, at('{{second.rv}}', { [field]: values[0] }, { labels: { a: 'b' } }), {
        as: 'third',
      }),
      put(
        'wrong uid',
        `${plural}/a`,
        at('{{third.rv}}', {}, { uid: '11111111-2222-3333-4444-555555555555' }),
      ),
      put('right uid, dry run', `${plural}/a?dryRun=All`, at('{{third.rv}}', {}, { uid: '{{first.uid}}' })),
      put('other name', `${plural}/a`, {
        ...at('{{third.rv}}'),
        metadata: { name: 'b', resourceVersion: '{{third.rv}}' },
      }),
      put('other namespace', `${plural}/a`, at('{{third.rv}}', {}, { namespace: 'elsewhere' })),
      put('no name', `${plural}/a?dryRun=All`, {
        ...at('{{third.rv}}'),
        metadata: { resourceVersion: '{{third.rv}}' },
      }),
      put('missing object', `${plural}/none`, object(sample, 'none', { resourceVersion: '1' })),
      put('missing object without version', `${plural}/none`, object(sample, 'none')),
      put(
        'other creation time',
        `${plural}/a?dryRun=All`,
        at('{{third.rv}}', {}, { creationTimestamp: '2001-01-01T00:00:00Z' }),
      ),
      put('other generation', `${plural}/a?dryRun=All`, at('{{third.rv}}', {}, { generation: 99 })),
      put('unknown field, Strict', `${plural}/a?fieldValidation=Strict`, at('{{third.rv}}', { bogus: 1 })),
      put(
        'unknown field, Warn',
        `${plural}/a?fieldValidation=Warn&dryRun=All`,
        at('{{third.rv}}', { bogus: 1 }),
      ),
      put('status by the main resource', `${plural}/a?dryRun=All`, {
        ...at('{{third.rv}}'),
        status: { conditions: [condition] },
      }),
      put(
        'status',
        `${plural}/a/status`,
        { ...at('{{third.rv}}', { [field]: values[1] }), status: { conditions: [condition] } },
        { as: 'fourth' },
      ),
      get('spec after a status write', `${plural}/a`),
      get('status as read', `${plural}/a/status`),
      put(
        'labels by status',
        `${plural}/a/status`,
        { ...at('{{fourth.rv}}', {}, { labels: { by: 'status' } }), status: { conditions: [condition] } },
        { as: 'fifth' },
      ),
      put('status of a wrong type', `${plural}/a/status`, { ...at('{{fifth.rv}}'), status: 'text' }),
      put('conditions twice', `${plural}/a/status`, {
        ...at('{{fifth.rv}}'),
        status: { conditions: [condition, condition] },
      }),
      put('managed fields emptied', `${plural}/a`, at('{{fifth.rv}}', {}, { managedFields: [] }), {
        as: 'sixth',
      }),
      put('managed fields reset', `${plural}/a`, at('{{sixth.rv}}', {}, { managedFields: [{}] }), {
        as: 'seventh',
      }),
      get('in the end', `${plural}/a`),
      ...Object.entries(sample.wrong).map(([what, spec]) =>
        put(`wrong: ${what}`, `${plural}/a`, {
          apiVersion: API_VERSION,
          kind: sample.kind,
          metadata: { name: 'a', resourceVersion: '{{seventh.rv}}' },
          spec,
        }),
      ),
    ],
  };
};

const patchOf = (sample: Sample): Scenario => {
  const { plural, field, values } = sample;
  const item = `${plural}/a`;
  return {
    name: `patch-${plural}`,
    steps: [
      post('the object', plural, object(sample, 'a'), { as: 'first' }),
      patch('merge', 'merge: set', item, { spec: { [field]: values[0] } }, { as: 'second' }),
      patch('merge', 'merge: same again', item, { spec: { [field]: values[0] } }),
      patch('merge', 'merge: remove', item, { spec: { [field]: null } }),
      patch('merge', 'merge: labels', item, { metadata: { labels: { a: 'b' } } }),
      patch('merge', 'merge: nothing', item, {}),
      patch('merge', 'merge: null', item, 'null'),
      patch('merge', 'merge: a list', item, []),
      patch('merge', 'merge: no JSON', item, '{'),
      patch('merge', 'merge: empty', item, ''),
      patch('merge', 'merge: spec removed', `${item}?dryRun=All`, { spec: null }),
      patch('merge', 'merge: old version', item, { metadata: { resourceVersion: '{{first.rv}}' } }),
      patch('merge', 'merge: wrong uid', item, { metadata: { uid: '11111111-2222-3333-4444-555555555555' } }),
      patch('merge', 'merge: other name', item, { metadata: { name: 'b' } }),
      patch('merge', 'merge: other namespace', item, { metadata: { namespace: 'b' } }),
      patch('merge', 'merge: other kind', item, { kind: 'Other' }),
      patch('merge', 'merge: other version', item, { apiVersion: 'example.com/v1' }),
      patch('merge', 'merge: missing object', `${plural}/none`, {}),
      patch('merge', 'merge: unknown field', `${item}?dryRun=All`, { spec: { bogus: 1 } }),
      patch('merge', 'merge: unknown field, Strict', `${item}?fieldValidation=Strict`, {
        spec: { bogus: 1 },
      }),
      patch('merge', 'merge: unknown field, Warn', `${item}?fieldValidation=Warn`, { spec: { bogus: 1 } }),
      patch(
        'merge',
        'merge: duplicate, Strict',
        `${item}?fieldValidation=Strict`,
        `{"spec":{"${field}":"a","${field}":"b"}}`,
      ),
      patch('merge', 'merge: wrong type', item, { spec: { [field]: 5 } }),
      patch('merge', 'merge: status by the main resource', item, { status: { observedGeneration: 5 } }),
      patch('merge', 'merge: spec by status', `${item}/status`, { spec: { [field]: values[1] } }),
      patch('merge', 'merge: dry run', `${item}?dryRun=All`, { spec: { [field]: values[1] } }),
      patch('merge', 'merge: force', `${item}?force=true`, { spec: { [field]: values[1] } }),
      patch('merge', 'merge: bad dry run', `${item}?dryRun=None`, {}),
      patch('json', 'json: add', item, [{ op: 'add', path: `/spec/${field}`, value: values[0] }]),
      patch('json', 'json: test and replace', item, [
        { op: 'test', path: `/spec/${field}`, value: values[0] },
        { op: 'replace', path: `/spec/${field}`, value: values[1] },
      ]),
      patch('json', 'json: test fails', item, [{ op: 'test', path: `/spec/${field}`, value: 'no' }]),
      patch('json', 'json: copy and move', item, [
        { op: 'add', path: '/metadata/annotations', value: { a: '1' } },
        { op: 'copy', from: '/metadata/annotations/a', path: '/metadata/annotations/b' },
        { op: 'move', from: '/metadata/annotations/b', path: '/metadata/annotations/c' },
      ]),
      patch('json', 'json: remove', item, [{ op: 'remove', path: `/spec/${field}` }]),
      patch('json', 'json: remove what is not there', item, [{ op: 'remove', path: '/spec/none' }]),
      patch('json', 'json: unknown operation', item, [{ op: 'spin', path: '/spec' }]),
      patch('json', 'json: no path', item, [{ op: 'add', value: 1 }]),
      patch('json', 'json: an object', item, {}),
      patch('json', 'json: nothing', item, []),
      patch('json', 'json: null', item, 'null'),
      patch('json', 'json: no JSON', item, '['),
      patch('json', 'json: unknown field, Strict', `${item}?fieldValidation=Strict`, [
        { op: 'add', path: '/spec/bogus', value: 1 },
      ]),
      patch('json', 'json: wrong type', item, [{ op: 'add', path: `/spec/${field}`, value: 5 }]),
      patch('json', 'json: missing object', `${plural}/none`, []),
      patch(
        'merge',
        'strategic is not for everyone',
        `${plural}/none`,
        {},
        { headers: { 'content-type': 'text/plain' } },
      ),
      patch('merge', 'no content type', item, {}, { headers: { 'content-type': '' } }),
      patch('merge', 'a list is no patch target', plural, {}),
      get('in the end', item),
    ],
  };
};

export const updateScenarios: readonly Scenario[] = samples.flatMap((sample) => [
  updateOf(sample),
  patchOf(sample),
]);
