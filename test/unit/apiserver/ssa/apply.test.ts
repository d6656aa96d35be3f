import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApiError } from '../../../../api/meta/api-error.ts';
import { compare } from '../../../../apiserver/ssa/compare.ts';
import { FieldSet } from '../../../../apiserver/ssa/field-set.ts';
import { decodeFields } from '../../../../apiserver/ssa/fields-v1.ts';
import { fieldElement } from '../../../../apiserver/ssa/path-element.ts';
import { applied, attempt, type Thing, terms, thing, updated } from './objects.ts';

const later = new Date('2026-01-02T03:05:00Z');
const statusTerms = {
  ...terms,
  subresource: 'status',
  resetFields: FieldSet.of([fieldElement('metadata')], [fieldElement('spec')]),
} as const;

const owned = (object: Thing, manager: string): unknown =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
const managersOf = (object: Thing): (string | undefined)[] =>
  (object.metadata.managedFields ?? []).map(({ manager }) => manager);

function conflictOf(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    return error as ApiError;
  }
  throw new Error('there was no conflict');
}

describe('server-side apply (conformance §10)', () => {
  it('creates: the entry as upstream writes it, nothing of what names the object', () => {
    const object = applied(
      undefined,
      'm',
      thing({ replicas: 1, ports: [{ name: 'x', port: 80 }], tags: ['t'] }),
    );
    assert.deepEqual(object.metadata.managedFields, [
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'example.com/v1',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:ports': { 'k:{"name":"x","protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
            'f:replicas': {},
            'f:tags': { 'v:"t"': {} },
          },
        },
      },
    ]);
  });

  it('lists merge by their keys, a key left out being its default', () => {
    const one = applied(undefined, 'a', thing({ ports: [{ name: 'x', port: 80 }] }));
    const two = applied(one, 'b', thing({ ports: [{ name: 'x', protocol: 'UDP', port: 53 }] }));
    const three = applied(two, 'c', thing({ ports: [{ name: 'x', protocol: 'TCP', port: 80 }] }));
    assert.deepEqual(three.spec?.ports, [
      { name: 'x', protocol: 'TCP', port: 80 },
      { name: 'x', protocol: 'UDP', port: 53 },
    ]);
  });

  it('the applied order wins among shared items, others keep their place', () => {
    // What upstream's library makes of the same lists.
    const orders = {
      'abc ca': 'bca',
      'abcd dxb': 'acdxb',
      'ab ba': 'ba',
      'abc cxa': 'bcxa',
      'abcde ebd': 'acebd',
    };
    for (const [lists, expected] of Object.entries(orders)) {
      const [before = '', after = ''] = lists.split(' ');
      const live = applied(undefined, 'a', thing({ tags: [...before] }));
      const { spec } = applied(live, 'b', thing({ tags: [...after] }));
      assert.deepEqual(spec?.tags, [...expected], lists);
    }
  });

  it('a struct that was applied for its fields goes with them', () => {
    const live = applied(undefined, 'a', thing({ replicas: 1 }));
    const { spec: _, ...nothing } = thing({});
    const result = attempt(live, 'a', nothing);
    assert.ok(result.outcome === 'applied' && !('spec' in result.object));
  });

  it('sets merge by value, atomic lists and maps as a whole, free-form objects by key', () => {
    const one = applied(
      undefined,
      'a',
      thing({ tags: ['x'], order: ['1'], ref: { kind: 'A' }, free: { p: [1] } }),
    );
    const two = applied(one, 'b', thing({ tags: ['y'], free: { q: { r: 1 } } }));
    assert.deepEqual(two.spec, {
      tags: ['x', 'y'],
      order: ['1'],
      ref: { kind: 'A' },
      free: { p: [1], q: { r: 1 } },
    });
    const error = conflictOf(() => applied(two, 'b', thing({ order: ['1', '2'], ref: { name: 'n' } })));
    assert.equal(
      error.message,
      'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.order\n- .spec.ref',
    );
  });

  it('one conflict: appliers by name, updaters with their version, a subresource by name', () => {
    const live = applied(undefined, 'a', thing({ replicas: 1 }));
    const error = conflictOf(() => applied(live, 'b', thing({ replicas: 2 })));
    assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "a": .spec.replicas');
    assert.equal(error.status.reason, 'Conflict');
    assert.equal(error.status.code, 409);
    assert.deepEqual(error.status.details, {
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.replicas' }],
    });
    const byUpdate = updated(undefined, 'e', thing({ replicas: 1 }));
    assert.equal(
      conflictOf(() => applied(byUpdate, 'b', thing({ replicas: 2 }))).message,
      'Apply failed with 1 conflict: conflict with "e" using example.com/v1: .spec.replicas',
    );
    const status: Thing = { ...thing({}), status: { phase: 'Up' } };
    const withStatus = applied(byUpdate, 's', status, { terms: statusTerms });
    assert.equal(
      conflictOf(() =>
        applied(withStatus, 't', { ...status, status: { phase: 'No' } }, { terms: statusTerms }),
      ).message,
      'Apply failed with 1 conflict: conflict with "s" with subresource "status": .status.phase',
    );
  });

  it('several conflicts: by manager, sorted, with keys as people read them', () => {
    const one = updated(
      undefined,
      'z',
      thing({ replicas: 1, ports: [{ name: 'x', protocol: 'TCP', port: 1 }] }),
    );
    const two = applied(one, 'y', thing({ mode: 'm' }));
    const patch = thing({ replicas: 2, mode: 'n', ports: [{ name: 'x', port: 2 }] });
    assert.equal(
      conflictOf(() => applied(two, 'b', patch)).message,
      [
        'Apply failed with 3 conflicts: conflicts with "y":',
        '- .spec.mode',
        'conflicts with "z" using example.com/v1:',
        '- .spec.replicas',
        '- .spec.ports[name="x",protocol="TCP"].port',
      ].join('\n'),
    );
  });

  it('force takes the fields, and who has none left is gone', () => {
    const live = applied(undefined, 'a', thing({ replicas: 1 }));
    const object = applied(live, 'b', thing({ replicas: 2 }), { force: true });
    assert.deepEqual(object.spec, { replicas: 2 });
    assert.deepEqual(managersOf(object), ['b']);
  });

  it('the same value is shared, and stays until its last owner leaves it out', () => {
    const one = applied(undefined, 'a', thing({ replicas: 1, mode: 'm' }));
    const two = applied(one, 'b', thing({ replicas: 1 }));
    const three = applied(two, 'a', thing({ mode: 'm' }));
    assert.deepEqual(three.spec, { replicas: 1, mode: 'm' });
    assert.deepEqual(applied(three, 'b', thing({})).spec, { mode: 'm' });
  });

  it('an item goes with its applier, also with what an update added to it', () => {
    const one = applied(undefined, 'a', thing({ ports: [{ name: 'x', protocol: 'TCP' }, { name: 'y' }] }));
    const edited = structuredClone(one);
    edited.spec = { ports: [{ name: 'x', protocol: 'TCP', port: 9 }, { name: 'y' }] };
    const two = updated(one, 'e', edited);
    assert.deepEqual(applied(two, 'a', thing({})).spec ?? {}, {});
  });

  it('changes nothing and keeps the time when it says what is there', () => {
    const one = applied(undefined, 'a', thing({ replicas: 1 }));
    assert.deepEqual(applied(one, 'a', thing({ replicas: 1 }), { at: later }), one);
    const changed = applied(one, 'a', thing({ replicas: 2 }), { at: later });
    assert.equal(changed.metadata.managedFields?.[0]?.time, '2026-01-02T03:05:00Z');
  });

  it('an object that nobody tracked: its fields belong to before-first-apply', () => {
    const object = applied(thing({ replicas: 1 }, { uid: 'u' }), 'a', thing({ mode: 'm' }));
    assert.deepEqual(managersOf(object), ['a', 'before-first-apply']);
    assert.deepEqual(owned(object, 'before-first-apply'), { 'f:spec': { '.': {}, 'f:replicas': {} } });
  });

  it('status belongs to /status: the main endpoint owns none of it', () => {
    const object = applied(undefined, 'a', { ...thing({ replicas: 1 }), status: { phase: 'Up' } });
    assert.deepEqual(owned(object, 'a'), { 'f:spec': { 'f:replicas': {} } });
  });

  it('what does not fit is told with its path', () => {
    const told = (spec: Record<string, unknown>): string[] => {
      const result = attempt(undefined, 'a', thing(spec));
      return result.outcome === 'misfit' ? result.misfits.map(({ message }) => message) : [];
    };
    assert.deepEqual(told({ bogus: 1 }), ['field not declared in schema']);
    assert.deepEqual(told({ replicas: 'x' }), ['expected numeric (int or float), got "x"']);
    assert.deepEqual(told({ ports: [{ name: 'x' }, { name: 'x', protocol: 'TCP' }] }), [
      'duplicate entries for key [name="x",protocol="TCP"]',
    ]);
    assert.deepEqual(told({ tags: ['a', 'a'] }), ['duplicate entries for key [="a"]']);
  });

  it('a manager of a version that is served no longer is forgotten', () => {
    const one = applied(undefined, 'a', thing({ replicas: 1 }));
    const old = structuredClone(one);
    for (const entry of old.metadata.managedFields ?? []) entry.apiVersion = 'example.com/v1beta1';
    assert.deepEqual(managersOf(applied(old, 'b', thing({ replicas: 2 }))), ['b']);
  });

  it('owners of parts own the whole when it became atomic', () => {
    const one = applied(undefined, 'a', thing({ ref: { kind: 'A' } }));
    const [entry] = one.metadata.managedFields ?? [];
    assert.ok(entry);
    entry.fieldsV1 = { 'f:spec': { 'f:ref': { 'f:kind': {} } } };
    const message = conflictOf(() => applied(one, 'b', thing({ ref: { kind: 'B' } }))).message;
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "a": .spec.ref');
  });
});

