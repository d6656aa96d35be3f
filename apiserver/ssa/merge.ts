/**
 * A configuration applied over an object (upstream: structured-merge-diff `typed/merge.go`): what the configuration
 * says wins, what it leaves out stays.
 */
import { isRecord } from '../../api/schema/json-schema.ts';
import type { PathElement } from './path-element.ts';
import { deduce, type ListShape, type MapShape, memberShape, type Shape, type ShapeKind } from './shape.ts';
import { elementOrNothing, isEmptyList, isEmptyMap, memberOf } from './typed.ts';

/**
 * Pure; parts are shared with both inputs. `undefined` is absent, null a value.
 * @param applied fits the shape (`misfits`): its lists hold no two items that are alike
 */
export function merge(live: unknown, applied: unknown, shape: Shape): unknown {
  const kind = applied === undefined ? deduce(shape, live).kind : deduce(shape, applied).kind;
  return mergers[kind](live, applied, shape);
}

const leaf = (live: unknown, applied: unknown): unknown => (applied === undefined ? live : applied);

const mergers: Readonly<Record<ShapeKind, typeof merge>> = {
  scalar: leaf,
  map: (live, applied, { map }) => {
    const isLeaf = map === undefined || map.atomic || (isEmptyMap(live) && isEmptyMap(applied));
    return isLeaf ? leaf(live, applied) : mergeMaps(live, applied, map);
  },
  list: (live, applied, { list }) => {
    const isLeaf =
      list === undefined || list.relation === 'atomic' || (isEmptyList(live) && isEmptyList(applied));
    return isLeaf ? leaf(live, applied) : mergeLists(live, applied, list);
  },
};

function mergeMaps(live: unknown, applied: unknown, map: MapShape): unknown {
  const names = new Set([...namesOf(live), ...namesOf(applied)]);
  const members: [string, unknown][] = [];
  for (const name of names) {
    const shape = memberShape(map, name);
    const [before, after] = [memberOf(live, name), memberOf(applied, name)];
    // What the schema does not know is in stored objects only, from a time when it did.
    const merged = shape === undefined ? leaf(before, after) : merge(before, after, shape);
    if (merged !== undefined) members.push([name, merged]);
  }
  // fromEntries defines own properties: a key `__proto__` stays a key.
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

const namesOf = (value: unknown): string[] => (isRecord(value) ? Object.keys(value) : []);

interface Item {
  readonly element: PathElement;
  readonly value: unknown;
}

const itemsOf = (value: unknown, list: ListShape): Item[] =>
  (Array.isArray(value) ? (value as unknown[]) : []).flatMap((item) => {
    const element = elementOrNothing(item, list);
    return element === undefined ? [] : [{ element, value: item }];
  });

/** By name; items that are alike are not merged with anything: null stands for them. */
function valuesByName(items: readonly Item[]): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { element, value } of items) values.set(element.text, values.has(element.text) ? null : value);
  return values;
}

/**
 * Items of both, each list's order kept as far as both can be: walks the two lists side by side, and where they
 * disagree about shared items the applied order wins.
 */
function mergeLists(live: unknown, applied: unknown, list: ListShape): unknown {
  const [left, right] = [itemsOf(live, list), itemsOf(applied, list)];
  const [liveValues, appliedValues] = [valuesByName(left), valuesByName(right)];
  const shared = right.map(({ element }) => element.text).filter((text) => liveValues.has(text));
  const done = new Set<string>();
  const result: unknown[] = [];
  const put = (before: unknown, after: unknown): void => {
    const merged = merge(before, after, list.items);
    if (merged !== undefined) result.push(merged);
  };
  let nextShared = shared.shift();
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const [ours, theirs] = [left[l], right[r]];
    if (ours !== undefined && theirs !== undefined) {
      const { text } = ours.element;
      if (text === theirs.element.text) {
        done.add(text);
        put(liveValues.get(text), theirs.value);
        l += 1;
        r += 1;
        nextShared = shared.shift();
        continue;
      }
      if (appliedValues.has(text) && nextShared !== undefined && nextShared !== text) {
        // Shared, but another shared item comes first in the applied list: it will be taken from there.
        l += 1;
        continue;
      }
    }
    if (ours !== undefined) {
      const { text } = ours.element;
      if (!appliedValues.has(text)) {
        put(ours.value, undefined);
        l += 1;
        continue;
      }
      if (done.has(text)) l += 1;
    }
    if (theirs !== undefined) {
      const { text } = theirs.element;
      done.add(text);
      put(liveValues.get(text), theirs.value);
      r += 1;
      if (nextShared === text) nextShared = shared.shift();
    }
  }
  return result.length === 0 ? undefined : result;
}
