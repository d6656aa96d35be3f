import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FieldValues } from '../../../../../api/kind.ts';
import { parseFieldSelector } from '../../../../../api/meta/field-selector.ts';
import { parseLabelSelector } from '../../../../../api/meta/labels.ts';
import type { KubeObject } from '../../../../../api/meta/types.ts';
import { servicesKinds } from '../../../../../api/services/v3alpha1/kinds.ts';
import type { Selection } from '../../../../../apiserver/registry/rest.ts';
import { createMatcher, indexTerms } from '../../../../../apiserver/registry/selection.ts';
import type { Revision, StorageKey } from '../../../../../apiserver/storage/storage.ts';
import { MutableCache } from '../../../../../apiserver/storage/watchcache/cache.ts';
import { DecodedObjects } from '../../../../../apiserver/storage/watchcache/encoded-object.ts';
import { WATCH_CACHE_LIMITS } from '../../../../../apiserver/storage/watchcache/limits.ts';
import type {
  CachedObject,
  CacheSnapshot,
  IndexTerm,
} from '../../../../../apiserver/storage/watchcache/types.ts';

const endpointKind = servicesKinds.find(({ kind }) => kind === 'Endpoint') ?? assert.fail();
const RESOURCE = '/p/services.x-k8s.io/endpoints/';

/** A cache fed by hand. */
class Fed {
  #revision = 1;
  readonly cache: MutableCache;

  constructor(limits: Partial<typeof WATCH_CACHE_LIMITS> = {}) {
    this.cache = new MutableCache(RESOURCE, {
      limits: { ...WATCH_CACHE_LIMITS, ...limits },
      decoded: new DecodedObjects(4),
      revision: () => this.#revision as Revision,
      now: () => 0,
      random: () => 0,
    });
  }

  put(path: string, object: { labels?: Record<string, string>; spec?: object }): void {
    const [namespace, name] = path.split('/');
    const value = { metadata: { namespace, name, labels: object.labels }, spec: object.spec ?? {} };
    this.#revision++;
    this.cache.put({
      key: `${RESOURCE}${path}` as StorageKey,
      value: Buffer.from(JSON.stringify(value)),
      revision: this.#revision as Revision,
    });
  }

