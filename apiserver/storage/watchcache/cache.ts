/** The cache of one resource: its objects in key order, its recent history, and its watchers. */
import { StorageError } from '../errors.ts';
import type { Entry, Revision, StorageKey } from '../storage.ts';
import { type DecodedObjects, type EncodedObject, encodeEntry } from './encoded-object.ts';
import { Change, History } from './history.ts';
import { Indexes } from './indexes.ts';
import type { WatchCacheLimits } from './limits.ts';
import { newTree, type ObjectTree, TreeSnapshot } from './snapshot.ts';
import type { CacheEvent, CacheWatchOptions, IndexTerm, ResourceCache } from './types.ts';
import { type WatchedCache, Watcher, type WatchStart } from './watcher.ts';

/** What all caches of a feed share. */
export interface CacheContext {
  readonly limits: WatchCacheLimits;
  readonly decoded: DecodedObjects;
  /** The feed's revision: all caches stand at the same one. */
  revision(): Revision;
  /** Milliseconds. */
  now(): number;
  random(): number;
}

export class MutableCache implements ResourceCache, WatchedCache {
  readonly prefix: string;
  readonly history: History;
  readonly limits: WatchCacheLimits;
  readonly #context: CacheContext;
  readonly #watchers = new Set<Watcher>();
  /** Views of earlier revisions, least recently used first. */
  readonly #past = new Map<Revision, TreeSnapshot>();
  readonly #indexes: Indexes;
  #tree: ObjectTree = newTree();
  /** A frozen clone of #tree; undefined once #tree has moved on. */
  #latest: TreeSnapshot | undefined;

  constructor(prefix: string, context: CacheContext) {
    this.prefix = prefix;
    this.limits = context.limits;
    this.history = new History(context.limits, context.revision());
    this.#indexes = new Indexes(context.limits);
    this.#context = context;
  }

  get revision(): Revision {
    return this.#context.revision();
  }

  /** How many watches are open. */
  get watchers(): number {
    return this.#watchers.size;
  }

  now(): number {
    return this.#context.now();
  }

  random(): number {
    return this.#context.random();
  }

  snapshot(): TreeSnapshot {
    this.#latest =
      this.#latest?.movedTo(this.revision) ??
      new TreeSnapshot(this.#tree.clone(), this.#indexes.copy(), this.revision, this.#used);
    return this.#latest;
  }

  snapshotAt(revision: Revision): TreeSnapshot {
    const now = this.revision;
    if (revision === now) return this.snapshot();
    if (revision > now) {
      const message = `revision ${revision} is not reached yet, the cache is at ${now}`;
      throw new StorageError('FutureRevision', message, { revision: now });
    }
    if (revision < this.history.horizon) throw this.#compacted(revision);
    const past = this.#past.get(revision) ?? this.#rewind(revision);
    this.#past.delete(revision);
    this.#past.set(revision, past);
    for (const oldest of this.#past.keys()) {
      if (this.#past.size <= this.limits.pastSnapshots) break;
      this.#past.delete(oldest);
    }
    return past;
  }

  watch(options: CacheWatchOptions): AsyncIterable<readonly CacheEvent[]> {
    const start = this.#startOf(options);
    if (start instanceof StorageError) return failing(start);
    const watcher = new Watcher(this, options, start);
    if (!options.signal.aborted) this.#watchers.add(watcher);
    return watcher;
  }

  release(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Takes in one stored object. @returns the change; the caller dispatches after the whole batch. */
  put(entry: Entry): Change {
    const current = encodeEntry(entry, this.prefix, this.#context.decoded);
    const previous = this.#tree.get(entry.key);
    this.#latest = undefined;
    this.#tree.set(entry.key, current);
    this.#indexes.move(previous, current);
    return this.#remember(entry.revision, entry.key, current, previous);
  }

  /** Undefined when there was no such object. */
  remove(key: StorageKey, revision: Revision): Change | undefined {
    const previous = this.#tree.get(key);
    if (previous === undefined) return undefined;
    this.#latest = undefined;
    this.#tree.delete(key);
    this.#indexes.move(previous, undefined);
    return this.#remember(revision, key, undefined, previous);
  }

  /** Tells the watchers that the history has grown, or that time has passed. */
  dispatch(): void {
    for (const watcher of this.#watchers) watcher.wake();
    this.history.trim();
  }

  expire(now: number): void {
    this.history.expire(now);
    for (const revision of this.#past.keys())
      if (revision < this.history.horizon) this.#past.delete(revision);
  }

  /**
   * Replaces everything by a fresh load; the way between is unknown, so no watcher can be served on (W2).
   * @returns what differs, for listeners that keep state of their own
   */
  replace(tree: ObjectTree, revision: Revision): Change[] {
    const changes = differences(this.#tree, tree, revision, this.now());
    this.#tree = tree;
    this.#indexes.clear();
    this.#latest = undefined;
    this.#past.clear();
    this.history.restart(revision);
    const gone = new StorageError('Compacted', `the watch cache had to be reloaded at revision ${revision}`, {
      revision,
    });
    for (const watcher of this.#watchers) watcher.fail(gone);
    return changes;
  }

  /** Ends all watches without an error. */
  endWatches(): void {
    for (const watcher of this.#watchers) watcher.end();
  }

  /** The next snapshot carries what was built now. */
  readonly #used = (terms: readonly IndexTerm[], looked: number): void => {
    if (this.#indexes.used(terms, looked, this.#tree)) this.#latest = undefined;
  };

  #remember(
    revision: Revision,
    key: StorageKey,
    current: EncodedObject | undefined,
    previous: EncodedObject | undefined,
  ): Change {
    const change = new Change(revision, key, current, previous, this.now());
    this.history.push(change);
    return change;
  }

  #startOf({ start }: CacheWatchOptions): WatchStart | StorageError {
    if ('after' in start) {
      if (start.after < this.history.horizon) return this.#compacted(start.after);
      return { initial: undefined, after: start.after };
    }
    return { initial: start.initial ? this.snapshot() : undefined, after: this.revision };
  }

  #rewind(revision: Revision): TreeSnapshot {
    const { history } = this;
    const tree = this.#tree.clone();
    const indexes = this.#indexes.copy();
    for (let sequence = history.end - 1; sequence >= history.first; sequence--) {
      const change = history.at(sequence);
      if (change === undefined || change.revision <= revision) break;
      if (change.previous === undefined) tree.delete(change.key);
      else tree.set(change.key, change.previous);
      for (const index of indexes.values()) index.move(change.current, change.previous);
    }
    return new TreeSnapshot(tree, indexes, revision, this.#used);
  }

  #compacted(revision: Revision): StorageError {
    const { horizon } = this.history;
    return new StorageError('Compacted', `too old resource version: ${revision} (${horizon})`, {
      revision: horizon,
    });
  }
}

function differences(before: ObjectTree, after: ObjectTree, revision: Revision, now: number): Change[] {
  const changes: Change[] = [];
  for (const [key, previous] of before.entries()) {
    if (!after.has(key)) changes.push(new Change(revision, key, undefined, previous, now));
  }
  for (const [key, current] of after.entries()) {
    const previous = before.get(key);
    if (previous?.revision !== current.revision)
      changes.push(new Change(revision, key, current, previous, now));
  }
  return changes;
}

function failing(error: StorageError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
