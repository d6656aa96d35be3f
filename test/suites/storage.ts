/**
 * The storage contract (apiserver/storage/storage.ts), sentence by sentence, for every backend. The suite shares
 * its store with nobody: revisions move by its own writes only.
 */
import assert from 'node:assert/strict';
import { isStorageError, type StorageErrorCode } from '../../apiserver/storage/errors.ts';
import { namespacePrefix, objectKey, resourcePrefix } from '../../apiserver/storage/key.ts';
import { MAX_VALUE_BYTES } from '../../apiserver/storage/limits.ts';
import type {
  Entry,
  Revision,
  Storage,
  StorageKey,
  StoreEvent,
  StoreWatch,
  WatchBatch,
} from '../../apiserver/storage/storage.ts';
import { storageModelTests } from './storage-model.ts';

export interface OpenedStorage {
  readonly storage: Storage;
  /** Nothing else is under it. */
  readonly prefix: string;
  dispose(): Promise<void>;
}

export type OpenStorage = () => Promise<OpenedStorage>;

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const text = (value: Uint8Array): string => Buffer.from(value).toString();
export const asRevision = (value: number): Revision => value as Revision;

const keysOf = (entries: readonly Entry[]): StorageKey[] => entries.map((entry) => entry.key);

export async function rejectsWith(code: StorageErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isStorageError(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  });
}

/** `put <key>=<value>@<revision> (was <value>@<revision>)` */
export function describeEvent(event: StoreEvent): string {
  const was = event.previous === undefined ? '' : ` (was ${describeEntry(event.previous)})`;
  return event.type === 'put'
    ? `put ${describeEntry(event.entry)}${was}`
    : `delete ${event.key}@${event.revision}${was}`;
}

export function describeEntry(entry: Entry): string {
  return `${entry.key}=${text(entry.value)}@${entry.revision}`;
}

export function revisionOfEvent(event: StoreEvent): Revision {
  return event.type === 'put' ? event.entry.revision : event.revision;
}

/** Reads a watch until it has delivered everything up to `until`. */
export async function readUntil(watch: StoreWatch, until: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  const iterator = watch[Symbol.asyncIterator]();
  while ((batches.at(-1)?.revision ?? 0) < until) {
    const { done, value } = await iterator.next();
    assert.notEqual(done, true, 'the watch ended early');
    batches.push(value);
  }
  return batches;
}

export function eventsOf(batches: readonly WatchBatch[]): StoreEvent[] {
  return batches.flatMap((batch) => batch.events);
}

export function storageContract(name: string, open: OpenStorage): void {
  describe(`storage contract: ${name}`, () => {
    let opened: OpenedStorage;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const context = (): StorageTestContext => contextOf(opened);

    describe('revisions', () => revisionTests(context));
    describe('reads', () => readTests(context));
    describe('writes', () => writeTests(context));
    describe('watches', () => watchTests(context));
    describe('compaction', () => compactionTests(context));
    describe('life', () => lifeTests(context));
    storageModelTests(context);
  });
}

export interface StorageTestContext {
  readonly storage: Storage;
  /** A resource prefix, ending in '/'. */
  readonly resource: string;
  key(name: string, namespace?: string): StorageKey;
}

function contextOf({ storage, prefix }: OpenedStorage): StorageTestContext {
  const resource = resourcePrefix(prefix, 'services.x-k8s.io', 'endpoints');
  return { storage, resource, key: (name, namespace = 'ns') => objectKey(resource, namespace, name) };
}