  remove(path: string): void {
    this.#revision++;
    this.cache.remove(`${RESOURCE}${path}` as StorageKey, this.#revision as Revision);
  }
}

const label = (name: string, ...values: string[]): IndexTerm => ({ type: 'label', name, values });

const keysOf = (objects: Iterable<CachedObject>): string[] =>
  Array.from(objects, ({ key, revision }) => `${key.slice(RESOURCE.length)}@${revision}`);

const looked = (fed: Fed, terms: readonly IndexTerm[], prefix = RESOURCE): number =>
  keysOf(fed.cache.snapshot().range(prefix, undefined, terms)).length;

describe('indexes of the watch cache', () => {
  const names = ['a/x', 'a/y', 'a/z', 'ab/x', 'ab/y', 'b/x'];
  const values = ['', '1', '2', 'constructor'];
  const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'constructor'), fc.constantFrom(...values));
  const spec = fc.record(
    {
      nodeName: fc.constantFrom(...values),
      zone: fc.constantFrom(...values),
      addresses: fc.array(fc.record({ ip: fc.constantFrom(...values) }), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  const put = fc.record({ path: fc.constantFrom(...names), labels, spec });
  const remove = fc.record({ path: fc.constantFrom(...names), removed: fc.constant(true) });
  const query = fc.record({
    labels: fc.constantFrom(
      '',
      'app=1',
      'app in (1,2,)',
      'app=1,tier=2',
      'constructor=1',
      'app!=1',
      'tier,app=2',
    ),
    fields: fc.constantFrom(
      '',
      'spec.nodeName=1',
      'spec.ip=2',
      'spec.ip=',
      'spec.zone=,spec.ip=1',
      'spec.zone!=1',
    ),
    scope: fc.constantFrom('', 'a/', 'ab/'),
    after: fc.option(fc.constantFrom(...names), { nil: undefined }),
  });
  const read = fc.record({ query, ago: fc.nat(6) });

  it('never change what is selected, at any revision that a snapshot is taken of', () => {
    let indexed = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(put, put, remove, read), { maxLength: 80, size: 'max' }), (steps) => {
        // Two indexes at most, so that some are given up and built again.
        const fed = new Fed({ indexes: 2, pastSnapshots: 2 });
        for (const step of steps) {
          if ('removed' in step) fed.remove(step.path);
          else if ('path' in step) fed.put(step.path, step);
          else {
            const snapshot = fed.cache.snapshotAt(Math.max(1, fed.cache.revision - step.ago) as Revision);
            const { all, some } = readBothWays(snapshot, step.query);
            if (some.looked < all.looked) indexed++;
            assert.deepEqual(some.selected, all.selected);
          }
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(indexed > 100, `an index has narrowed ${indexed} reads only`);
  });

  function readBothWays(
    snapshot: CacheSnapshot,
    asked: { labels: string; fields: string; scope: string; after: string | undefined },
  ) {
    const selection: Selection = {
      namespace: undefined,
      labels: parseLabelSelector(asked.labels),
      fields: parseFieldSelector(asked.fields),
    };
    const after = asked.after === undefined ? undefined : (`${RESOURCE}${asked.after}` as StorageKey);
    const matches = createMatcher(endpointKind, selection);
    const prefix = `${RESOURCE}${asked.scope}`;
    const look = (terms: readonly IndexTerm[]) => {
      const objects = [...snapshot.range(prefix, after, terms)];
      return { looked: objects.length, selected: keysOf(objects.filter(matches)) };
    };
    return { all: look([]), some: look(indexTerms(endpointKind, selection)) };
  }

  function hundred(limits: Partial<typeof WATCH_CACHE_LIMITS> = {}): Fed {
    const fed = new Fed(limits);
    for (let i = 0; i < 100; i++) {
      fed.put(`ns-${i % 2}/e-${i}`, {
        labels: { app: `app-${i % 20}`, tier: 'all' },
        spec: { nodeName: `n-${i}` },
      });
    }
    return fed;
  }

  it('are built once lists have looked at as many objects as there are', () => {
    const fed = hundred();
    const terms = [label('app', 'app-4')];
    const namespace = `${RESOURCE}ns-0/`;
    assert.equal(looked(fed, terms, namespace), 50);
    assert.equal(looked(fed, terms, namespace), 50);
    assert.equal(looked(fed, terms, namespace), 5);
    assert.equal(looked(fed, [label('app', 'app-4', 'app-5')]), 10);
  });

  it('decode no object that is not looked at', () => {
    const fed = hundred();
    let reads = 0;
    const field = (value: string): IndexTerm => ({
      type: 'field',
      name: 'spec.nodeName',
      values: [value],
      read: (object: KubeObject): FieldValues => {
        reads++;
        return (object as { spec?: { nodeName?: string } }).spec?.nodeName;
      },
    });
    looked(fed, [field('n-1')]);
    assert.equal(reads, 100);
    assert.equal(looked(fed, [field('n-2')]), 1);
    assert.equal(reads, 100);
  });

  it('give way to others, the least recently used first', () => {
    const fed = hundred({ indexes: 1 });
    looked(fed, [label('app', 'app-4')]);
    assert.equal(looked(fed, [label('app', 'app-4')]), 5);
    looked(fed, [label('tier', 'none')]);
    assert.equal(looked(fed, [label('tier', 'none')]), 0);
    assert.equal(looked(fed, [label('app', 'app-4')]), 100);
  });

  it('of several, the one with the fewest objects is read', () => {
    const fed = hundred();
    const both = [label('tier', 'all'), label('app', 'app-4')];
    assert.equal(looked(fed, both), 100);
    assert.equal(looked(fed, both), 5);
    assert.equal(looked(fed, both.toReversed()), 5);
  });

  it('serve the initial events of a watch', async () => {
    const fed = hundred();
    const seen: string[] = [];
    const open = () =>
      fed.cache.watch({
        prefix: RESOURCE,
        start: { initial: true },
        matches: ({ key }) => seen.push(key) > 0,
        terms: [label('app', 'app-4')],
        bookmarks: false,
        initialEventsEnd: true,
        signal: new AbortController().signal,
      });
    for (const expected of [100, 5]) {
      seen.length = 0;
      for await (const batch of open()) if (batch.some(({ type }) => type === 'BOOKMARK')) break;
      assert.equal(seen.length, expected);
    }
  });
});
