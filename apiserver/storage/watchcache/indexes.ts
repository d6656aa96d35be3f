/**
 * The indexes of one resource. None is there until it is worth it: lists that look at objects in vain for want of
 * an index are counted, and once they have looked at as many as building it will, it is built. So an index at most
 * doubles what its selectors have cost, a selector used once costs nothing more, and nobody can make the server
 * build index after index at the price of small lists. The least recently used makes room for a new one.
 */
import type { EncodedObject } from './encoded-object.ts';
import { type IndexSource, ObjectIndex } from './object-index.ts';
import type { IndexTerm } from './types.ts';

export interface IndexLimits {
  /** Indexes of one resource. Each costs about 80 bytes an object, and a place to keep right at every write. */
  readonly indexes: number;
  /** Labels and fields without an index whose cost is remembered; the oldest is forgotten. */
  readonly indexCandidates: number;
}

export type FrozenIndexes = ReadonlyMap<string, ObjectIndex>;

export const indexName = ({ type, name }: IndexSource): string => `${type}/${name}`;

export class Indexes {
  readonly #limits: IndexLimits;
  /** By name, least recently used first. */
  readonly #built = new Map<string, ObjectIndex>();
  /** Objects looked at for want of the index of that name. */
  readonly #spent = new Map<string, number>();

  constructor(limits: IndexLimits) {
    this.#limits = limits;
  }

  get names(): string[] {
    return [...this.#built.keys()];
  }

  /** What a snapshot taken now carries, or goes on from to reach an earlier revision. O(1) an index. */
  copy(): Map<string, ObjectIndex> {
    return new Map(Array.from(this.#built, ([name, index]) => [name, index.clone()]));
  }

  move(previous: EncodedObject | undefined, current: EncodedObject | undefined): void {
    for (const index of this.#built.values()) index.move(previous, current);
  }

  /**
   * A list with these terms has looked at so many objects.
   * @param objects all there are now, of which an index would be made
   * @returns whether an index was added
   */
  used(
    terms: readonly IndexTerm[],
    looked: number,
    objects: { readonly size: number; values(): Iterable<EncodedObject> },
  ): boolean {
    let added = false;
    for (const term of terms) {
      const name = indexName(term);
      const index = this.#built.get(name);
      if (index !== undefined) {
        this.#built.delete(name);
        this.#built.set(name, index);
        continue;
      }
      const spent = (this.#spent.get(name) ?? 0) + looked;
      this.#spent.delete(name);
      if (spent < objects.size || spent === 0) this.#spent.set(name, spent);
      else {
        this.#build(term, objects.values());
        added = true;
      }
    }
    dropOldest(this.#spent, this.#limits.indexCandidates);
    return added;
  }

  /** Everything was replaced; what is asked for again is built again. */
  clear(): void {
    this.#built.clear();
    this.#spent.clear();
  }

  #build(source: IndexSource, objects: Iterable<EncodedObject>): void {
    const index = new ObjectIndex(source);
    for (const object of objects) index.move(undefined, object);
    this.#built.set(indexName(source), index);
    dropOldest(this.#built, this.#limits.indexes);
  }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const name of map.keys()) {
    if (map.size <= most) return;
    map.delete(name);
  }
}
