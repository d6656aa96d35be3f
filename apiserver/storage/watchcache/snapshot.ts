/** A frozen view of a resource: clones of the cache's tree and indexes, which share every node until one side writes. */
import sortedBtree from 'sorted-btree';
import type { Revision, StorageKey } from '../storage.ts';
import type { EncodedObject } from './encoded-object.ts';
import { type FrozenIndexes, indexName } from './indexes.ts';
import type { ObjectIndex } from './object-index.ts';
import type { CacheSnapshot, IndexTerm } from './types.ts';

// The package is CommonJS with a default export, which Node's import wraps once more.
const BTree = sortedBtree.default;

export type ObjectTree = sortedBtree.default<StorageKey, EncodedObject>;

/** Keys are ASCII, so the order of UTF-16 units that JavaScript compares by is the store's order of bytes. */
export function newTree(): ObjectTree {
  return new BTree<StorageKey, EncodedObject>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Objects looked at in each of several indexes to find the one with the fewest; beyond, the first is taken. */
const COMPARED_OBJECTS = 1_000;

/** Told of each list with terms: how many objects it has looked at. */
type UseReport = (terms: readonly IndexTerm[], looked: number) => void;

export class TreeSnapshot implements CacheSnapshot {
  readonly revision: Revision;
  readonly #tree: ObjectTree;
  readonly #indexes: FrozenIndexes;
  readonly #used: UseReport;

  /** @param tree must not be written to any more, nor must `indexes` */
  constructor(tree: ObjectTree, indexes: FrozenIndexes, revision: Revision, used: UseReport) {
    this.#tree = tree;
    this.#indexes = indexes;
    this.#used = used;
    this.revision = revision;
  }

  get size(): number {
    return this.#tree.size;
  }

  get(key: StorageKey): EncodedObject | undefined {
    return this.#tree.get(key);
  }

  range(prefix: string, after?: StorageKey, terms: readonly IndexTerm[] = []): Iterable<EncodedObject> {
    return terms.length === 0 ? this.#all(prefix, after) : this.#selected(prefix, after, terms);
  }

  /** The same objects at a later revision: nothing of this resource has changed in between. */
  movedTo(revision: Revision): TreeSnapshot {
    return revision === this.revision
      ? this
      : new TreeSnapshot(this.#tree, this.#indexes, revision, this.#used);
  }

  *#all(prefix: string, after?: StorageKey): Generator<EncodedObject, void, void> {
    const from = after === undefined || after < prefix ? (prefix as StorageKey) : after;
    for (const object of this.#tree.values(from)) {
      if (object.key === after) continue;
      if (!object.key.startsWith(prefix)) return;
      yield object;
    }
  }

  *#selected(
    prefix: string,
    after: StorageKey | undefined,
    terms: readonly IndexTerm[],
  ): Generator<EncodedObject, void, void> {
    let looked = 0;
    try {
      for (const object of this.#narrowest(prefix, after, terms)) {
        looked++;
        yield object;
      }
    } finally {
      this.#used(terms, looked);
    }
  }

  #narrowest(prefix: string, after: StorageKey | undefined, terms: readonly IndexTerm[]) {
    const from = after === undefined || after < prefix ? (prefix as StorageKey) : after;
    const open = terms.flatMap((term) => {
      const index = this.#indexes.get(indexName(term));
      return index === undefined ? [] : [() => merged(term.values, index, prefix, from, after)];
    });
    const [first] = open;
    if (first === undefined) return this.#all(prefix, after);
    return open.length === 1 ? first() : fewest(open, first)();
  }
}

type Opener = () => Iterable<EncodedObject>;

/** Walks all in step; the first to end has the fewest. */
function fewest(openers: readonly Opener[], fallback: Opener): Opener {
  const walks = openers.map((open) => ({ open, iterator: open()[Symbol.iterator]() }));
  for (let step = 0; step < COMPARED_OBJECTS; step++) {
    for (const { open, iterator } of walks) if (iterator.next().done === true) return open;
  }
  return fallback;
}

/** The objects with any of the values, in key order. An object has one value of a label, so none comes twice. */
function merged(
  values: readonly string[],
  index: ObjectIndex,
  prefix: string,
  from: StorageKey,
  after: StorageKey | undefined,
): Iterable<EncodedObject> {
  return merge(
    values.map((value) => index.range(value, prefix, from)),
    after,
  );
}

function* merge(
  sources: readonly Iterator<EncodedObject>[],
  after: StorageKey | undefined,
): Generator<EncodedObject, void, void> {
  const heads = sources.map((source) => source.next());
  for (;;) {
    let least = -1;
    let lowest: EncodedObject | undefined;
    for (const [i, head] of heads.entries()) {
      if (head.done === true || (lowest !== undefined && lowest.key < head.value.key)) continue;
      least = i;
      lowest = head.value;
    }
    const source = sources[least];
    if (source === undefined || lowest === undefined) return;
    heads[least] = source.next();
    if (lowest.key !== after) yield lowest;
  }
}
