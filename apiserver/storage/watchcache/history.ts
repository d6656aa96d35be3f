/**
 * The recent changes of one resource, oldest first. Watchers read it by sequence number, so it is every
 * watcher's buffer at once; it is bounded by count and age, and a reader it has overtaken has to give up.
 */
import type { Revision, StorageKey } from '../storage.ts';
import type { EncodedObject } from './encoded-object.ts';
import type { CacheEvent } from './types.ts';

/** Slots of dropped changes are given back when there are this many and they are the larger part. */
const RECLAIM_SLOTS = 1_024;

/** One change of one object. The events it can become are made once and shared by every watcher. */
export class Change {
  readonly revision: Revision;
  readonly key: StorageKey;
  readonly current: EncodedObject | undefined;
  readonly previous: EncodedObject | undefined;
  /** Milliseconds; when the cache learnt of it. */
  readonly seenAt: number;
  #added: CacheEvent | undefined;
  #modified: CacheEvent | undefined;
  #deleted: CacheEvent | undefined;

  constructor(
    revision: Revision,
    key: StorageKey,
    current: EncodedObject | undefined,
    previous: EncodedObject | undefined,
    seenAt: number,
  ) {
    this.revision = revision;
    this.key = key;
    this.current = current;
    this.previous = previous;
    this.seenAt = seenAt;
  }

  /** What a watcher sees of it (W3): coming into its selection, changing within, or leaving it. */
  eventFor(matches: (object: EncodedObject) => boolean): CacheEvent | undefined {
    const { current, previous } = this;
    const had = previous !== undefined && matches(previous);
    if (current !== undefined && matches(current)) {
      if (had) this.#modified ??= { type: 'MODIFIED', revision: this.revision, object: current };
      else this.#added ??= { type: 'ADDED', revision: this.revision, object: current };
      return had ? this.#modified : this.#added;
    }
    if (!had) return undefined;
    this.#deleted ??= { type: 'DELETED', revision: this.revision, object: previous.at(this.revision) };
    return this.#deleted;
  }
}

export interface HistoryLimits {
  readonly historyChanges: number;
  readonly historyMilliseconds: number;
}

export class History {
  readonly #limits: HistoryLimits;
  #slots: (Change | undefined)[] = [];
  /** Index in #slots of the oldest change, and its sequence number. */
  #head = 0;
  #first = 0;
  #horizon: Revision;

  /** @param horizon where it begins: every change after this revision will be pushed */
  constructor(limits: HistoryLimits, horizon: Revision) {
    this.#limits = limits;
    this.#horizon = horizon;
  }

  /** Every change after this revision is here. */
  get horizon(): Revision {
    return this.#horizon;
  }

  /** Sequence number of the oldest change held. */
  get first(): number {
    return this.#first;
  }

  /** Sequence number that the next change will have. */
  get end(): number {
    return this.#first + this.#slots.length - this.#head;
  }

  /** Drops nothing yet: those who wait for this change are told first, however many came at once. */
  push(change: Change): void {
    this.#slots.push(change);
  }

  /** Drops the oldest changes beyond the limit. */
  trim(): void {
    while (this.#slots.length - this.#head > this.#limits.historyChanges) this.#dropOldest();
  }

  /** Drops what is older than the limit at `now`. */
  expire(now: number): void {
    const oldest = now - this.#limits.historyMilliseconds;
    for (let change = this.#slots[this.#head]; change !== undefined; change = this.#slots[this.#head]) {
      if (change.seenAt >= oldest) return;
      this.#dropOldest();
    }
  }

  /** Drops everything and begins again at `horizon`; readers by sequence number find themselves overtaken. */
  restart(horizon: Revision): void {
    // One more than there were, so that a reader who stood at the end is overtaken too.
    this.#first = this.end + 1;
    this.#slots = [];
    this.#head = 0;
    this.#horizon = horizon;
  }

  at(sequence: number): Change | undefined {
    return this.#slots[this.#head + sequence - this.#first];
  }

  /** Sequence number of the first change later than `revision`. */
  after(revision: Revision): number {
    let low = this.#head;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const change = this.#slots[middle];
      if (change !== undefined && change.revision > revision) high = middle;
      else low = middle + 1;
    }
    return this.#first + low - this.#head;
  }

  #dropOldest(): void {
    const change = this.#slots[this.#head];
    if (change === undefined) return;
    this.#horizon = change.revision;
    this.#slots[this.#head] = undefined;
    this.#head++;
    this.#first++;
    if (this.#head >= RECLAIM_SLOTS && this.#head * 2 >= this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
  }
}
