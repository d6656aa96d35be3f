/** The watch cache's invariants W1–W8 (apiserver/storage/watchcache/SPEC.md), for every backend. */
import assert from 'node:assert/strict';
import { isStorageError } from '../../apiserver/storage/errors.ts';
import { namespacePrefix, objectKey, resourcePrefix } from '../../apiserver/storage/key.ts';
import type { Revision, Storage, StorageKey } from '../../apiserver/storage/storage.ts';
import { createFeed } from '../../apiserver/storage/watchcache/feed.ts';
import type { WatchCacheLimits } from '../../apiserver/storage/watchcache/limits.ts';
import type {
  CachedObject,
  CacheEvent,
  CacheSnapshot,
  CacheWatchOptions,
  Feed,
  ResourceCache,
} from '../../apiserver/storage/watchcache/types.ts';
import { createManualClock, type ManualClock } from '../../client/clock.ts';
import { breakableStorage } from './breakable-storage.ts';
import { asRevision, bytes, type OpenedStorage, type OpenStorage } from './storage.ts';

const MINUTE = 60_000;

interface Bench {
  readonly storage: Storage;
  readonly prefix: string;
  readonly clock: ManualClock;
  readonly feed: Feed;
  readonly endpoints: ResourceCache;
  readonly groups: ResourceCache;
  /** Ends every watch of the test. */
  readonly abort: AbortController;
  readonly reports: string[];
}

function benchOn(storage: Storage, prefix: string, limits: Partial<WatchCacheLimits> = {}): Bench {
  const clock = createManualClock(1_000_000);
  const reports: string[] = [];
  const feed = createFeed(storage, {
    prefix,
    clock,
    random: () => 0.5,
    limits,
    report: (problem) => reports.push(problem),
  });
  return {
    storage,
    prefix,
    clock,
    feed,
    endpoints: feed.register(resourcePrefix(prefix, 'services.x-k8s.io', 'endpoints')),
    groups: feed.register(resourcePrefix(prefix, 'services.x-k8s.io', 'servicegroups')),
    abort: new AbortController(),
    reports,
  };
}

const keyIn = (cache: ResourceCache, name: string, namespace = 'ns'): StorageKey =>
  objectKey(cache.prefix, namespace, name);

const encoded = (name: string, labels: Record<string, string> = {}): Uint8Array =>
  bytes(
    JSON.stringify({
      kind: 'Endpoint',
      apiVersion: 'services.x-k8s.io/v3alpha1',
      metadata: { name, labels },
    }),
  );

/** What a reader sees of an event: type, name, the event's revision and the one that the object carries. */
function describeCacheEvent(event: CacheEvent): string {
  if (event.type === 'BOOKMARK')
    return `BOOKMARK@${event.revision}${event.initialEventsEnd ? ' initial' : ''}`;
  const carried = JSON.parse(Buffer.from(event.object.json).toString()).metadata.resourceVersion;
  assert.equal(carried, String(event.object.revision), 'bytes and object carry the same version');
  return `${event.type} ${event.object.name}@${carried}`;
}

class WatchReader {
  readonly #iterator: AsyncIterator<readonly CacheEvent[]>;
  readonly #pending: CacheEvent[] = [];

  constructor(watch: AsyncIterable<readonly CacheEvent[]>) {
    this.#iterator = watch[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<CacheEvent[]> {
    while (this.#pending.length < count) {
      const { done, value } = await this.#iterator.next();
      assert.notEqual(done, true, 'the watch ended early');
      this.#pending.push(...value);
    }
    return this.#pending.splice(0, count);
  }

  async described(count: number): Promise<string[]> {
    return (await this.take(count)).map(describeCacheEvent);
  }

  next(): Promise<IteratorResult<readonly CacheEvent[]>> {
    return this.#iterator.next();
  }
}

function watching(bench: Bench, cache: ResourceCache, options: Partial<CacheWatchOptions>): WatchReader {
  const watch = cache.watch({
    prefix: cache.prefix,
    start: { initial: false },
    matches: () => true,
    bookmarks: false,
    initialEventsEnd: false,
    signal: bench.abort.signal,
    ...options,
  });
  return new WatchReader(watch);
}

