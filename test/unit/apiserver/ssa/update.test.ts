import assert from 'node:assert/strict';
import { apiVersion, applied, now, type Thing, thing, updated } from './objects.ts';

const later = new Date('2026-01-02T03:05:00Z');
const at = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const entriesOf = (object: Thing) => object.metadata.managedFields ?? [];
const edited = (live: Thing, spec: Record<string, unknown>): Thing => ({ ...structuredClone(live), spec });

describe('managedFields of updates (conformance §10)', () => {
  it('who creates owns everything but what names the object', () => {
    const object = updated(undefined, 'c', thing({ replicas: 1 }, { uid: 'u', labels: { a: '1' } }));
    assert.deepEqual(entriesOf(object), [
      {
        manager: 'c',
        operation: 'Update',
        apiVersion,
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': { '.': {}, 'f:replicas': {} },
        },
      },
    ]);
  });

  it('who changes a field takes it; a second change of the same manager is one entry with the new time', () => {
    const one = updated(undefined, 'c', thing({ replicas: 1, mode: 'm' }, { uid: 'u' }));
    const two = updated(one, 'e', edited(one, { replicas: 2, mode: 'm' }), { at: later });
    const three = updated(two, 'e', edited(two, { replicas: 2, mode: 'n' }), { at: at(2) });
    assert.deepEqual(
      entriesOf(three).map(({ manager, time, fieldsV1 }) => [manager, time, fieldsV1]),
      [
        ['c', '2026-01-02T03:04:05Z', { 'f:spec': {} }],
        ['e', '2026-01-02T03:06:05Z', { 'f:spec': { 'f:mode': {}, 'f:replicas': {} } }],
      ],
    );
  });

  it('left out they stay, [] and [{}] forget them, nonsense is not read', () => {
    const one = updated(undefined, 'c', thing({ replicas: 1 }, { uid: 'u' }));
    const { managedFields: _, ...metadata } = one.metadata;
    assert.deepEqual(entriesOf(updated(one, 'c', { ...one, metadata })), entriesOf(one));
    for (const managedFields of [[], [{}]]) {
      const reset = updated(one, 'c', { ...one, metadata: { ...metadata, managedFields } });
      assert.equal(reset.metadata.managedFields, undefined);
      // Not tracked again before somebody applies.
      assert.equal(updated(reset, 'c', edited(reset, { replicas: 5 })).metadata.managedFields, undefined);
    }
    const nonsense = [
      { manager: 'x', operation: 'Update' as const, apiVersion, fieldsType: 'FieldsV1', fieldsV1: { x: {} } },
    ];
    const kept = updated(one, 'c', { ...one, metadata: { ...metadata, managedFields: nonsense } });
    assert.deepEqual(entriesOf(kept), entriesOf(one));
  });

  it('a client may edit them, as kubectl does to migrate', () => {
    const one = updated(undefined, 'kubectl-client-side-apply', thing({ replicas: 1 }, { uid: 'u' }));
    const [entry] = entriesOf(one);
    const managedFields = [{ ...entry, manager: 'kubectl', operation: 'Apply' as const }];
    const two = updated(one, 'kubectl', { ...one, metadata: { ...one.metadata, managedFields } });
    assert.deepEqual(entriesOf(two), managedFields);
  });

  it('Apply before Update, then by time, then by name', () => {
    let live = updated(undefined, 'z', thing({ replicas: 1 }, { uid: 'u' }), { at: later });
    live = updated(live, 'y', edited(live, { replicas: 1, mode: 'm' }));
    live = updated(live, 'b', edited(live, { replicas: 1, mode: 'm', tags: ['t'] }));
    live = applied(live, 'x', thing({ order: ['1'] }), { at: at(9) });
    assert.deepEqual(
      entriesOf(live).map(({ manager }) => manager),
      ['x', 'b', 'y', 'z'],
    );
  });

  it('more than ten updaters: the oldest become ancient-changes', () => {
    let live = updated(undefined, 'u0', thing({ options: {} }, { uid: 'u' }));
    const options: Record<string, string> = {};
    for (let i = 1; i <= 12; i++) {
      options[`k${i}`] = 'v';
      live = updated(live, `u${i}`, edited(live, { options: { ...options } }), { at: at(i) });
    }
    const names = entriesOf(live).map(({ manager }) => manager);
    assert.equal(names.length, 10);
    assert.deepEqual(names.slice(0, 2), ['ancient-changes', 'u4']);
    const [ancient] = entriesOf(live);
    assert.deepEqual(ancient?.fieldsV1, {
      'f:spec': { '.': {}, 'f:options': { '.': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } },
    });
    assert.equal(ancient?.time, '2026-01-02T03:07:05Z');
  });

  it('items that are alike are owned as one', () => {
    const twice = [
      { name: 'x', protocol: 'TCP' },
      { name: 'x', protocol: 'TCP', port: 1 },
    ];
    const object = updated(undefined, 'c', thing({ ports: twice }, { uid: 'u' }));
    assert.deepEqual(entriesOf(object)[0]?.fieldsV1, {
      'f:spec': { '.': {}, 'f:ports': { '.': {}, 'k:{"name":"x","protocol":"TCP"}': {} } },
    });
  });
});
