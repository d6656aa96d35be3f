/**
 * The storage contract: an ordered key space with one global revision, optimistic writes, exact-revision
 * reads and a history that can be watched. Two backends (etcd, embedded) and one contract suite
 * (`test/suites/storage.ts`) that checks every sentence here on both.
 */
import type { Branded } from '../../api/meta/types.ts';

/** The store's logical clock: a positive integer, one step a committed write. Below 2^53 for centuries. */
export type Revision = Branded<number, 'Revision'>;

/** `<prefix>/<group or core>/<plural>/[<namespace>/]<name>`; ordered by its UTF-8 bytes. */
export type StorageKey = Branded<string, 'StorageKey'>;

export interface Entry {
  readonly key: StorageKey;
  /** The object's JSON without metadata.resourceVersion. */
  readonly value: Uint8Array;
  /** Revision of the last write of this key. */
  readonly revision: Revision;
}

export interface GetResult {
  readonly entry: Entry | undefined;
  /** The store's revision at which this holds. */
  readonly revision: Revision;
}

export interface RangeOptions {
  /** At most this many entries. */
  readonly limit?: number;
  /** Start after this key (exclusive). */
  readonly after?: StorageKey;
  /** Read as of this revision; CompactedError or FutureRevision where it cannot be. Unset: the latest, linearizable. */
  readonly revision?: Revision;
}

export interface RangeResult {
  readonly entries: readonly Entry[];
  /** The store's revision at which all entries were read. */
  readonly revision: Revision;
  /** How many entries of the prefix lie behind the last one returned. */
  readonly remaining: number;
}

/** One change. `previous` is the entry before it, where there was one. */
export type StoreEvent =
  | { readonly type: 'put'; readonly entry: Entry; readonly previous: Entry | undefined }
  | {
      readonly type: 'delete';
      readonly key: StorageKey;
      readonly revision: Revision;
      readonly previous: Entry;
    };

/**
 * What a watch yields: all events up to and including `revision`, in revision order; events of one revision
 * are never split over two batches. `events` may be empty: then it is only progress (everything up to
 * `revision` has been delivered).
 */
export interface WatchBatch {
  readonly events: readonly StoreEvent[];
  readonly revision: Revision;
}

export interface StoreWatch extends AsyncIterable<WatchBatch> {
  /** Asks the store to say how far it is: a batch with revision ≥ the store's at the time of the call follows. */
  requestProgress(): void;
  close(): void;
}

export interface StorageCapabilities {
  readonly name: 'etcd' | 'embedded';
  /** Whether another process may write to the same store. */
  readonly shared: boolean;
}

export interface Storage {
  readonly capabilities: StorageCapabilities;
  /** The latest revision, linearizable: not older than any write acknowledged before the call. */
  currentRevision(): Promise<Revision>;
  get(key: StorageKey, options?: { readonly revision?: Revision }): Promise<GetResult>;
  /** Entries whose key starts with `prefix` (which ends in '/'), ordered by key. */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>;
  /** @returns the revision of the write. @throws StorageError `KeyExists` */
  create(key: StorageKey, value: Uint8Array): Promise<Revision>;
  /** @throws StorageError `Conflict` with the current entry when it is not at `expected`, `NotFound` when gone */
  update(key: StorageKey, value: Uint8Array, expected: Revision): Promise<Revision>;
  /** As update; returns the revision of the deletion. */
  delete(key: StorageKey, expected: Revision): Promise<Revision>;
  /**
   * Every event under `prefix` with revision > `after`, exactly once, in order, over any reconnect.
   * @throws StorageError `Compacted` (from the iterator) when history no longer reaches back that far
   */
  watch(prefix: string, after: Revision): StoreWatch;
  /** Forgets history before `revision`. */
  compact(revision: Revision): Promise<void>;
  /** Resolves when the store answers; @throws StorageError `Unavailable` with a cause an operator can act on. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