const namesOf = (snapshot: CacheSnapshot, prefix: string): string[] =>
  [...snapshot.range(prefix)].map((object) => `${object.name}@${object.revision}`);

export function watchCacheContract(name: string, open: OpenStorage): void {
  describe(`watch cache: ${name}`, () => {
    let opened: OpenedStorage;
    let bench: Bench | undefined;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      bench?.abort.abort();
      await bench?.feed.stop();
      bench = undefined;
      await opened.dispose();
    });
    const start: StartBench = async (limits, wrap = (storage) => storage) => {
      bench = benchOn(wrap(opened.storage), opened.prefix, limits);
      await bench.feed.start();
      return bench;
    };

    snapshotTests(start);
    eventTests(start);
    bookmarkTests(start);
    boundTests(start);
    reconnectTests(start);
    freshnessTests(start);
  });
}

type StartBench = (
  limits?: Partial<WatchCacheLimits>,
  wrap?: (storage: Storage) => Storage,
) => Promise<Bench>;

async function caughtUp(bench: Bench): Promise<Revision> {
  return bench.feed.consistent(AbortSignal.timeout(30_000));
}

function snapshotTests(start: StartBench): void {
  it('loads what is there, page by page, and follows', async () => {
    const bench = await start({ loadPage: 3 });
    const { storage, endpoints, groups } = bench;
    for (let index = 0; index < 10; index++) {
      const cache = index % 2 === 0 ? endpoints : groups;
      await storage.create(keyIn(cache, `n${index}`), encoded(`n${index}`));
    }
    await caughtUp(bench);
    const second = benchOn(storage, bench.prefix, { loadPage: 3 });
    await second.feed.start();
    assert.deepEqual(
      namesOf(second.endpoints.snapshot(), endpoints.prefix),
      namesOf(endpoints.snapshot(), endpoints.prefix),
    );
    assert.equal(second.endpoints.snapshot().size, 5);
    assert.equal(second.groups.snapshot().size, 5);
    await second.feed.stop();
  });

  it('a snapshot stays as it is while the cache moves on', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    const revision = await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    await caughtUp(bench);
    const before = endpoints.snapshot();
    await storage.delete(keyIn(endpoints, 'a'), revision);
    await storage.create(keyIn(endpoints, 'b'), encoded('b'));
    await caughtUp(bench);
    assert.deepEqual(namesOf(before, endpoints.prefix), [`a@${revision}`]);
    assert.equal(before.get(keyIn(endpoints, 'b')), undefined);
    assert.deepEqual(namesOf(endpoints.snapshot(), endpoints.prefix), [`b@${revision + 2}`]);
  });

  it('a snapshot of a namespace, and one after a key', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    for (const [namespace, name] of [
      ['a', 'x'],
      ['a', 'y'],
      ['ab', 'x'],
      ['b', 'x'],
    ] as const) {
      await storage.create(keyIn(endpoints, name, namespace), encoded(name));
    }
    await caughtUp(bench);
    const keys = (prefix: string, after?: StorageKey): string[] =>
      [...endpoints.snapshot().range(prefix, after)].map((object) => `${object.namespace}/${object.name}`);
    assert.deepEqual(keys(namespacePrefix(endpoints.prefix, 'a')), ['a/x', 'a/y']);
    assert.deepEqual(keys(endpoints.prefix, keyIn(endpoints, 'y', 'a')), ['ab/x', 'b/x']);
    assert.deepEqual(keys(namespacePrefix(endpoints.prefix, 'a'), keyIn(endpoints, 'x', 'a')), ['a/y']);
  });

  it('snapshotAt gives the state at any revision of its history, as the store does', async () => {
    const bench = await start();
    const { storage, endpoints, groups } = bench;
    const first = await storage.currentRevision();
    const last = await mixedWrites(bench, 40);
    await caughtUp(bench);
    for (let at = first; at <= last; at++) {
      for (const cache of [endpoints, groups]) {
        const { entries } = await storage.range(cache.prefix, { revision: asRevision(at) });
        const expected = entries.map(
          (entry) => `${entry.key.slice(entry.key.lastIndexOf('/') + 1)}@${entry.revision}`,
        );
        const snapshot = cache.snapshotAt(asRevision(at));
        assert.equal(snapshot.revision, at);
        assert.deepEqual(namesOf(snapshot, cache.prefix), expected, `at ${at}`);
      }
    }
    assert.throws(
      () => endpoints.snapshotAt(asRevision(last + 1)),
      (error) => isStorageError(error, 'FutureRevision'),
    );
    assert.throws(
      () => endpoints.snapshotAt(asRevision(first - 1)),
      (error) => isStorageError(error, 'Compacted'),
    );
  });

  it('objects carry bytes, labels and the decoded object of one revision', async () => {
    const bench = await start({ decodedObjects: 1 });
    const { storage, endpoints } = bench;
    const revision = await storage.create(keyIn(endpoints, 'a'), encoded('a', { app: 'shop' }));
    await storage.create(keyIn(endpoints, 'b'), encoded('b'));
    await caughtUp(bench);
    const [a, b] = [...endpoints.snapshot().range(endpoints.prefix)] as [CachedObject, CachedObject];
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(a.labels, { app: 'shop' });
      assert.equal(a.object().metadata.resourceVersion, String(revision));
      assert.deepEqual(JSON.parse(Buffer.from(a.json).toString()), a.object());
      assert.equal(b.object().metadata.name, 'b');
    }
  });

  it('leaves out an object that cannot be read, says so, and goes on', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    await storage.create(keyIn(endpoints, 'broken'), bytes('not json'));
    const good = await storage.create(keyIn(endpoints, 'good'), encoded('good'));
    await caughtUp(bench);
    assert.deepEqual(namesOf(endpoints.snapshot(), endpoints.prefix), [`good@${good}`]);
    assert.match(bench.reports.join(), /broken cannot be read/);
  });
}

