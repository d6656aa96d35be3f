/** Which fields differ between two objects (upstream: structured-merge-diff `typed/compare.go`). */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../api/schema/json-schema.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement, type Path } from './path-element.ts';
import { deduce, type ListShape, type MapShape, memberShape, type Shape, type ShapeKind } from './shape.ts';
import { isEmptyList, isEmptyMap, itemsByElement, memberOf } from './typed.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compare(before: unknown, after: unknown, shape: Shape): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  new Comparer(comparison).compare(before, after, shape, []);
  return comparison;
}

/** The comparison without some fields and all that is below them. */
export const comparisonWithout = (
  { added, modified, removed }: Comparison,
  fields: FieldSet,
): Comparison => ({
  added: added.without(fields),
  modified: modified.without(fields),
  removed: removed.without(fields),
});

/** `undefined` is absent, null a value. */
class Comparer {
  readonly #found: Comparison;

  constructor(found: Comparison) {
    this.#found = found;
  }

  compare(before: unknown, after: unknown, shape: Shape, path: Path): void {
    const [old, now] = [deduce(shape, before), deduce(shape, after)];
    let isLeaf: boolean;
    if (after === undefined) {
      isLeaf = this.#compareAs(old.kind, before, after, shape, path);
    } else {
      const sameKind = before === undefined || (old.kind === now.kind && old.open === now.open);
      // A value that changed its kind has lost what it had as the old one, and is compared as the new one.
      if (!sameKind) this.#compareAs(old.kind, before, after, shape, path);
      isLeaf = this.#compareAs(now.kind, before, after, shape, path);
    }
    if (isLeaf) return;
    if (before === undefined) this.#found.added.insert(path);
    else if (after === undefined) this.#found.removed.insert(path);
  }

  /** @returns whether it was compared as a whole */
  #compareAs(kind: ShapeKind, before: unknown, after: unknown, { map, list }: Shape, path: Path): boolean {
    if (kind === 'map' && map !== undefined && !map.atomic && !(isEmptyMap(before) && isEmptyMap(after))) {
      this.#compareMaps(before, after, map, path);
      return false;
    }
    const isGranularList = list !== undefined && list.relation !== 'atomic';
    if (kind === 'list' && isGranularList && !(isEmptyList(before) && isEmptyList(after))) {
      this.#compareLists(before, after, list, path);
      return false;
    }
    if (before === undefined) this.#found.added.insert(path);
    else if (after === undefined) this.#found.removed.insert(path);
    else if (!isDeepStrictEqual(before, after)) this.#found.modified.insert(path);
    return true;
  }

  #compareMaps(before: unknown, after: unknown, map: MapShape, path: Path): void {
    const names = new Set([...(isRecord(before) ? Object.keys(before) : [])]);
    if (isRecord(after)) for (const name of Object.keys(after)) names.add(name);
    for (const name of names) {
      const shape = memberShape(map, name);
      if (shape === undefined) continue;
      this.compare(memberOf(before, name), memberOf(after, name), shape, [...path, fieldElement(name)]);
    }
  }

  #compareLists(before: unknown, after: unknown, list: ListShape, path: Path): void {
    const old = itemsByElement(Array.isArray(before) ? before : [], list);
    const now = itemsByElement(Array.isArray(after) ? after : [], list);
    for (const [text, { element }] of new Map([...old, ...now])) {
      const itemPath = [...path, element];
      const [left, right] = [old.get(text)?.items ?? [], now.get(text)?.items ?? []];
      const [wasAlike, isAlike] = [left.length > 1, right.length > 1];
      if (!wasAlike && !isAlike) {
        this.compare(left[0], right[0], list.items, itemPath);
      } else if (wasAlike && isAlike) {
        if (!isDeepStrictEqual(left, right)) this.#found.modified.insert(itemPath);
      } else if (wasAlike) {
        if (right.length > 0) this.compare(undefined, right[0], list.items, itemPath);
        this.#found.removed.insert(itemPath);
      } else {
        if (left.length > 0) this.compare(left[0], undefined, list.items, itemPath);
        this.#found.added.insert(itemPath);
      }
    }
  }
}
