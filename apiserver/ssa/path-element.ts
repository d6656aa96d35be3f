/**
 * One step on the way to a field (upstream: structured-merge-diff `fieldpath/{element,serialize-pe}.go`):
 *
 *     f:replicas                a field of a struct, or a key of a map
 *     k:{"name":"http"}         an item of a map list, by its keys
 *     v:"example.com/mine"      an item of a set
 *     i:3                       an item by its position; read, never written
 */
import { quote, quoteJson } from '../../api/meta/quote.ts';

/** A key of a map list's item: its name and its value. */
export type KeyField = readonly [name: string, value: unknown];

export type PathElement = {
  /** As in fieldsV1; equal elements have equal texts. */ readonly text: string;
} & (
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'key'; readonly fields: readonly KeyField[] }
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'index'; readonly index: number }
);

export type Path = readonly PathElement[];

export const fieldElement = (name: string): PathElement => ({ type: 'field', name, text: `f:${name}` });

export function keyElement(unsorted: readonly KeyField[]): PathElement {
  const fields = unsorted.toSorted(([a], [b]) => compareTexts(a, b));
  const members = fields.map(([name, value]) => `${quoteJson(name)}:${quoteJson(value)}`);
  return { type: 'key', fields, text: `k:{${members.join(',')}}` };
}

export const valueElement = (value: unknown): PathElement => ({
  type: 'value',
  value,
  text: `v:${quoteJson(value)}`,
});

const indexElement = (index: number): PathElement => ({ type: 'index', index, text: `i:${index}` });

/**
 * @returns undefined for a type of element that a later version may know: it is left out
 * @throws SyntaxError for what no version writes
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new SyntaxError('key must be 2 characters long:');
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'f':
      return fieldElement(content);
    case 'v':
      return valueElement(JSON.parse(content));
    case 'k':
      return keyElement(Object.entries(parseObject(content)));
    case 'i':
      if (!/^[-+]?\d+$/.test(content)) throw new SyntaxError(`invalid index: ${content}`);
      return indexElement(Number(content));
    default:
      return undefined;
  }
}

function parseObject(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new SyntaxError(`not an object: ${text}`);
  return value;
}

const typeOrder = { field: 0, key: 1, value: 2, index: 3 } as const;

/** The order of elements in fieldsV1 and in messages. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a.type === 'field' && b.type === 'field') return compareTexts(a.name, b.name);
  if (a.type === 'key' && b.type === 'key') return compareKeys(a.fields, b.fields);
  if (a.type === 'value' && b.type === 'value') return compareValues(a.value, b.value);
  if (a.type === 'index' && b.type === 'index') return a.index - b.index;
  return typeOrder[a.type] - typeOrder[b.type];
}

function compareKeys(a: readonly KeyField[], b: readonly KeyField[]): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order = compareTexts(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers, then texts, then booleans, then what no key should be. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const order = valueRank(a) - valueRank(b);
  return order === 0 ? compareTexts(quoteJson(a), quoteJson(b)) : order;
}

function valueRank(value: unknown): number {
  const rank = ['number', 'string', 'boolean'].indexOf(typeof value);
  if (rank >= 0) return rank;
  if (value === null) return 5;
  return Array.isArray(value) ? 3 : 4;
}

/** As Go compares strings: by the bytes of their UTF-8. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const hasSurrogates = /[\ud800-\udfff]/;
  if (hasSurrogates.test(a) || hasSurrogates.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** As messages show it: `.spec.ports[name="http",protocol="TCP"].port`. */
export const showPath = (path: Path): string => path.map(showElement).join('');

export function showElement(element: PathElement): string {
  switch (element.type) {
    case 'field':
      return `.${element.name}`;
    case 'key':
      return `[${element.fields.map(([name, value]) => `${name}=${showValue(value)}`).join(',')}]`;
    case 'value':
      return `[=${showValue(element.value)}]`;
    case 'index':
      return `[${element.index}]`;
  }
}

const showValue = (value: unknown): string =>
  typeof value === 'string' ? quote(value) : JSON.stringify(value);