function revisionTests(context: () => StorageTestContext): void {
  it('start at a positive integer and move by one with a committed write', async () => {
    const { storage, key } = context();
    const start = await storage.currentRevision();
    assert.ok(Number.isSafeInteger(start) && start > 0);
    const created = await storage.create(key('a'), bytes('1'));
    const updated = await storage.update(key('a'), bytes('2'), created);
    const deleted = await storage.delete(key('a'), updated);
    assert.deepEqual([created, updated, deleted], [start + 1, start + 2, start + 3]);
    assert.equal(await storage.currentRevision(), deleted);
  });

  it('do not move when a write is refused', async () => {
    const { storage, key } = context();
    const created = await storage.create(key('a'), bytes('1'));
    await rejectsWith('KeyExists', storage.create(key('a'), bytes('2')));
    await rejectsWith('Conflict', storage.update(key('a'), bytes('2'), asRevision(created - 1)));
    await rejectsWith('NotFound', storage.delete(key('b'), created));
    assert.equal(await storage.currentRevision(), created);
  });
}

function readTests(context: () => StorageTestContext): void {
  it('get gives the entry and the revision at which it holds, or no entry', async () => {
    const { storage, key } = context();
    const revision = await storage.create(key('a'), bytes('1'));
    const other = await storage.create(key('b'), bytes('x'));
    assert.deepEqual(
      describeEntry((await storage.get(key('a'))).entry as Entry),
      `${key('a')}=1@${revision}`,
    );
    assert.deepEqual(await storage.get(key('none')), { entry: undefined, revision: other });
  });

  it('get at a revision gives what was there then', async () => {
    const { storage, key } = context();
    const before = await storage.currentRevision();
    const created = await storage.create(key('a'), bytes('1'));
    const updated = await storage.update(key('a'), bytes('2'), created);
    const deleted = await storage.delete(key('a'), updated);
    const again = await storage.create(key('a'), bytes('3'));
    const at = async (revision: Revision): Promise<string | undefined> => {
      const result = await storage.get(key('a'), { revision });
      assert.equal(result.revision, revision);
      return result.entry === undefined ? undefined : text(result.entry.value);
    };
    const seen = [];
    for (const revision of [before, created, updated, deleted, again]) seen.push(await at(revision));
    assert.deepEqual(seen, [undefined, '1', '2', undefined, '3']);
  });

  it('range gives what starts with the prefix, ordered by the bytes of the key', async () => {
    const { storage, resource, key } = context();
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a', 'z'],
      ['ab', 'q'],
      ['a', 'b-c'],
      ['a', 'b.c'],
      ['a', 'b'],
    ]) {
      await storage.create(key(name ?? '', namespace), bytes('{}'));
    }
    const all = await storage.range(resource);
    assert.deepEqual(keysOf(all.entries), [
      key('b', 'a'),
      key('b-c', 'a'),
      key('b.c', 'a'),
      key('z', 'a'),
      key('q', 'ab'),
      key('x', 'b'),
    ]);
    const inA = await storage.range(namespacePrefix(resource, 'a'));
    assert.deepEqual(keysOf(inA.entries), [key('b', 'a'), key('b-c', 'a'), key('b.c', 'a'), key('z', 'a')]);
    assert.equal(all.revision, await storage.currentRevision());
  });

  it('pages at one revision, whatever is written in between, and counts what remains', async () => {
    const { storage, resource, key } = context();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const written: Revision[] = [];
    for (const name of names) written.push(await storage.create(key(name), bytes(`old ${name}`)));
    const first = await storage.range(resource, { limit: 3 });
    assert.deepEqual([keysOf(first.entries), first.remaining], [['a', 'b', 'c'].map((n) => key(n)), 4]);
    await storage.delete(key('d'), written[3] as Revision);
    await storage.update(key('e'), bytes('new e'), written[4] as Revision);
    await storage.create(key('e2'), bytes('new'));
    const after = first.entries[2]?.key as StorageKey;
    const second = await storage.range(resource, { limit: 3, after, revision: first.revision });
    assert.deepEqual(
      second.entries.map((entry) => text(entry.value)),
      ['old d', 'old e', 'old f'],
    );
    assert.deepEqual([second.remaining, second.revision], [1, first.revision]);
    const last = await storage.range(resource, { limit: 3, after: key('f'), revision: first.revision });
    assert.deepEqual([keysOf(last.entries), last.remaining], [[key('g')], 0]);
    const now = await storage.range(resource, { after: key('c') });
    assert.deepEqual(
      keysOf(now.entries),
      ['e', 'e2', 'f', 'g'].map((n) => key(n)),
    );
  });

  it('range does not show what was deleted, nor count it', async () => {
    const { storage, resource, key } = context();
    const a = await storage.create(key('a'), bytes('1'));
    await storage.create(key('b'), bytes('1'));
    const c = await storage.create(key('c'), bytes('1'));
    await storage.delete(key('a'), a);
    await storage.delete(key('c'), c);
    const { entries, remaining } = await storage.range(resource, { limit: 1 });
    assert.deepEqual([keysOf(entries), remaining], [[key('b')], 0]);
  });

  it('a range of thousands comes whole', async () => {
    const { storage, resource, key } = context();
    const names = Array.from({ length: 2_500 }, (_, index) => `n${String(index).padStart(5, '0')}`);
    await Promise.all(names.map((name) => storage.create(key(name), bytes('{}'))));
    const { entries, remaining } = await storage.range(resource);
    assert.equal(remaining, 0);
    assert.deepEqual(
      keysOf(entries),
      names.map((name) => key(name)),
    );
  });

  it('refuse a revision that is not reached yet', async () => {
    const { storage, resource, key } = context();
    const revision = asRevision((await storage.currentRevision()) + 1_000);
    await rejectsWith('FutureRevision', storage.get(key('a'), { revision }));
    await rejectsWith('FutureRevision', storage.range(resource, { revision }));
  });
}