/** Creates, updates and deletes over two resources. @returns the last revision */
async function mixedWrites({ storage, endpoints, groups }: Bench, count: number): Promise<Revision> {
  let last = await storage.currentRevision();
  for (let index = 0; index < count; index++) {
    const cache = index % 3 === 0 ? groups : endpoints;
    const name = `n${(index * 7) % 5}`;
    const { entry } = await storage.get(keyIn(cache, name));
    const value = encoded(name, { round: String(index) });
    if (entry === undefined) last = await storage.create(keyIn(cache, name), value);
    else if (index % 4 === 0) last = await storage.delete(keyIn(cache, name), entry.revision);
    else last = await storage.update(keyIn(cache, name), value, entry.revision);
  }
  return last;
}

function eventTests(start: StartBench): void {
  it('W1: every event of the store reaches its cache exactly once, in revision order', async () => {
    const bench = await start();
    const first = bench.feed.revision;
    const listened: number[] = [];
    let told: number = first;
    bench.feed.subscribe(({ revision, changes }) => {
      assert.ok(revision >= told);
      told = revision;
      assert.equal(bench.endpoints.revision, revision, 'listeners come after the caches');
      for (const { current, previous, cache, key } of changes) {
        const inCache = cache.snapshot().get(key);
        if (current !== undefined) listened.push(current.revision);
        else assert.ok(previous !== undefined && inCache?.revision !== previous.revision);
      }
    });
    const readers = [bench.endpoints, bench.groups].map((cache) => watching(bench, cache, {}));
    const last = await mixedWrites(bench, 60);
    await caughtUp(bench);
    const seen: number[] = [];
    for (const [index, cache] of [bench.endpoints, bench.groups].entries()) {
      const total = cache === bench.groups ? 20 : 40;
      const revisions = ((await readers[index]?.take(total)) ?? []).map((event) => event.revision as number);
      assert.deepEqual(
        revisions,
        revisions.toSorted((a, b) => a - b),
      );
      seen.push(...revisions);
    }
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: last - first }, (_, index) => first + 1 + index),
    );
    assert.deepEqual(
      listened,
      [...new Set(listened)].toSorted((a, b) => a - b),
    );
  });

  it('W2: a watch from any revision sees every later event, or is told that it is too old', async () => {
    const bench = await start({ historyChanges: 12 });
    const { endpoints } = bench;
    const reading = watching(bench, endpoints, {}).take(30);
    const first = bench.feed.revision;
    const last = await mixedWrites(bench, 45);
    const everything = await reading;
    await caughtUp(bench);
    let served = 0;
    for (let after = first - 1; after <= last; after++) {
      const expected = everything.filter((event) => event.revision > after);
      const reader = watching(bench, endpoints, { start: { after: asRevision(after) } });
      if (expected.length > 12) {
        await assert.rejects(reader.next(), (error) => isStorageError(error, 'Compacted'));
        continue;
      }
      served++;
      assert.deepEqual(
        await reader.described(expected.length),
        expected.map(describeCacheEvent),
        `after ${after}`,
      );
    }
    assert.ok(served >= 12);
  });

  it('W2: a watch from a future revision waits for it', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    const now = bench.feed.revision;
    const reader = watching(bench, endpoints, { start: { after: asRevision(now + 1) } });
    await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    await storage.create(keyIn(endpoints, 'b'), encoded('b'));
    assert.deepEqual(await reader.described(1), [`ADDED b@${now + 2}`]);
  });

  it('W3: an object comes into a selection as ADDED, leaves it as DELETED with its last state and the new version', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    const key = keyIn(endpoints, 'a');
    const reader = watching(bench, endpoints, { matches: (object) => object.labels.app === 'shop' });
    const outside = await storage.create(key, encoded('a', { app: 'other' }));
    const inside = await storage.update(key, encoded('a', { app: 'shop', step: '1' }), outside);
    const changed = await storage.update(key, encoded('a', { app: 'shop', step: '2' }), inside);
    const left = await storage.update(key, encoded('a', { app: 'other' }), changed);
    const back = await storage.update(key, encoded('a', { app: 'shop', step: '3' }), left);
    const gone = await storage.delete(key, back);
    const events = await reader.take(5);
    assert.deepEqual(events.map(describeCacheEvent), [
      `ADDED a@${inside}`,
      `MODIFIED a@${changed}`,
      `DELETED a@${left}`,
      `ADDED a@${back}`,
      `DELETED a@${gone}`,
    ]);
    const steps = events.map((event) => event.type !== 'BOOKMARK' && event.object.labels.step);
    assert.deepEqual(steps, ['1', '2', '2', '3', '3']);
  });

  it('sees its namespace only', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    const reader = watching(bench, endpoints, { prefix: namespacePrefix(endpoints.prefix, 'a') });
    await storage.create(keyIn(endpoints, 'x', 'ab'), encoded('x'));
    const mine = await storage.create(keyIn(endpoints, 'y', 'a'), encoded('y'));
    assert.deepEqual(await reader.described(1), [`ADDED y@${mine}`]);
  });

  it('ends without an error when its signal does, and when the feed stops', async () => {
    const bench = await start();
    const own = new AbortController();
    const [aborted, stopped] = [own.signal, bench.abort.signal].map((signal) =>
      watching(bench, bench.endpoints, { signal }),
    );
    const ends = [aborted?.next(), stopped?.next()];
    own.abort();
    assert.equal((await ends[0])?.done, true);
    await bench.feed.stop();
    assert.equal((await ends[1])?.done, true);
  });
}

