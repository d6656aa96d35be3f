/**
 * A local copy of a collection on top of the reflector, with indexes and change events.
 *
 * 1. An event is told only when the object differs from the copy (by resourceVersion), so a relist that
 *    finds nothing new tells nothing, and what vanished while we were away is told as deleted.
 * 2. The copy and its indexes are changed before listeners hear of it.
 */
import type { KubeObject } from '../../api/meta/types.ts';
import type { Clock } from '../../client/clock.ts';
import { createReflector, type ReflectorState } from '../../client/reflector.ts';
import type { ResourceClient } from '../../client/types.ts';
import { keyOf } from './object-key.ts';
import { createObjectStore } from './object-store.ts';
import type { Informer, InformerEvent } from './types.ts';

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

export interface RunningInformer<T extends KubeObject> extends Informer<T> {
  /** Follows the server until the signal ends; never throws. */
  run(signal: AbortSignal): Promise<void>;
  readonly state: ReflectorState;
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): RunningInformer<T> {
  const store = createObjectStore<T>(options.indexes ?? {});
  const listeners = new Set<(event: InformerEvent<T>) => void>();
  const trim = options.trim ?? ((object: T) => object);
  let synced = false;
  const { promise: firstSync, resolve: markSynced } = Promise.withResolvers<void>();

  function tell(listener: (event: InformerEvent<T>) => void, event: InformerEvent<T>): void {
    try {
      listener(event);
    } catch (error) {
      options.onListenerError?.(error);
    }
  }
  function tellAll(event: InformerEvent<T>): void {
    for (const listener of [...listeners]) tell(listener, event);
  }

  function put(incoming: T): void {
    const object = trim(incoming);
    const key = keyOf(object);
    const previous = store.get(key);
    if (previous === undefined) {
      store.set(key, object);
      tellAll({ type: 'added', key, object, previous: undefined });
    } else if (previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew while nobody told us: two objects, two events.
      remove(key, previous);
      put(incoming);
    } else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion) {
      store.set(key, object);
      tellAll({ type: 'modified', key, object, previous });
    }
  }
  function remove(key: string, object: T): void {
    const previous = store.get(key);
    if (previous === undefined) return;
    store.delete(key);
    tellAll({ type: 'deleted', key, object, previous });
  }

  const reflector = createReflector<T>({
    ...options,
    sink: {
      replace(objects) {
        const present = new Set<string>();
        for (const object of objects) {
          present.add(keyOf(object));
          put(object);
        }
        for (const [key, object] of store.entries()) if (!present.has(key)) remove(key, object);
        if (!synced) {
          synced = true;
          markSynced();
        }
      },
      changed(type, object) {
        if (type === 'DELETED') remove(keyOf(object), trim(object));
        else put(object);
      },
    },
  });

  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    byIndex: (index, value) => store.byIndex(index, value),
    get synced() {
      return synced;
    },
    whenSynced: () => firstSync,
    subscribe(listener) {
      listeners.add(listener);
      for (const [key, object] of store.entries()) {
        tell(listener, { type: 'added', key, object, previous: undefined });
      }
      return () => listeners.delete(listener);
    },
    run: (signal) => reflector.run(signal),
    get state() {
      return reflector.state;
    },
  };
}

/** Drops the ownership records, often half of an object's bytes, that only appliers read. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