function writeTests(context: () => StorageTestContext): void {
  it('create refuses a key that exists', async () => {
    const { storage, key } = context();
    const revision = await storage.create(key('a'), bytes('1'));
    await rejectsWith('KeyExists', storage.create(key('a'), bytes('2')));
    assert.equal(describeEntry((await storage.get(key('a'))).entry as Entry), `${key('a')}=1@${revision}`);
  });

  it('update and delete need the current revision, and say what it is', async () => {
    const { storage, key } = context();
    const created = await storage.create(key('a'), bytes('1'));
    const updated = await storage.update(key('a'), bytes('2'), created);
    const stale = [
      () => storage.update(key('a'), bytes('3'), created),
      () => storage.delete(key('a'), created),
    ];
    for (const write of stale) {
      await assert.rejects(write, (error: unknown) => {
        assert.ok(isStorageError(error, 'Conflict'));
        assert.equal(describeEntry(error.current as Entry), `${key('a')}=2@${updated}`);
        return true;
      });
    }
  });

  it('update and delete of what is gone are NotFound', async () => {
    const { storage, key } = context();
    const created = await storage.create(key('a'), bytes('1'));
    await storage.delete(key('a'), created);
    await rejectsWith('NotFound', storage.update(key('a'), bytes('2'), created));
    await rejectsWith('NotFound', storage.delete(key('a'), created));
    assert.equal((await storage.get(key('a'))).entry, undefined);
  });

  it('an expectation that no object can meet is refused, whether there is one or not', async () => {
    const { storage, key } = context();
    for (const impossible of [0, -1]) {
      await rejectsWith('NotFound', storage.update(key('none'), bytes('1'), asRevision(impossible)));
      await rejectsWith('NotFound', storage.delete(key('none'), asRevision(impossible)));
    }
    await storage.create(key('a'), bytes('1'));
    await rejectsWith('Conflict', storage.update(key('a'), bytes('2'), asRevision(0)));
    await rejectsWith('Conflict', storage.delete(key('a'), asRevision(0)));
  });

  it('of many writers with the same expectation exactly one wins', async () => {
    const { storage, key } = context();
    const creations = await Promise.allSettled(
      Array.from({ length: 16 }, (_, index) => storage.create(key('a'), bytes(String(index)))),
    );
    assert.equal(creations.filter((result) => result.status === 'fulfilled').length, 1);
    const { entry } = await storage.get(key('a'));
    const updates = await Promise.allSettled(
      Array.from({ length: 16 }, (_, index) =>
        storage.update(key('a'), bytes(`u${index}`), entry?.revision as Revision),
      ),
    );
    const winners = updates.flatMap((result, index) => (result.status === 'fulfilled' ? [`u${index}`] : []));
    assert.deepEqual(winners, [text((await storage.get(key('a'))).entry?.value as Uint8Array)]);
  });

  it('are seen by every read that starts after they are acknowledged', async () => {
    const { storage, resource, key } = context();
    let revision = await storage.create(key('a'), bytes('0'));
    for (let round = 1; round <= 20; round++) {
      revision = await storage.update(key('a'), bytes(String(round)), revision);
      const [got, listed, current] = await Promise.all([
        storage.get(key('a')),
        storage.range(resource),
        storage.currentRevision(),
      ]);
      assert.equal(text(got.entry?.value as Uint8Array), String(round));
      assert.equal(text(listed.entries[0]?.value as Uint8Array), String(round));
      assert.ok(current >= revision);
    }
  });

  it('keep every byte', async () => {
    const { storage, key } = context();
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    await storage.create(key('a'), every);
    assert.deepEqual(Uint8Array.from((await storage.get(key('a'))).entry?.value as Uint8Array), every);
  });

  it('take the largest object and refuse a larger one', async () => {
    const { storage, key } = context();
    const largest = new Uint8Array(MAX_VALUE_BYTES).fill(120);
    const revision = await storage.create(key('a'), largest);
    assert.equal((await storage.get(key('a'))).entry?.value.length, MAX_VALUE_BYTES);
    await rejectsWith('TooLarge', storage.create(key('b'), new Uint8Array(MAX_VALUE_BYTES + 1)));
    await rejectsWith('TooLarge', storage.update(key('a'), new Uint8Array(MAX_VALUE_BYTES + 1), revision));
  });
}