function bookmarkTests(start: StartBench): void {
  it('W4: a bookmark comes about once a minute, and never before an undelivered event', async () => {
    const bench = await start();
    const { storage, endpoints, clock } = bench;
    const reader = watching(bench, endpoints, { bookmarks: true });
    const silent = watching(bench, endpoints, { bookmarks: false }).take(3);
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      const revision = await storage.create(keyIn(endpoints, `n${round}`), encoded(`n${round}`));
      await caughtUp(bench);
      // The bookmark falls due while the event has not been read yet.
      clock.advance(MINUTE);
      seen.push(...(await reader.described(2)));
      assert.deepEqual(seen.splice(0), [`ADDED n${round}@${revision}`, `BOOKMARK@${revision}`]);
    }
    const before = bench.feed.revision;
    clock.advance(MINUTE / 2);
    const later = await storage.create(keyIn(bench.groups, 'g'), encoded('g'));
    await caughtUp(bench);
    clock.advance(MINUTE / 2);
    assert.deepEqual(
      await reader.described(1),
      [`BOOKMARK@${later}`],
      'it moves on although nothing of its own changed',
    );
    assert.ok(later > before);
    assert.ok((await silent).every((event) => event.type !== 'BOOKMARK'));
  });

  it('W4: a bookmark waits for all that is pending, over several batches', async () => {
    const bench = await start({ batchEvents: 2 });
    const { storage, endpoints, clock } = bench;
    const reader = watching(bench, endpoints, { bookmarks: true });
    const first = bench.feed.revision;
    for (let index = 1; index <= 5; index++)
      await storage.create(keyIn(endpoints, `n${index}`), encoded('n'));
    await caughtUp(bench);
    clock.advance(MINUTE);
    const expected = [1, 2, 3, 4, 5].map((step) => `ADDED n${step}@${first + step}`);
    assert.deepEqual(await reader.described(6), [...expected, `BOOKMARK@${first + 5}`]);
  });

  it('W4: no bookmark before the revision that the watch starts after', async () => {
    const bench = await start();
    const { storage, endpoints, clock } = bench;
    const now = bench.feed.revision;
    const reader = watching(bench, endpoints, { bookmarks: true, start: { after: asRevision(now + 1) } });
    const first = reader.take(1);
    clock.advance(2 * MINUTE);
    await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    await caughtUp(bench);
    clock.advance(2_000);
    assert.deepEqual((await first).map(describeCacheEvent), [`BOOKMARK@${now + 1}`]);
  });

  it('W5: the end of initial events comes after every object of the snapshot, before anything later', async () => {
    const bench = await start({ batchEvents: 4 });
    const { storage, endpoints } = bench;
    for (let index = 0; index < 10; index++) {
      await storage.create(
        keyIn(endpoints, `n${index}`),
        encoded(`n${index}`, { even: String(index % 2 === 0) }),
      );
    }
    const consistent = await caughtUp(bench);
    const reader = watching(bench, endpoints, {
      start: { initial: true },
      initialEventsEnd: true,
      matches: (object) => object.labels.even === 'true',
    });
    const meanwhile = await storage.create(keyIn(endpoints, 'n00'), encoded('n00', { even: 'true' }));
    await caughtUp(bench);
    const described = await reader.described(7);
    assert.deepEqual(
      described.slice(0, 5).map((line) => line.split('@')[0]),
      ['n0', 'n2', 'n4', 'n6', 'n8'].map((n) => `ADDED ${n}`),
    );
    assert.deepEqual(described.slice(5), [`BOOKMARK@${consistent} initial`, `ADDED n00@${meanwhile}`]);
  });

  it('W5: an empty snapshot ends at once; without the wish there is no such bookmark', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    const told = watching(bench, endpoints, { start: { initial: true }, initialEventsEnd: true });
    assert.deepEqual(await told.described(1), [`BOOKMARK@${bench.feed.revision} initial`]);
    const untold = watching(bench, endpoints, { start: { initial: true } });
    const revision = await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    assert.deepEqual(await untold.described(1), [`ADDED a@${revision}`]);
  });
}