describe('client-side apply to server-side apply', () => {
  const annotated = (spec: Record<string, unknown>): Thing =>
    thing(spec, {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(thing(spec)) },
    });

  it('kubectl takes over what still is as it applied it, and keeps the annotation', () => {
    const live = updated(undefined, 'kubectl-client-side-apply', annotated({ replicas: 1 }));
    const object = applied(live, 'kubectl', thing({ replicas: 2 }));
    assert.deepEqual(object.spec, { replicas: 2 });
    assert.equal(
      object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'],
      '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"replicas":2}}\n',
    );
  });

  it('others do not, and neither does kubectl with what changed since', () => {
    const live = updated(undefined, 'kubectl-client-side-apply', annotated({ replicas: 1 }));
    assert.match(conflictOf(() => applied(live, 'other', thing({ replicas: 2 }))).message, /1 conflict/);
    const scaled = updated(live, 'scaler', { ...live, spec: { replicas: 5 } });
    assert.equal(
      conflictOf(() => applied(scaled, 'kubectl', thing({ replicas: 2 }))).message,
      'Apply failed with 1 conflict: conflict with "scaler" using example.com/v1: .spec.replicas',
    );
  });
});

describe('server-side apply, for all objects', () => {
  const words = fc.constantFrom('a', 'b', 'c');
  const ports = fc.uniqueArray(
    fc.record(
      { name: words, protocol: fc.constantFrom('TCP', 'UDP'), port: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: ['name', 'protocol'] },
    ),
    { selector: ({ name, protocol }) => `${name}/${protocol}`, maxLength: 4 },
  );
  const specs = fc.record(
    {
      replicas: fc.integer({ min: 0, max: 3 }),
      mode: words,
      options: fc.dictionary(fc.constantFrom('k', 'l', '__proto__', 'toString'), words, {
        noNullPrototype: true,
      }),
      ports,
      tags: fc.uniqueArray(words),
      order: fc.array(words, { maxLength: 2 }),
      ref: fc.record({ kind: words, name: words }, { requiredKeys: [] }),
      free: fc.object({ maxDepth: 2, key: words, values: [fc.integer(), words] }),
    },
    { requiredKeys: [] },
  );
  const own = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const run = (property: fc.IProperty<[Thing, Thing]> | fc.IProperty<[Thing]>): void =>
    fc.assert(property as fc.IProperty<unknown>, { numRuns: 300 });
  const things = specs.map((spec) => own(thing(spec)));
  const content = ({ spec }: Thing): unknown => sorted(spec ?? {});

  it('is idempotent', () => {
    run(
      fc.property(things, things, (live, patch) => {
        const once = applied(updated(undefined, 'e', live), 'm', patch, { force: true });
        assert.deepEqual(applied(once, 'm', patch, { at: later }), once);
      }),
    );
  });

  it('whoever applies nothing any more leaves the object as it was', () => {
    run(
      fc.property(things, things, (live, patch) => {
        const before = updated(undefined, 'e', live);
        const result = attempt(before, 'm', patch);
        if (result.outcome !== 'applied') return;
        const after = applied(result.object, 'm', thing({}));
        const { added, modified, removed } = compare(withoutEmpty(before), withoutEmpty(after), terms.shape);
        const own = decodeFields({ 'f:metadata': { 'f:managedFields': {} } });
        const changed = added.union(modified).union(removed).difference(own);
        assert.deepEqual([...changed.paths()], []);
      }),
    );
  });

  it('two who do not conflict may come in either order', () => {
    run(
      fc.property(things, things, (a, b) => {
        const first = attempt(applied(undefined, 'a', a), 'b', b);
        if (first.outcome !== 'applied') return;
        const other = applied(applied(undefined, 'b', b), 'a', a);
        assert.deepEqual(content(first.object), content(other));
        assert.deepEqual(owned(first.object, 'a'), owned(other, 'a'));
        assert.deepEqual(owned(first.object, 'b'), owned(other, 'b'));
      }),
    );
  });

  it('without force nobody loses anything', () => {
    run(
      fc.property(things, things, (a, b) => {
        const live = applied(undefined, 'a', a);
        const result = attempt(live, 'b', b);
        if (result.outcome === 'applied') assert.deepEqual(owned(result.object, 'a'), owned(live, 'a'));
      }),
    );
  });
});

/** Keys in order, and lists of items as well: two orders of arrival may differ in it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}

/** Nobody owns an empty struct or list, so it may go with its last member. */
function withoutEmpty(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'object' && part !== null && Object.keys(part).length === 0 ? undefined : part,
  );
}