function watchTests(context: () => StorageTestContext): void {
  it('replay what came after a revision, with what was there before', async () => {
    const { storage, resource, key } = context();
    const first = await storage.create(key('a'), bytes('1'));
    const second = await storage.update(key('a'), bytes('2'), first);
    const third = await storage.delete(key('a'), second);
    const fourth = await storage.create(key('a'), bytes('3'));
    const watch = storage.watch(resource, first);
    const events = eventsOf(await readUntil(watch, fourth));
    watch.close();
    assert.deepEqual(events.map(describeEvent), [
      `put ${key('a')}=2@${second} (was ${key('a')}=1@${first})`,
      `delete ${key('a')}@${third} (was ${key('a')}=2@${second})`,
      `put ${key('a')}=3@${fourth}`,
    ]);
  });

  it('go on live, in order, each event once, whole revisions in a batch', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, start);
    const revisions = await Promise.all(
      Array.from({ length: 300 }, (_, index) => storage.create(key(`n${index}`), bytes(String(index)))),
    );
    const last = Math.max(...revisions);
    const batches = await readUntil(watch, last);
    watch.close();
    const seen = eventsOf(batches).map(revisionOfEvent);
    assert.deepEqual(
      seen,
      Array.from({ length: 300 }, (_, index) => start + 1 + index),
    );
    for (const batch of batches) {
      for (const event of batch.events) assert.ok(revisionOfEvent(event) <= batch.revision);
    }
  });

  it('see their prefix only', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(namespacePrefix(resource, 'a'), start);
    await storage.create(key('x', 'b'), bytes('1'));
    await storage.create(key('x', 'ab'), bytes('1'));
    const mine = await storage.create(key('x', 'a'), bytes('1'));
    const events = eventsOf(await readUntil(watch, mine));
    watch.close();
    assert.deepEqual(events.map(describeEvent), [`put ${key('x', 'a')}=1@${mine}`]);
  });

  it('from a future revision see only what is later than it', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, asRevision(start + 2));
    for (const name of ['a', 'b', 'c']) await storage.create(key(name), bytes(name));
    const events = eventsOf(await readUntil(watch, start + 3));
    watch.close();
    assert.deepEqual(events.map(describeEvent), [`put ${key('c')}=c@${start + 3}`]);
  });

  it('lose nothing for a reader that starts late', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, start);
    const padding = 'x'.repeat(2_000);
    let last = start;
    for (let round = 0; round < 30; round++) {
      const revisions = await Promise.all(
        Array.from({ length: 100 }, (_, index) => storage.create(key(`n${round}-${index}`), bytes(padding))),
      );
      last = asRevision(Math.max(...revisions));
    }
    const events = eventsOf(await readUntil(watch, last));
    watch.close();
    assert.deepEqual(
      events.map(revisionOfEvent),
      Array.from({ length: 3_000 }, (_, index) => start + 1 + index),
    );
  });

  it('lose nothing for a reader that stops and goes on, whatever is held for it meanwhile', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, start);
    const iterator = watch[Symbol.asyncIterator]();
    const seen: number[] = [];
    let written = 0;
    const writeOneByOne = async (count: number): Promise<void> => {
      for (const end = written + count; written < end; written++)
        await storage.create(key(`n${written}`), bytes('1'));
    };
    const read = async (batches: number): Promise<void> => {
      for (let index = 0; index < batches && seen.length < written; index++) {
        const { value } = (await iterator.next()) as IteratorYieldResult<WatchBatch>;
        seen.push(...value.events.map(revisionOfEvent));
      }
    };
    // More commits than any backend holds in memory for a watch, then room for new ones while older ones are still missing.
    for (let round = 0; round < 3; round++) {
      await writeOneByOne(150);
      await read(10);
    }
    await read(Number.POSITIVE_INFINITY);
    watch.close();
    assert.deepEqual(
      seen,
      Array.from({ length: written }, (_, index) => start + 1 + index),
    );
  });

  it('tell progress on request, up to the writes before the request', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(`${resource}quiet/`, start);
    const written = await storage.create(key('elsewhere'), bytes('1'));
    watch.requestProgress();
    const batches = await readUntil(watch, written);
    watch.close();
    assert.deepEqual(eventsOf(batches), []);
  });

  it('tell progress only behind the events before it', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, start);
    const seen: number[] = [];
    let told: number = start;
    const reading = (async () => {
      for await (const batch of watch) {
        for (const event of batch.events) {
          assert.ok(revisionOfEvent(event) > told, 'an event behind a progress that had passed it');
          seen.push(revisionOfEvent(event));
        }
        told = batch.revision;
        if (told >= start + 200) return;
      }
    })();
    for (let round = 0; round < 20; round++) {
      const writes = Array.from({ length: 10 }, (_, index) =>
        storage.create(key(`n${round}-${index}`), bytes('1')),
      );
      watch.requestProgress();
      await Promise.all(writes);
    }
    watch.requestProgress();
    await reading;
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, index) => start + 1 + index),
    );
  });

  it('are independent of each other', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const [closed, kept] = [storage.watch(resource, start), storage.watch(resource, start)];
    await storage.create(key('a'), bytes('1'));
    closed.close();
    const last = await storage.create(key('b'), bytes('2'));
    assert.equal(eventsOf(await readUntil(kept, last)).length, 2);
    kept.close();
    assert.equal((await closed[Symbol.asyncIterator]().next()).done, true);
  });

  it('end when closed while somebody waits', async () => {
    const { storage, resource } = context();
    const watch = storage.watch(resource, await storage.currentRevision());
    const iterator = watch[Symbol.asyncIterator]();
    const ended = (async () => {
      for (;;) if ((await iterator.next()).done === true) return;
    })();
    watch.close();
    await ended;
  });
}

