/**
 * Finds the objects of a resource by the value of one label or field, in key order:
 *
 *     (node-7, …/ns-a/x) → object    (node-7, …/ns-b/y) → object    (node-8, …) → object
 *
 * so the objects of one value below one prefix are neighbours. A clone is O(1) and frozen by whoever made it, as
 * the tree of objects is: an index that a snapshot carries is right for that snapshot's revision.
 */
import sortedBtree from 'sorted-btree';
import type { StorageKey } from '../storage.ts';
import type { EncodedObject } from './encoded-object.ts';
import type { IndexTerm } from './types.ts';

// The package is CommonJS with a default export, which Node's import wraps once more.
const BTree = sortedBtree.default;

interface Place {
  readonly value: string;
  readonly key: StorageKey;
}

type PlaceTree = sortedBtree.default<Place, EncodedObject>;

/** What an index is over: a term without the values it asks for. */
export type IndexSource =
  | Omit<Extract<IndexTerm, { type: 'label' }>, 'values'>
  | Omit<Extract<IndexTerm, { type: 'field' }>, 'values'>;

export class ObjectIndex {
  readonly source: IndexSource;
  readonly #tree: PlaceTree;

  constructor(
    source: IndexSource,
    tree: PlaceTree = new BTree<Place, EncodedObject>(undefined, comparePlaces),
  ) {
    this.source = source;
    this.#tree = tree;
  }

  /** An index that either side may write to from here on without the other's seeing it. */
  clone(): ObjectIndex {
    return new ObjectIndex(this.source, this.#tree.clone());
  }

  /** One object's way from `previous` to `current`, which have the same key. */
  move(previous: EncodedObject | undefined, current: EncodedObject | undefined): void {
    const after = current === undefined ? [] : this.#valuesOf(current);
    if (previous !== undefined) {
      for (const value of this.#valuesOf(previous)) {
        if (!after.includes(value)) this.#tree.delete({ value, key: previous.key });
      }
    }
    if (current === undefined) return;
    for (const value of after) this.#tree.set({ value, key: current.key }, current);
  }

  /** The objects with that value below `prefix`, from `from` on, in key order. */
  *range(value: string, prefix: string, from: StorageKey): Generator<EncodedObject, void, void> {
    for (const [place, object] of this.#tree.entries({ value, key: from })) {
      if (place.value !== value || !place.key.startsWith(prefix)) return;
      yield object;
    }
  }

  /** A field without a value is selected as '' (`matchesFields`), a label that is not there by nothing. */
  #valuesOf(object: EncodedObject): readonly string[] {
    const { source } = this;
    if (source.type === 'label') {
      const value = Object.hasOwn(object.labels, source.name) ? object.labels[source.name] : undefined;
      return value === undefined ? [] : [value];
    }
    const values = object.peek(source.name, source.read) ?? '';
    if (typeof values === 'string') return [values];
    return values.length === 0 ? [''] : values;
  }
}

const comparePlaces = (a: Place, b: Place): number =>
  a.value < b.value ? -1 : a.value > b.value ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
