/**
 * A value seen through its shape (upstream: structured-merge-diff `typed/{validate,tofieldset,helpers}.go`): does it
 * fit, what are the items of its lists called, and which fields does it have. The other walkers of this folder
 * (merge, compare, remove) build on it.
 */
import { isRecord } from '../../api/schema/json-schema.ts';
import { FieldSet } from './field-set.ts';
import {
  fieldElement,
  keyElement,
  type Path,
  type PathElement,
  showElement,
  valueElement,
} from './path-element.ts';
import { deduce, type ListShape, memberShape, type ScalarType, type Shape } from './shape.ts';

/** Where a value does not fit. */
export interface Misfit {
  readonly path: Path;
  readonly message: string;
}

export class MisfitError extends Error {
  override readonly name = 'MisfitError';
}

/**
 * What an item of a list that is not atomic is called.
 * @throws MisfitError for an item that cannot be told from others
 */
export function elementOf(item: unknown, list: ListShape): PathElement {
  if (list.relation === 'keys') return keyedElement(item, list);
  if (item === null)
    throw new MisfitError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new MisfitError('not supported: associative list with lists as elements');
  if (isRecord(item)) throw new MisfitError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

function keyedElement(item: unknown, { keys, keyDefaults }: ListShape): PathElement {
  if (item === null) throw new MisfitError('associative list with keys may not have a null element');
  if (!isRecord(item)) throw new MisfitError('associative list with keys may not have non-map elements');
  const fields: [string, unknown][] = [];
  for (const key of keys) {
    // Without a value and without a default, the key's absence is what tells the item apart.
    if (Object.hasOwn(item, key)) fields.push([key, item[key]]);
    else if (keyDefaults.has(key)) fields.push([key, keyDefaults.get(key)]);
  }
  if (fields.length > 0) return keyElement(fields);
  const names = keys.map((key) => JSON.stringify(key)).join(' ');
  throw new MisfitError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

/** Everything about a value that its shape does not allow: unknown fields, wrong types, items that are alike. */
export function misfits(value: unknown, shape: Shape, path: Path = []): Misfit[] {
  if (value === null) return [];
  const { kind } = deduce(shape, value);
  if (kind === 'scalar') {
    const message = scalarMisfit(value, shape.scalar ?? 'untyped');
    return message === undefined ? [] : [{ path, message }];
  }
  if (kind === 'list') return listMisfits(value, shape, path);
  if (!isRecord(value)) return [{ path, message: `expected map, got ${JSON.stringify(value)}` }];
  return Object.entries(value).flatMap(([name, member]) => {
    const memberPath = [...path, fieldElement(name)];
    const known = shape.map === undefined ? undefined : memberShape(shape.map, name);
    if (known === undefined) return [{ path: memberPath, message: 'field not declared in schema' }];
    return misfits(member, known, memberPath);
  });
}

function listMisfits(value: unknown, { list }: Shape, path: Path): Misfit[] {
  if (!Array.isArray(value)) return [{ path, message: `expected list, got ${JSON.stringify(value)}` }];
  if (list === undefined) return [];
  const found: Misfit[] = [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    let element: PathElement = { type: 'index', index, text: `i:${index}` };
    if (list.relation !== 'atomic') {
      try {
        element = elementOf(item, list);
      } catch (error) {
        if (!(error instanceof MisfitError)) throw error;
        found.push({ path, message: `element ${index}: ${error.message}` });
        continue;
      }
      if (seen.has(element.text)) {
        found.push({ path, message: `duplicate entries for key ${showElement(element)}` });
      }
      seen.add(element.text);
    }
    found.push(...misfits(item, list.items, [...path, element]));
  }
  return found;
}

function scalarMisfit(value: unknown, type: ScalarType): string | undefined {
  const got = JSON.stringify(value);
  switch (type) {
    case 'numeric':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${got}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got ${got}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${got}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got ${got}` : undefined;
  }
}

/**
 * The fields that a value has: its leaves, the items of its lists, the keys of its maps, and what is empty.
 * Items that share a name are one field, without anything below it.
 */
export function fieldsIn(value: unknown, shape: Shape): FieldSet {
  const set = new FieldSet();
  collect(value, shape, [], set);
  return set;
}

function collect(value: unknown, shape: Shape, path: Path, set: FieldSet): void {
  const { kind } = deduce(shape, value);
  if (kind === 'scalar') set.insert(path);
  else if (kind === 'list') collectItems(value, shape, path, set);
  else collectMembers(value, shape, path, set);
}

function collectMembers(value: unknown, { map }: Shape, path: Path, set: FieldSet): void {
  if (map?.atomic === true) set.insert(path);
  if (!isRecord(value) || map === undefined || map.atomic) return;
  for (const [name, member] of Object.entries(value)) {
    const memberPath = [...path, fieldElement(name)];
    const shape = memberShape(map, name);
    if (shape !== undefined) collect(member, shape, memberPath, set);
    const isEmpty = member === null || (isRecord(member) && Object.keys(member).length === 0);
    if (isEmpty || !map.fields.has(name)) set.insert(memberPath);
  }
}

function collectItems(value: unknown, { list }: Shape, path: Path, set: FieldSet): void {
  if (list?.relation === 'atomic') set.insert(path);
  if (!Array.isArray(value) || list === undefined || list.relation === 'atomic') return;
  for (const { element, items } of itemsByElement(value, list).values()) {
    const itemPath = [...path, element];
    const [item] = items;
    if (items.length === 1) collect(item, list.items, itemPath, set);
    set.insert(itemPath);
  }
}

export interface NamedItems {
  readonly element: PathElement;
  /** More than one where items are alike, which applied lists never hold and stored ones may. */
  readonly items: unknown[];
}

/** The items of a list by `PathElement.text`, in the list's order; items that have no name are left out. */
export function itemsByElement(value: readonly unknown[], list: ListShape): Map<string, NamedItems> {
  const found = new Map<string, NamedItems>();
  for (const item of value) {
    const element = elementOrNothing(item, list);
    if (element === undefined) continue;
    const known = found.get(element.text);
    if (known === undefined) found.set(element.text, { element, items: [item] });
    else known.items.push(item);
  }
  return found;
}

export function elementOrNothing(item: unknown, list: ListShape): PathElement | undefined {
  try {
    return elementOf(item, list);
  } catch (error) {
    if (error instanceof MisfitError) return undefined;
    throw error;
  }
}

/** Nothing in it, of whatever kind; undefined and null included. */
export function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

export function isEmptyMap(value: unknown): boolean {
  return !isRecord(value) || Object.keys(value).length === 0;
}

/** A member of a map; undefined where it is absent, never what the prototype chain has. */
export const memberOf = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
