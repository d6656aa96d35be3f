/**
 * Whether a value has the shape that its schema says, in the words that kube-apiserver uses for custom
 * resources (kube-openapi `validation/errors/schema.go`, apiextensions `validation.go`, `listtype`).
 *
 * A direct walk and not ajv: null-as-absent, int-or-string, map lists and code-point lengths are not JSON
 * Schema, every message would have to be rebuilt from ajv's own, and ajv compiles by generating code. The
 * walk costs tens of microseconds an object, which a write to disk hides.
 */
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  wrongType,
} from '../meta/field-error.ts';
import { isTime } from '../meta/time.ts';
import {
  fieldsOf,
  isIntOrString,
  isRecord,
  type JsonSchema,
  propertySchema,
  valueSchema,
} from './json-schema.ts';

/** How many errors one answer lists: a client fixes what it sees, and a body must not grow with the input. */
export const maxFieldErrors = 100;

/** @returns errors in the order of the schema's fields; empty when the value fits */
export function validateStructure(value: unknown, schema: JsonSchema): FieldError[] {
  const errors: FieldError[] = [];
  visit(value, schema, '', errors);
  return errors.slice(0, maxFieldErrors);
}

function visit(value: unknown, schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (errors.length >= maxFieldErrors) return;
  if (value === null && schema.nullable === true) return;
  const mismatch = typeMismatch(value, schema);
  if (mismatch !== undefined) {
    const found = typeName(value);
    errors.push(wrongType(path, found, `${inBody(path)} must be of type ${mismatch}: "${found}"`));
    return;
  }
  checkEnum(value, schema, path, errors);
  if (typeof value === 'string') checkString(value, schema, path, errors);
  else if (typeof value === 'number') checkNumber(value, schema, path, errors);
  else if (Array.isArray(value)) checkList(value, schema, path, errors);
  else if (isRecord(value)) checkRecord(value, schema, path, errors);
}

const inBody = (path: string): string => (path === '' ? 'body' : `${path} in body`);
const child = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** The type that was expected, where another was found. */
function typeMismatch(value: unknown, schema: JsonSchema): string | undefined {
  const found = typeName(value);
  if (isIntOrString(schema)) return found === 'integer' || found === 'string' ? undefined : 'integer,string';
  const { type } = schema;
  if (type === undefined || type === found) return undefined;
  return type === 'number' && found === 'integer' ? undefined : type;
}

function checkEnum(value: unknown, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const allowed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (allowed === undefined || allowed.includes(value)) return;
  const words = allowed.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)));
  errors.push(notSupported(path, value, words));
}

function checkString(value: string, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined && value.length > maxLength && codePoints(value) > maxLength) {
    errors.push(tooLong(path, maxLength));
  }
  if (minLength !== undefined && codePoints(value) < minLength) {
    errors.push(invalid(path, value, `${inBody(path)} should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && !compiled(pattern).test(value)) {
    errors.push(invalid(path, value, `${inBody(path)} should match '${pattern}'`));
  }
  if (format === 'date-time' && !isTime(value)) {
    errors.push(
      wrongType(path, value, `${inBody(path)} must be of type date-time: ${JSON.stringify(value)}`),
    );
  }
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Patterns come from schemas only, so the number of entries is bounded by our own source. */
const patterns = new Map<string, RegExp>();
function compiled(pattern: string): RegExp {
  let regExp = patterns.get(pattern);
  if (regExp === undefined) {
    regExp = new RegExp(pattern, 'u');
    patterns.set(pattern, regExp);
  }
  return regExp;
}

function checkNumber(value: number, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const say = (detail: string) => errors.push(invalid(path, value, `${inBody(path)} should be ${detail}`));
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum) say(`greater than or equal to ${minimum}`);
  if (maximum !== undefined && value > maximum) say(`less than or equal to ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) say(`greater than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) say(`less than ${exclusiveMaximum}`);
  if (multipleOf !== undefined && value % multipleOf !== 0) say(`a multiple of ${multipleOf}`);
}

function checkRecord(
  value: Record<string, unknown>,
  schema: JsonSchema,
  path: string,
  errors: FieldError[],
): void {
  const present = (name: string): boolean =>
    Object.hasOwn(value, name) && value[name] !== undefined && !isAbsentNull(value[name], schema, name);
  checkSize(value, schema, path, errors);
  for (const name of schema.required ?? []) {
    if (!present(name)) errors.push(required(child(path, name)));
  }
  for (const [name, property] of fieldsOf(schema)) {
    if (present(name)) visit(value[name], property, child(path, name), errors);
  }
  const values = valueSchema(schema);
  if (values === undefined) return;
  for (const [name, entry] of Object.entries(value)) {
    if (propertySchema(schema, name) === undefined) visit(entry, values, child(path, name), errors);
  }
}

function checkSize(
  value: Record<string, unknown>,
  schema: JsonSchema,
  path: string,
  errors: FieldError[],
): void {
  if (schema.maxProperties === undefined && schema.minProperties === undefined) return;
  const size = Object.keys(value).length;
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    errors.push(tooMany(path, size, schema.maxProperties));
  }
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    const detail = `${inBody(path)} should have at least ${schema.minProperties} properties`;
    errors.push(invalid(path, value, detail));
  }
}

/** Null means absent, but for fields that say they may be null. */
function isAbsentNull(value: unknown, schema: JsonSchema, name: string): boolean {
  return value === null && propertySchema(schema, name)?.nullable !== true;
}

function checkList(value: unknown[], schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { minItems, maxItems, items } = schema;
  if (maxItems !== undefined && value.length > maxItems) {
    // Nothing below is looked at: the bound is what protects from long lists.
    errors.push(tooMany(path, value.length, maxItems));
    return;
  }
  if (minItems !== undefined && value.length < minItems) {
    const detail = `${inBody(path)} should have at least ${minItems} items`;
    errors.push(invalid(path, value.length, detail));
  }
  const before = errors.length;
  if (items !== undefined) value.forEach((item, i) => void visit(item, items, `${path}[${i}]`, errors));
  // Keys of items that do not fit their schema would be compared as something they are not.
  if (errors.length === before) checkUnique(value, schema, path, errors);
}

function checkUnique(value: unknown[], schema: JsonSchema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'map' && listType !== 'set') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identity = (item: unknown): unknown => (listType === 'set' ? item : keysOf(item, keys));
  const seen = new Map<string, number>();
  value.forEach((item, i) => {
    const shown = identity(item);
    const key = JSON.stringify(shown);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    if (times === 1) errors.push(duplicate(`${path}[${i}]`, shown));
  });
}

/** The item's key fields alone, in the order of their names, as upstream prints them. */
function keysOf(item: unknown, keys: readonly string[]): Record<string, unknown> {
  const entries = keys
    .toSorted()
    .filter((key) => isRecord(item) && Object.hasOwn(item, key) && item[key] !== undefined)
    .map((key) => [key, (item as Record<string, unknown>)[key]] as const);
  return Object.fromEntries(entries);
}