function boundTests(start: StartBench): void {
  it('W6: a watcher that is too slow is ended by an error, never skipped; others do not wait for it', async () => {
    const bench = await start({ historyChanges: 20, batchEvents: 5 });
    const { storage, endpoints } = bench;
    const slow = watching(bench, endpoints, {});
    const quick = watching(bench, endpoints, {});
    const first = bench.feed.revision;
    const seen: number[] = [];
    for (let index = 0; index < 60; index++) {
      await storage.create(keyIn(endpoints, `n${index}`), encoded(`n${index}`));
      seen.push(...(await quick.take(1)).map((event) => event.revision));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => first + 1 + index),
    );
    await assert.rejects(slow.next(), (error) => isStorageError(error, 'WatchOvertaken'));
  });

  it('W6: a watcher that falls behind within the history catches up without a gap', async () => {
    const bench = await start({ batchEvents: 5, scanStep: 7 });
    const { storage, endpoints } = bench;
    const reader = watching(bench, endpoints, {
      matches: (object) => Number(object.name.slice(1)) % 10 === 0,
    });
    for (let index = 0; index < 100; index++) {
      await storage.create(keyIn(endpoints, `n${index}`), encoded(`n${index}`));
    }
    await caughtUp(bench);
    const names = (await reader.take(10)).map((event) => event.type !== 'BOOKMARK' && event.object.name);
    assert.deepEqual(
      names,
      Array.from({ length: 10 }, (_, index) => `n${index * 10}`),
    );
  });

  it('history is bounded by age as well', async () => {
    const bench = await start({ historyMilliseconds: 3 * MINUTE });
    const { storage, endpoints, clock } = bench;
    const before = bench.feed.revision;
    const first = await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    await caughtUp(bench);
    clock.advance(2 * MINUTE);
    assert.equal(endpoints.snapshotAt(before).size, 0);
    clock.advance(2 * MINUTE);
    assert.throws(
      () => endpoints.snapshotAt(before),
      (error) => isStorageError(error, 'Compacted'),
    );
    assert.equal(endpoints.snapshotAt(first).size, 1);
  });
}

