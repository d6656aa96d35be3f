/** A storage whose next watch delivery can be made to fail, before or after the batch gets through. */
import { StorageError } from '../../apiserver/storage/errors.ts';
import type { Revision, Storage, StoreWatch, WatchBatch } from '../../apiserver/storage/storage.ts';

export interface BreakableStorage {
  readonly wrap: (storage: Storage) => Storage;
  /** Breaks the watch at the next batch with events: it is lost with the connection, or the last to arrive. */
  cut(where: 'before' | 'after'): void;
  /** Resolves when the cut has happened. */
  isCut(): Promise<void>;
  /** Resolves when the store is watched again after a cut. */
  isWatched(): Promise<void>;
}

export function breakableStorage(): BreakableStorage {
  let armed: 'before' | 'after' | undefined;
  let cut = Promise.withResolvers<void>();
  let watched = Promise.withResolvers<void>();

  async function* broken(watch: StoreWatch): AsyncGenerator<WatchBatch, void, void> {
    for await (const batch of watch) {
      const where = batch.events.length > 0 ? armed : undefined;
      if (where !== 'before') yield batch;
      if (where === undefined) continue;
      armed = undefined;
      watched = Promise.withResolvers<void>();
      cut.resolve();
      throw new StorageError('Unavailable', 'the connection was cut by the test');
    }
  }

  const openWatch = (storage: Storage, prefix: string, after: Revision): StoreWatch => {
    watched.resolve();
    const watch = storage.watch(prefix, after);
    const events = broken(watch);
    return {
      requestProgress: () => watch.requestProgress(),
      close: () => watch.close(),
      [Symbol.asyncIterator]: () => events,
    };
  };

  return {
    wrap: (storage) =>
      new Proxy(storage, {
        get(target, property) {
          if (property === 'watch')
            return (prefix: string, after: Revision) => openWatch(storage, prefix, after);
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    cut(where) {
      cut = Promise.withResolvers<void>();
      armed = where;
    },
    isCut: () => cut.promise,
    isWatched: () => watched.promise,
  };
}
