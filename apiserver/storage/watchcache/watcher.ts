/**
 * One watch of one resource. It keeps a place in the resource's history, not a queue: while it waits, the cache
 * hands it each batch; while its reader is busy it falls behind, and catches up by itself.
 *
 *   initial objects ─► initial-events-end ─► history from where the snapshot ended ─► live
 *                                                     (overtaken by the history's end: an error, W6)
 */
import { StorageError } from '../errors.ts';
import type { Revision } from '../storage.ts';
import type { EncodedObject } from './encoded-object.ts';
import type { History } from './history.ts';
import { BOOKMARK_JITTER, LAST_BOOKMARK_MILLISECONDS, type WatchCacheLimits } from './limits.ts';
import type { TreeSnapshot } from './snapshot.ts';
import type { CacheEvent, CacheWatchOptions } from './types.ts';

type Batch = readonly CacheEvent[];

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What a watcher needs of its cache. */
export interface WatchedCache {
  readonly history: History;
  readonly limits: WatchCacheLimits;
  /** Everything up to here is in the history. */
  readonly revision: Revision;
  /** Milliseconds. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  release(watcher: Watcher): void;
}

export interface WatchStart {
  /** Objects to send first. */
  readonly initial: TreeSnapshot | undefined;
  /** Events after this revision follow. */
  readonly after: Revision;
}

export class Watcher implements AsyncIterableIterator<Batch> {
  readonly #cache: WatchedCache;
  readonly #options: CacheWatchOptions;
  readonly #after: Revision;
  #initial: Iterator<EncodedObject> | undefined;
  #initialEnd: CacheEvent | undefined;
  /** Sequence number of the next change to look at. */
  #next: number;
  readonly #lastBookmarkAt: number;
  #bookmarkAt: number;
  #waiting: { resolve(result: IteratorResult<Batch>): void; reject(error: Error): void } | undefined;
  #ended = false;
  #failure: StorageError | undefined;
  readonly #onAbort = (): void => this.end();

  constructor(cache: WatchedCache, options: CacheWatchOptions, start: WatchStart) {
    this.#cache = cache;
    this.#options = options;
    this.#after = start.after;
    this.#next = cache.history.after(start.after);
    this.#initial = start.initial?.range(options.prefix, undefined, options.terms)[Symbol.iterator]();
    if (start.initial !== undefined && options.initialEventsEnd) {
      this.#initialEnd = { type: 'BOOKMARK', revision: start.initial.revision, initialEventsEnd: true };
    }
    const { timeoutMilliseconds = Number.POSITIVE_INFINITY } = options;
    this.#lastBookmarkAt = cache.now() + timeoutMilliseconds - LAST_BOOKMARK_MILLISECONDS;
    this.#bookmarkAt = this.#nextBookmark();
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Batch>> {
    // The usual case first, with no promise but the one that `wake` resolves.
    const isIdle = this.#initial === undefined && this.#caughtUp() && !this.#bookmarkDue();
    return isIdle && !this.#ended && this.#failure === undefined ? this.#wait() : this.#read();
  }

  async #read(): Promise<IteratorResult<Batch>> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return DONE;
      const batch = this.#initial === undefined ? this.#collect() : this.#collectInitial(this.#initial);
      if (batch.length > 0) return { done: false, value: batch };
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#initial === undefined && this.#caughtUp()) break;
      // A long stretch without a match: let others run before the next one.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return this.#wait();
  }

  #wait(): Promise<IteratorResult<Batch>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.end();
    return DONE;
  }

  /** The history has grown, or a bookmark may be due. */
  wake(): void {
    if (this.#waiting === undefined) {
      this.#failWhenOvertaken();
      return;
    }
    let batch = this.#collect();
    while (batch.length === 0 && !this.#ended && !this.#caughtUp()) batch = this.#collect();
    const waiting = this.#waiting;
    if (batch.length === 0 || waiting === undefined) return;
    this.#waiting = undefined;
    waiting.resolve({ done: false, value: batch });
  }

  fail(failure: StorageError): void {
    if (this.#ended) return;
    this.#failure = failure;
    const waiting = this.#waiting;
    this.end();
    waiting?.reject(failure);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#initial = undefined;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#cache.release(this);
    // After a failure the reader's promise is rejected instead.
    if (this.#failure === undefined) this.#waiting?.resolve(DONE);
    this.#waiting = undefined;
  }

  #caughtUp(): boolean {
    return this.#next >= this.#cache.history.end;
  }

  #failWhenOvertaken(): boolean {
    if (this.#next >= this.#cache.history.first) return false;
    this.fail(
      new StorageError('WatchOvertaken', 'the watch was too slow for its buffer and has missed events'),
    );
    return true;
  }

  #collectInitial(objects: Iterator<EncodedObject>): Batch {
    const { batchEvents, scanStep } = this.#cache.limits;
    const batch: CacheEvent[] = [];
    for (let scanned = 0; scanned < scanStep && batch.length < batchEvents; scanned++) {
      const { done, value: object } = objects.next();
      if (done === true) {
        this.#initial = undefined;
        if (this.#initialEnd !== undefined) batch.push(this.#initialEnd);
        break;
      }
      if (this.#options.matches(object)) batch.push({ type: 'ADDED', revision: object.revision, object });
    }
    return batch;
  }

  /** The next events, of whole revisions; then a bookmark when one is due and nothing is left to deliver (W4). */
  #collect(): Batch {
    if (this.#failWhenOvertaken()) return [];
    const { history, limits } = this.#cache;
    const { prefix, matches } = this.#options;
    const batch: CacheEvent[] = [];
    let revision = this.#after;
    for (let scanned = 0; ; scanned++) {
      const change = history.at(this.#next);
      if (change === undefined) break;
      const full = batch.length >= limits.batchEvents || scanned >= limits.scanStep;
      if (full && change.revision !== revision) break;
      this.#next++;
      revision = change.revision;
      // A watch may begin in the future; until then it sees nothing.
      if (revision <= this.#after || !change.key.startsWith(prefix)) continue;
      const event = change.eventFor(matches);
      if (event !== undefined) batch.push(event);
    }
    if (this.#bookmarkDue()) batch.push(this.#bookmark());
    return batch;
  }

  #bookmarkDue(): boolean {
    return (
      this.#options.bookmarks &&
      this.#cache.now() >= this.#bookmarkAt &&
      this.#caughtUp() &&
      this.#cache.revision >= this.#after
    );
  }

  #bookmark(): CacheEvent {
    this.#bookmarkAt = this.#nextBookmark();
    return { type: 'BOOKMARK', revision: this.#cache.revision, initialEventsEnd: false };
  }

  #nextBookmark(): number {
    const early = this.#cache.random() * BOOKMARK_JITTER;
    const now = this.#cache.now();
    const regular = now + this.#cache.limits.bookmarkMilliseconds * (1 - early);
    return now < this.#lastBookmarkAt ? Math.min(regular, this.#lastBookmarkAt) : regular;
  }
}
