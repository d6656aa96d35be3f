/** A frozen view of a resource: a clone of the cache's tree, which shares every node until one side writes. */
import sortedBtree from 'sorted-btree';
import type { Revision, StorageKey } from '../storage.ts';
import type { EncodedObject } from './encoded-object.ts';
import type { CacheSnapshot } from './types.ts';

// The package is CommonJS with a default export, which Node's import wraps once more.
const BTree = sortedBtree.default;

export type ObjectTree = sortedBtree.default<StorageKey, EncodedObject>;

/** Keys are ASCII, so the order of UTF-16 units that JavaScript compares by is the store's order of bytes. */
export function newTree(): ObjectTree {
  return new BTree<StorageKey, EncodedObject>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

export class TreeSnapshot implements CacheSnapshot {
  readonly revision: Revision;
  readonly #tree: ObjectTree;

  /** @param tree must not be written to any more */
  constructor(tree: ObjectTree, revision: Revision) {
    this.#tree = tree;
    this.revision = revision;
  }

  get size(): number {
    return this.#tree.size;
  }

  get(key: StorageKey): EncodedObject | undefined {
    return this.#tree.get(key);
  }

  *range(prefix: string, after?: StorageKey): Generator<EncodedObject, void, void> {
    const from = after === undefined || after < prefix ? (prefix as StorageKey) : after;
    for (const object of this.#tree.values(from)) {
      if (object.key === after) continue;
      if (!object.key.startsWith(prefix)) return;
      yield object;
    }
  }

  /** The same objects at a later revision: nothing of this resource has changed in between. */
  movedTo(revision: Revision): TreeSnapshot {
    return revision === this.revision ? this : new TreeSnapshot(this.#tree, revision);
  }

  /** A tree of these objects that may be written to. */
  copy(): ObjectTree {
    return this.#tree.clone();
  }
}
