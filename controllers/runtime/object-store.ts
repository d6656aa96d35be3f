/** Objects by key, and by the values of index functions; every read costs what it returns. */
import type { KubeObject } from '../../api/meta/types.ts';
import type { ObjectKey } from './types.ts';

export interface ObjectStore<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  set(key: ObjectKey, object: T): void;
  delete(key: ObjectKey): void;
  list(): readonly T[];
  byIndex(index: string, value: string): readonly T[];
  /** A snapshot: the store may change while it is walked. */
  entries(): readonly (readonly [ObjectKey, T])[];
}

export function createObjectStore<T extends KubeObject>(
  indexFunctions: Readonly<Record<string, (object: T) => readonly string[]>>,
): ObjectStore<T> {
  const objects = new Map<ObjectKey, T>();
  const indexes = new Map<string, Map<string, Map<ObjectKey, T>>>();
  for (const name of Object.keys(indexFunctions)) indexes.set(name, new Map());
  let listed: readonly T[] | undefined;

  function unindex(key: ObjectKey, object: T): void {
    for (const [name, valuesOf] of Object.entries(indexFunctions)) {
      const index = indexes.get(name);
      for (const value of valuesOf(object)) {
        const bucket = index?.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) index?.delete(value);
      }
    }
  }
  function addToIndexes(key: ObjectKey, object: T): void {
    for (const [name, valuesOf] of Object.entries(indexFunctions)) {
      const index = indexes.get(name);
      for (const value of valuesOf(object)) {
        const bucket = index?.get(value);
        if (bucket === undefined) index?.set(value, new Map([[key, object]]));
        else bucket.set(key, object);
      }
    }
  }

  return {
    get: (key) => objects.get(key),
    set(key, object) {
      const before = objects.get(key);
      if (before !== undefined) unindex(key, before);
      objects.set(key, object);
      addToIndexes(key, object);
      listed = undefined;
    },
    delete(key) {
      const before = objects.get(key);
      if (before === undefined) return;
      unindex(key, before);
      objects.delete(key);
      listed = undefined;
    },
    list() {
      listed ??= [...objects.values()];
      return listed;
    },
    byIndex(index, value) {
      const values = indexes.get(index);
      if (values === undefined) throw new Error(`there is no index "${index}"`);
      return [...(values.get(value)?.values() ?? [])];
    },
    entries: () => [...objects.entries()],
  };
}
