/** What computed columns look at: the objects of other kinds of the same group, as the caches hold them. */
import type { Kind, TableContext } from '../../api/kind.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Clock } from '../../client/clock.ts';
import { namespacePrefix } from '../storage/key.ts';
import type { ResourceCache } from '../storage/watchcache/types.ts';

/** Where to find the cache of a kind; undefined where it has none (computed kinds). */
export type CacheOf = (group: string, plural: string) => ResourceCache | undefined;

/**
 * A context for one request: each collection is read once, however many rows ask for it.
 */
export function createTableContext(kind: Kind, cacheOf: CacheOf, clock: Pick<Clock, 'now'>): TableContext {
  const read = new Map<string, readonly KubeObject[]>();
  return {
    now: new Date(clock.now()),
    list(plural, namespace) {
      const key = `${plural}/${namespace ?? ''}`;
      const known = read.get(key);
      if (known !== undefined) return known;
      const objects = objectsIn(cacheOf(kind.group, plural), namespace);
      read.set(key, objects);
      return objects;
    },
  };
}

function objectsIn(cache: ResourceCache | undefined, namespace: string | undefined): readonly KubeObject[] {
  if (cache === undefined) return [];
  const prefix = namespace === undefined ? cache.prefix : namespacePrefix(cache.prefix, namespace);
  return Array.from(cache.snapshot().range(prefix), (cached) => cached.object());
}
