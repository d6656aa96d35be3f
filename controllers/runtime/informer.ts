/**
 * A local copy of a collection on top of the reflector, with indexes and change events.
 *
 * 1. An event is told only when the object differs from the copy (by resourceVersion), so a relist that
 *    finds nothing new tells nothing, and what vanished while we were away is told as deleted.
 * 2. The copy and its indexes are changed before listeners hear of it.
 */
import type { KubeObject } from '../../api/meta/types.ts';
import type { Clock } from '../../client/clock.ts';
import { createReflector, type Reflector, type ReflectorState } from '../../client/reflector.ts';
import type { ResourceClient } from '../../client/types.ts';
import { keyOf } from './object-key.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import type { Informer, InformerEvent, ObjectKey } from './types.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Name → the values under which an object is found. */
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>;
  /** Applied to each object before it is kept: to drop what nobody reads. */
  readonly trim?: (object: T) => T;
  readonly watchList?: boolean;
  readonly onState?: (state: ReflectorState) => void;
  /** A listener threw; the others still hear the event. */
  readonly onListenerError?: (error: unknown) => void;
}

type Listener<T extends KubeObject> = (event: InformerEvent<T>) => void;

export interface RunningInformer<T extends KubeObject> extends Informer<T> {
  /** Follows the server until the signal ends; never throws. */
  run(signal: AbortSignal): Promise<void>;
  readonly state: ReflectorState;
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): RunningInformer<T> {
  return new ReflectedInformer(options);
}

class ReflectedInformer<T extends KubeObject> implements RunningInformer<T> {
  readonly #options: InformerOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #reflector: Reflector;
  readonly #listeners = new Set<Listener<T>>();
  readonly #firstSync = Promise.withResolvers<void>();
  #synced = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#store = createObjectStore<T>(options.indexes ?? {});
    this.#reflector = createReflector<T>({
      ...options,
      sink: {
        replace: (objects) => this.#replace(objects),
        changed: (type, object) => {
          if (type === 'DELETED') this.#remove(keyOf(object), this.#trim(object));
          else this.#put(object);
        },
      },
    });
  }

  get synced(): boolean {
    return this.#synced;
  }

  get state(): ReflectorState {
    return this.#reflector.state;
  }

  whenSynced(): Promise<void> {
    return this.#firstSync.promise;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  get(key: ObjectKey): T | undefined {
    return this.#store.get(key);
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#store.byIndex(index, value);
  }

  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    for (const [key, object] of this.#store.entries()) {
      this.#tell(listener, { type: 'added', key, object, previous: undefined });
    }
    return () => this.#listeners.delete(listener);
  }

  #replace(objects: readonly T[]): void {
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      this.#put(object);
    }
    for (const [key, object] of this.#store.entries()) if (!present.has(key)) this.#remove(key, object);
    if (!this.#synced) {
      this.#synced = true;
      this.#firstSync.resolve();
    }
  }

  #put(incoming: T): void {
    const object = this.#trim(incoming);
    const key = keyOf(object);
    const previous = this.#store.get(key);
    if (previous === undefined) {
      this.#store.set(key, object);
      this.#tellAll({ type: 'added', key, object, previous: undefined });
    } else if (previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew while nobody told us: two objects, two events.
      this.#remove(key, previous);
      this.#put(incoming);
    } else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.#store.set(key, object);
      this.#tellAll({ type: 'modified', key, object, previous });
    }
  }

  #remove(key: ObjectKey, object: T): void {
    const previous = this.#store.get(key);
    if (previous === undefined) return;
    this.#store.delete(key);
    this.#tellAll({ type: 'deleted', key, object, previous });
  }

  #trim(object: T): T {
    return this.#options.trim?.(object) ?? object;
  }

  #tellAll(event: InformerEvent<T>): void {
    for (const listener of [...this.#listeners]) this.#tell(listener, event);
  }

  #tell(listener: Listener<T>, event: InformerEvent<T>): void {
    try {
      listener(event);
    } catch (error) {
      this.#options.onListenerError?.(error);
    }
  }
}

/** Drops the ownership records, often half of an object's bytes, that only appliers read. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
