/**
 * The watch cache as its readers see it (`registry/` and `computed/`). One store watch over the whole prefix
 * feeds every resource's cache in revision order, so at any instant all caches stand at the same revision and
 * a cut across kinds is consistent.
 *
 *   store watch ──► feed ──► cache of servicegroups ──► watchers
 *                     ├────► cache of endpoints     ──► watchers
 *                     └────► listeners (computed resources), after the caches
 *
 * Invariants W1–W8 are in `SPEC.md` beside this file; each names its test.
 */
import type { FieldValues } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import type { Revision, StorageKey } from '../storage.ts';

/** One object at one revision. Immutable and shared by every reader. */
export interface CachedObject {
  readonly key: StorageKey;
  /** '' for cluster scope. */
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  /** The encoded object, resourceVersion included: what lists and watches write. */
  readonly json: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  /** Decoded on first use; never change it. */
  object(): KubeObject;
  /**
   * The values of a field that selectors name. Kept once read: a selector looks at every object of a list, and
   * decoding one costs a hundred times what comparing a text does. `read` must be the same for the same name.
   */
  field(name: string, read: (object: KubeObject) => FieldValues): FieldValues;
}

/** What a selected object must have: one of `values` in that label or field. An index can answer it. */
export type IndexTerm =
  | { readonly type: 'label'; readonly name: string; readonly values: readonly string[] }
  | {
      readonly type: 'field';
      readonly name: string;
      /** Exactly one: a field may have several values, and an object must not come twice. */
      readonly values: readonly [string];
      /** The same for the same name, as for `CachedObject.field`. */
      readonly read: (object: KubeObject) => FieldValues;
    };

/** A frozen view of one resource at one revision; O(1) to take. */
export interface CacheSnapshot {
  readonly revision: Revision;
  readonly size: number;
  get(key: StorageKey): CachedObject | undefined;
  /**
   * In key order; keys that start with `prefix`, after `after` where given. With terms, objects that do not satisfy
   * all of them may be left out, where an index knows: the caller still has to look.
   */
  range(prefix: string, after?: StorageKey, terms?: readonly IndexTerm[]): Iterable<CachedObject>;
}

export type CacheEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED';
      readonly revision: Revision;
      readonly object: CachedObject;
    }
  /** `object` is the last state the watcher could see, carrying the revision of the event. */
  | { readonly type: 'DELETED'; readonly revision: Revision; readonly object: CachedObject }
  /** Everything up to `revision` that matches has been delivered. */
  | { readonly type: 'BOOKMARK'; readonly revision: Revision; readonly initialEventsEnd: boolean };

export interface CacheWatchOptions {
  /** Key prefix: a resource or one namespace of it. */
  readonly prefix: string;
  /**
   * `{after}`: events later than that revision (StorageError Compacted from the iterator when too old; a future
   * one waits). `{initial: true}`: ADDED for what is there now, then live. `{initial: false}`: from now on.
   */
  readonly start: { readonly after: Revision } | { readonly initial: boolean };
  /** Selectors; transitions become ADDED and DELETED. Pure. */
  readonly matches: (object: CachedObject) => boolean;
  /** What everything that matches has, to find the initial objects faster. */
  readonly terms?: readonly IndexTerm[];
  /** Send a bookmark about once a minute. */
  readonly bookmarks: boolean;
  /** With initial events: a BOOKMARK with initialEventsEnd after them. */
  readonly initialEventsEnd: boolean;
  /** When `signal` will end the watch, milliseconds from now: a last bookmark comes shortly before. */
  readonly timeoutMilliseconds?: number;
  readonly signal: AbortSignal;
}

export interface ResourceCache {
  /** `<prefix>/<group or core>/<plural>/` */
  readonly prefix: string;
  readonly revision: Revision;
  snapshot(): CacheSnapshot;
  /** @throws StorageError Compacted (before the history) or FutureRevision */
  snapshotAt(revision: Revision): CacheSnapshot;
  /** Batches hold events of whole revisions. A watcher too slow for its buffer is ended by an error, never skipped. */
  watch(options: CacheWatchOptions): AsyncIterable<readonly CacheEvent[]>;
}

/** What changed in one store batch, for computed resources. Called synchronously after all caches have it. */
export interface FeedBatch {
  readonly revision: Revision;
  readonly changes: readonly {
    readonly cache: ResourceCache;
    readonly key: StorageKey;
    readonly current: CachedObject | undefined;
    readonly previous: CachedObject | undefined;
  }[];
}

export interface Feed {
  /** Registers a resource; call before `start`. */
  register(resourcePrefix: string): ResourceCache;
  /** Loads everything, then follows the store; resolves when caches are ready. Reconnects by itself. */
  start(): Promise<void>;
  readonly ready: boolean;
  readonly revision: Revision;
  /** Resolves once the caches hold every write acknowledged before the call (progress notification, no re-read). */
  consistent(signal: AbortSignal): Promise<Revision>;
  /** Resolves true once the caches are at `revision` or later, false after the wait (milliseconds). */
  waitUntil(revision: Revision, milliseconds: number, signal: AbortSignal): Promise<boolean>;
  subscribe(listener: (batch: FeedBatch) => void): () => void;
  stop(): Promise<void>;
}