function compactionTests(context: () => StorageTestContext): void {
  const threeVersions = async (): Promise<Revision[]> => {
    const { storage, key } = context();
    const first = await storage.create(key('a'), bytes('1'));
    const second = await storage.update(key('a'), bytes('2'), first);
    const third = await storage.update(key('a'), bytes('3'), second);
    return [first, second, third];
  };

  it('refuses reads before it and serves those from it on', async () => {
    const { storage, resource, key } = context();
    const [first, second, third] = (await threeVersions()) as [Revision, Revision, Revision];
    await storage.compact(second);
    await rejectsWith('Compacted', storage.get(key('a'), { revision: first }));
    await rejectsWith('Compacted', storage.range(resource, { revision: first }));
    assert.equal(text((await storage.get(key('a'), { revision: second })).entry?.value as Uint8Array), '2');
    assert.equal(
      text((await storage.range(resource, { revision: third })).entries[0]?.value as Uint8Array),
      '3',
    );
  });

  it('ends watches that begin before it, and says how far back history reaches', async () => {
    const { storage, resource } = context();
    const [first, , third] = (await threeVersions()) as [Revision, Revision, Revision];
    await storage.compact(third);
    const watch = storage.watch(resource, asRevision(first - 1));
    await assert.rejects(readUntil(watch, third), (error: unknown) => {
      assert.ok(isStorageError(error, 'Compacted'), String(error));
      assert.equal(error.revision, third);
      return true;
    });
  });

  it('leaves watches from its revision on complete, previous included', async () => {
    const { storage, resource, key } = context();
    const [, second, third] = (await threeVersions()) as [Revision, Revision, Revision];
    const gone = await storage.delete(key('a'), third);
    await storage.compact(second);
    const watch = storage.watch(resource, second);
    const events = eventsOf(await readUntil(watch, gone));
    watch.close();
    assert.deepEqual(events.map(describeEvent), [
      `put ${key('a')}=3@${third} (was ${key('a')}=2@${second})`,
      `delete ${key('a')}@${gone} (was ${key('a')}=3@${third})`,
    ]);
  });

  it('keeps what is current, however old', async () => {
    const { storage, resource, key } = context();
    await storage.create(key('old'), bytes('stays'));
    const [, , third] = (await threeVersions()) as [Revision, Revision, Revision];
    const last = await storage.delete(key('a'), third);
    await storage.compact(last);
    const { entries } = await storage.range(resource);
    assert.deepEqual(
      entries.map((entry) => text(entry.value)),
      ['stays'],
    );
  });

  it('may be repeated, and does not go back', async () => {
    const { storage, key } = context();
    const [first, second, third] = (await threeVersions()) as [Revision, Revision, Revision];
    await storage.compact(third);
    await storage.compact(third);
    await storage.compact(first);
    await rejectsWith('Compacted', storage.get(key('a'), { revision: second }));
  });

  it('does not disturb a watch that keeps up', async () => {
    const { storage, resource, key } = context();
    const start = await storage.currentRevision();
    const watch = storage.watch(resource, start);
    const iterator = watch[Symbol.asyncIterator]();
    let revision = await storage.create(key('a'), bytes('0'));
    const seen: number[] = [];
    for (let round = 1; round <= 5; round++) {
      while (seen.length < round) {
        const { value } = (await iterator.next()) as IteratorYieldResult<WatchBatch>;
        seen.push(...value.events.map(revisionOfEvent));
      }
      await storage.compact(revision);
      revision = await storage.update(key('a'), bytes(String(round)), revision);
    }
    watch.close();
    assert.deepEqual(
      seen,
      [1, 2, 3, 4, 5].map((step) => start + step),
    );
  });
}

function lifeTests(context: () => StorageTestContext): void {
  it('ping resolves while the store answers', () => context().storage.ping());

  it('a closed store refuses everything and ends its watches', async () => {
    const { storage, resource, key } = context();
    const watch = storage.watch(resource, await storage.currentRevision());
    await storage.close();
    await rejectsWith('Unavailable', storage.get(key('a')));
    await rejectsWith('Unavailable', storage.create(key('a'), bytes('1')));
    await rejectsWith('Unavailable', storage.ping());
    const iterator = watch[Symbol.asyncIterator]();
    for (;;) if ((await iterator.next()).done === true) break;
    await storage.close();
  });
}