function reconnectTests(start: StartBench): void {
  it('W7: when the store watch breaks, watchers see neither a gap nor a duplicate', async () => {
    const breakable = breakableStorage();
    const bench = await start({}, breakable.wrap);
    const { storage, endpoints, clock } = bench;
    const first = bench.feed.revision;
    const reader = watching(bench, endpoints, {});
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      breakable.cut(round % 2 === 0 ? 'before' : 'after');
      await storage.create(keyIn(endpoints, `a${round}`), encoded('a'));
      await storage.create(keyIn(endpoints, `b${round}`), encoded('b'));
      await breakable.isCut();
      await storage.create(keyIn(endpoints, `c${round}`), encoded('c'));
      await advanceUntil(clock, breakable.isWatched());
      seen.push(...(await reader.take(3)).map((event) => event.revision));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 15 }, (_, index) => first + 1 + index),
    );
    assert.equal(bench.reports.length, 5);
  });

  it('W7: a consistent read that began while the store watch was broken is answered', async () => {
    const breakable = breakableStorage();
    const bench = await start({}, breakable.wrap);
    const { storage, endpoints, clock } = bench;
    breakable.cut('after');
    await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    await breakable.isCut();
    // Nothing of ours happens any more, so only an answer about progress can say that all has been seen.
    const outside = '/elsewhere/core/x/broken' as StorageKey;
    const revision = await storage.create(outside, encoded('a'));
    const reading = caughtUp(bench);
    await storage.currentRevision();
    await storage.currentRevision();
    await storage.delete(outside, revision);
    await advanceUntil(clock, reading);
    assert.ok((await reading) >= revision);
  });

  it('W7: when history is gone meanwhile, caches reload and watchers are told that they missed something', async () => {
    const breakable = breakableStorage();
    const bench = await start({}, breakable.wrap);
    const { storage, endpoints, clock } = bench;
    const kept = await storage.create(keyIn(endpoints, 'kept'), encoded('kept'));
    const lost = await storage.create(keyIn(endpoints, 'lost'), encoded('lost'));
    await caughtUp(bench);
    const changes: string[] = [];
    bench.feed.subscribe((batch) => {
      for (const { key, current, previous } of batch.changes) {
        changes.push(`${key.slice(key.lastIndexOf('/') + 1)}: ${previous?.revision} → ${current?.revision}`);
      }
    });
    const reader = watching(bench, endpoints, {});
    breakable.cut('before');
    const gone = await storage.delete(keyIn(endpoints, 'lost'), lost);
    await breakable.isCut();
    const added = await storage.create(keyIn(endpoints, 'new'), encoded('new'));
    await storage.compact(added);
    await assert.rejects(
      Promise.all([
        reader.next(),
        advanceUntil(clock, breakable.isWatched()),
        advanceUntil(clock, waitForRevision(bench, added)),
      ]),
      (error) => isStorageError(error, 'Compacted'),
    );
    await advanceUntil(clock, waitForRevision(bench, added));
    assert.deepEqual(namesOf(endpoints.snapshot(), endpoints.prefix), [`kept@${kept}`, `new@${added}`]);
    assert.deepEqual(changes, [`lost: ${lost} → undefined`, `new: undefined → ${added}`]);
    const old = watching(bench, endpoints, { start: { after: gone } });
    await assert.rejects(old.next(), (error) => isStorageError(error, 'Compacted'));
    const again = watching(bench, endpoints, { start: { after: added } });
    const more = await storage.create(keyIn(endpoints, 'more'), encoded('more'));
    assert.deepEqual(await again.described(1), [`ADDED more@${more}`]);
  });

  it('W8: a version from one replica is valid on another', async () => {
    const bench = await start();
    const other = benchOn(bench.storage, bench.prefix);
    await other.feed.start();
    const first = bench.feed.revision;
    // Of 10 and 20 mixed writes, those to endpoints.
    const WRITTEN = 6 + 13;
    await mixedWrites(bench, 10);
    await Promise.all([caughtUp(bench), caughtUp(other)]);
    const last = await mixedWrites(bench, 20);
    await Promise.all([caughtUp(bench), caughtUp(other)]);
    const events = await watching(bench, bench.endpoints, { start: { after: first } }).take(WRITTEN);
    for (const [index, { revision }] of events.entries()) {
      const rest = watching(other, other.endpoints, { start: { after: revision } });
      const later = events.slice(index + 1).map(describeCacheEvent);
      assert.deepEqual(await rest.described(later.length), later);
    }
    const [ours, theirs] = [bench, other].map(({ endpoints }) =>
      namesOf(endpoints.snapshotAt(last), endpoints.prefix),
    );
    assert.deepEqual(ours, theirs);
    other.abort.abort();
    await other.feed.stop();
  });
}

