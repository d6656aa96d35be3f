/**
 * The controllers' runtime contract; it knows no kind. A request is a key, never an event; a reconcile ends
 * in one of four outcomes, handled in one place.
 */
import type { KubeObject } from '../../api/meta/types.ts';

/** `<namespace>/<name>`, or `<name>` for cluster-scoped objects. */
export type ObjectKey = string;

export type Outcome =
  | { readonly kind: 'done' }
  /** Look again after this long, whatever happens until then. */
  | { readonly kind: 'after'; readonly milliseconds: number }
  /** It failed; try again with backoff. */
  | { readonly kind: 'retry'; readonly cause: unknown }
  /** It failed and trying again cannot help until something changes. */
  | { readonly kind: 'stop'; readonly cause: unknown };

export interface Reconciler {
  readonly name: string;
  reconcile(key: ObjectKey, signal: AbortSignal): Promise<Outcome>;
}

export interface InformerEvent<T extends KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly key: ObjectKey;
  readonly object: T;
  /** The object before, for modified and deleted (deleted: the last state known). */
  readonly previous: T | undefined;
}

/** A local copy of a collection, kept fresh by list and watch. Objects in it are never changed by callers. */
export interface Informer<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** Objects that an index function (given when the informer is made) maps to `value`. */
  byIndex(index: string, value: string): readonly T[];
  readonly synced: boolean;
  whenSynced(): Promise<void>;
  /** Called for every change, and once for each object present when subscribing. Returns how to stop. */
  subscribe(listener: (event: InformerEvent<T>) => void): () => void;
}
