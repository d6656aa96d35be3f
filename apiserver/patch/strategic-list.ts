/**
 * Lists in a strategic merge patch: items are told apart by their merge key, scalars by themselves. Items of
 * the patch come in the patch's order; what only the server has keeps its place among them as far as it can.
 */
import { directives, newContent } from './directives.ts';
import { hasMember, isJsonObject, type JsonObject } from './json-value.ts';
import {
  directiveOfLists,
  goMap,
  goType,
  listOfLists,
  missingMergeKey,
  mixedItems,
  noMergeKeyDeclared,
  otherOrder,
  unknownDirective,
  wrongElementOrder,
  wrongType,
} from './strategic-errors.ts';

export interface ListRules {
  /** '' for lists of scalars. */
  readonly mergeKey: string;
  /** The patch names scalars that leave the list. */
  readonly isDeletion: boolean;
  /** What the schema calls the items. */
  readonly typeName: string;
  merge(item: JsonObject, change: JsonObject): JsonObject;
}

/** @throws ApiError */
export function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  rules: ListRules,
): unknown[] {
  const [first] = [...original, ...patch];
  if (first === undefined) return [...original];
  checkItems(original, patch, first);
  if (!isJsonObject(first)) {
    if (rules.isDeletion) return difference(original, patch);
    return inOrder([...new Set([...original, ...patch])], patch, original, '');
  }
  const { mergeKey, typeName } = rules;
  if (mergeKey === '') throw noMergeKeyDeclared(typeName);
  const { base, changes } = applyDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  return inOrder(mergeItems(base, changes, rules), changes, base, mergeKey);
}

const difference = (list: readonly unknown[], others: readonly unknown[]): unknown[] => {
  const leaving = new Set(others);
  return list.filter((item) => !leaving.has(item));
};

/** All items must be of one type, which is no list. */
function checkItems(original: readonly unknown[], patch: readonly unknown[], first: unknown): void {
  if (Array.isArray(first)) throw listOfLists();
  const type = goType(first);
  const isMixed = (item: unknown): boolean => item === null || goType(item) !== type;
  if (original.some(isMixed) || patch.some(isMixed)) throw mixedItems(original, patch);
}

/** What `$patch` in items says about the list; the other items are left to merge. */
function applyDirectives(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { readonly base: readonly JsonObject[]; readonly changes: readonly JsonObject[] } {
  let base = original;
  let replaces = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!hasMember(item, directives.patch)) {
      changes.push(item);
      continue;
    }
    const directive = item[directives.patch];
    if (directive === 'replace') replaces = true;
    else if (directive === 'delete') {
      const key = keyOf(item, mergeKey);
      base = base.filter((other) => !hasMember(other, mergeKey) || other[mergeKey] !== key);
    } else if (directive === 'merge') throw directiveOfLists();
    else throw unknownDirective(directive, item);
  }
  return replaces ? { base: changes, changes: [] } : { base, changes };
}

/** Changed items in their places, new ones at the end. */
function mergeItems(
  base: readonly JsonObject[],
  changes: readonly JsonObject[],
  { mergeKey, merge }: ListRules,
): JsonObject[] {
  const merged = [...base];
  const places = new Map<unknown, number>();
  merged.forEach((item, place) => {
    if (hasMember(item, mergeKey) && !places.has(item[mergeKey])) places.set(item[mergeKey], place);
  });
  for (const change of changes) {
    const key = keyOf(change, mergeKey);
    const place = places.get(key);
    const current = place === undefined ? undefined : merged[place];
    if (place !== undefined && current !== undefined) merged[place] = merge(current, change);
    else places.set(key, merged.push(newContent(change) as JsonObject) - 1);
  }
  return merged;
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (!isJsonObject(item)) throw wrongType(goMap, item);
  if (!hasMember(item, mergeKey)) throw missingMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** What tells an item of the list apart: its merge key, or itself. */
const identity = (mergeKey: string) => (item: unknown) => (mergeKey === '' ? item : keyOf(item, mergeKey));

/**
 * A patch's items must all be in its `$setElementOrder` list, in the same order.
 * @throws ApiError
 */
export function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const identify = identity(mergeKey);
  if (mergeKey === '' && [...patch, ...order].some(isJsonObject)) throw wrongElementOrder();
  const staying = patch.filter((item) => {
    if (mergeKey !== '' && !isJsonObject(item)) throw wrongType(goMap, item);
    return !(isJsonObject(item) && hasMember(item, directives.patch));
  });
  let found = 0;
  for (const item of order) {
    if (found === staying.length) return;
    if (identify(staying[found]) === identify(item)) found += 1;
  }
  if (found < staying.length) throw otherOrder(patch, order);
}

/**
 * @param list to be ordered; items that are in `order` come in its order
 * @param live where the others keep their places: before the next ordered item that stood behind them
 */
export function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const identify = identity(mergeKey);
  const inPatch = placesOf(order, identify);
  const inLive = placesOf(live, identify);
  const sortedBy = (items: readonly unknown[], places: ReadonlyMap<unknown, number>): unknown[] =>
    items.toSorted((a, b) => (places.get(identify(a)) ?? 0) - (places.get(identify(b)) ?? 0));
  const ordered = sortedBy(
    list.filter((item) => inPatch.has(identify(item))),
    inPatch,
  );
  const others = sortedBy(
    list.filter((item) => !inPatch.has(identify(item))),
    inLive,
  );
  const result: unknown[] = [];
  let next = 0;
  for (const item of ordered) {
    const place = inLive.get(identify(item));
    while (next < others.length) {
      const other = inLive.get(identify(others[next]));
      if (place === undefined || other === undefined || other >= place) break;
      result.push(others[next]);
      next += 1;
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

/**
 * The live order once items were deleted: new items take the places at the end that became free. Upstream
 * compares with a list that its own merging has shifted like this, and clients see the order that comes of it.
 */
export function orderAfterDeletions(
  live: readonly unknown[],
  patch: readonly unknown[],
  merged: readonly unknown[],
  mergeKey: string,
): readonly unknown[] {
  const identify = identity(mergeKey);
  const isDeletion = (item: unknown): boolean => isJsonObject(item) && item[directives.patch] === 'delete';
  const deleted = new Set(patch.filter(isDeletion).map(identify));
  if (deleted.size === 0) return live;
  const staying = live.filter((item) => !deleted.has(identify(item)));
  const known = placesOf(staying, identify);
  const fresh = merged.filter((item) => !known.has(identify(item)));
  return [...staying, ...fresh].slice(0, live.length);
}

function placesOf(list: readonly unknown[], identify: (item: unknown) => unknown): Map<unknown, number> {
  const places = new Map<unknown, number>();
  list.forEach((item, place) => {
    const key = identify(item);
    if (!places.has(key)) places.set(key, place);
  });
  return places;
}
