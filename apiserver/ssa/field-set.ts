/**
 * A set of fields of an object, as a tree (upstream: structured-merge-diff `fieldpath/set.go`). That `.spec` is in
 * the set says nothing about `.spec.replicas`, nor the other way round: both are members of their own.
 */
import { compareElements, type Path, type PathElement } from './path-element.ts';

interface Child {
  readonly element: PathElement;
  readonly set: FieldSet;
}

/** By `PathElement.text`. Changed by `insert` only, and only by whoever is still building the set. */
export class FieldSet {
  readonly members: Map<string, PathElement>;
  readonly children: Map<string, Child>;

  constructor(members: Iterable<[string, PathElement]> = [], children: Iterable<[string, Child]> = []) {
    this.members = new Map(members);
    this.children = new Map(children);
  }

  static of(...paths: readonly Path[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** Adds a path, not its parents. Nobody owns the whole object: the empty path is left out. */
  insert(path: Path): void {
    const last = path.at(-1);
    if (last === undefined) return;
    let set: FieldSet = this;
    for (const element of path.slice(0, -1)) set = set.descend(element);
    set.members.set(last.text, last);
  }

  private descend(element: PathElement): FieldSet {
    const known = this.children.get(element.text);
    if (known !== undefined) return known.set;
    const set = new FieldSet();
    this.children.set(element.text, { element, set });
    return set;
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && [...this.children.values()].every(({ set }) => set.isEmpty);
  }

  has(path: Path): boolean {
    const last = path.at(-1);
    if (last === undefined) return false;
    let set: FieldSet | undefined = this;
    for (const element of path.slice(0, -1)) set = set?.children.get(element.text)?.set;
    return set?.members.has(last.text) ?? false;
  }

  /** What is below an element, without it; empty where there is nothing. */
  below(element: PathElement): FieldSet {
    return this.children.get(element.text)?.set ?? empty;
  }

  union(other: FieldSet): FieldSet {
    const result = new FieldSet([...this.members, ...other.members], this.children);
    for (const [text, child] of other.children) {
      const own = this.children.get(text);
      result.children.set(
        text,
        own === undefined ? child : { element: own.element, set: own.set.union(child.set) },
      );
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    return new FieldSet(
      [...this.members].filter(([text]) => other.members.has(text)),
      this.childrenMapped((set, element) => set.intersection(other.below(element))),
    );
  }

  /** Members of this set that are none of the other; parents and children do not count as one another. */
  difference(other: FieldSet): FieldSet {
    return new FieldSet(
      [...this.members].filter(([text]) => !other.members.has(text)),
      this.childrenMapped((set, element) => set.difference(other.below(element))),
    );
  }

  /** As `difference`, and without all that is below the other's members. */
  without(other: FieldSet): FieldSet {
    return new FieldSet(
      [...this.members].filter(([text]) => !other.members.has(text)),
      this.childrenMapped((set, element) =>
        other.members.has(element.text) ? empty : set.without(other.below(element)),
      ),
    );
  }

  /** In the order of conflict messages: a level's members first, then what is below them. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const element of sorted(this.members.values())) yield [...prefix, element];
    const children = [...this.children.values()].toSorted((a, b) => compareElements(a.element, b.element));
    for (const { element, set } of children) yield* set.paths([...prefix, element]);
  }

  /** Children that are empty afterwards are left out. */
  private childrenMapped(change: (set: FieldSet, element: PathElement) => FieldSet): [string, Child][] {
    const result: [string, Child][] = [];
    for (const [text, { element, set }] of this.children) {
      const changed = change(set, element);
      if (!changed.isEmpty) result.push([text, { element, set: changed }]);
    }
    return result;
  }
}

const empty = new FieldSet();

const sorted = (elements: Iterable<PathElement>): PathElement[] => [...elements].toSorted(compareElements);