/** The feed is at `revision`. Its own clock stands still, so `waitUntil` cannot give up meanwhile. */
function waitForRevision(bench: Bench, revision: Revision): Promise<boolean> {
  return bench.feed.waitUntil(revision, 3_600_000, AbortSignal.timeout(30_000));
}

/** Lets the manual clock run, for what waits between two attempts, until `goal` is reached. */
async function advanceUntil(clock: ManualClock, goal: Promise<unknown>): Promise<void> {
  let reached = false;
  const mark = (): void => {
    reached = true;
  };
  goal.then(mark, mark);
  while (!reached) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await goal;
}

function freshnessTests(start: StartBench): void {
  it('consistent resolves only when the caches hold every write acknowledged before', async () => {
    const bench = await start();
    const { storage, endpoints } = bench;
    for (let round = 0; round < 20; round++) {
      const writes = Array.from({ length: 3 }, (_, index) =>
        storage.create(keyIn(endpoints, `n${round}-${index}`), encoded('n')),
      );
      await Promise.all(writes);
      const revisions = await Promise.all([caughtUp(bench), caughtUp(bench), caughtUp(bench)]);
      assert.equal(endpoints.snapshot().size, 3 * (round + 1));
      for (const revision of revisions) assert.ok(revision >= Math.max(...(await Promise.all(writes))));
    }
  });

  it('consistent does not wait for a write outside the prefix', async () => {
    const bench = await start();
    const outside = await bench.storage.create('/elsewhere/core/x/y' as StorageKey, bytes('1'));
    assert.ok((await caughtUp(bench)) >= outside);
    const { entry } = await bench.storage.get('/elsewhere/core/x/y' as StorageKey);
    await bench.storage.delete('/elsewhere/core/x/y' as StorageKey, entry?.revision as Revision);
  });

  it('waitUntil says whether the revision came within the time', async () => {
    const bench = await start();
    const { storage, endpoints, feed, clock } = bench;
    const { signal } = bench.abort;
    assert.equal(await feed.waitUntil(feed.revision, 0, signal), true);
    const late = feed.waitUntil(asRevision(feed.revision + 1_000), 3_000, signal);
    const soon = feed.waitUntil(asRevision(feed.revision + 1), 3_000, signal);
    await storage.create(keyIn(endpoints, 'a'), encoded('a'));
    assert.equal(await soon, true);
    clock.advance(3_000);
    assert.equal(await late, false);
    const aborted = new AbortController();
    const waiting = feed.waitUntil(asRevision(feed.revision + 1_000), 3_000, aborted.signal);
    aborted.abort(new Error('the client has gone'));
    await assert.rejects(waiting, /the client has gone/);
  });
}
