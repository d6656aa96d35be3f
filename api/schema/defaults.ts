/** Fills in what a schema gives by default (apiextensions `schema/defaulting`). */
import { fieldsOf, isRecord, type JsonSchema, propertySchema, valueSchema } from './json-schema.ts';

/** Whether anything below a schema has a default: most of a schema has none and is not walked. */
const defaulting = new WeakMap<JsonSchema, boolean>();

/**
 * The value with defaults. A field that is absent or null takes its default; inside an object that neither
 * is given nor has a default itself nothing is filled. Items of lists are defaulted too, so that the keys
 * of a map list can be compared afterwards. Pure: what does not change is shared with the input.
 */
export function applyDefaults<T>(value: T, schema: JsonSchema): T {
  return defaultValue(value, schema) as T;
}

function defaultValue(value: unknown, schema: JsonSchema): unknown {
  if (!hasDefaults(schema)) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const filled = value.map((item) => defaultValue(item, items));
    return filled.some((item, i) => item !== value[i]) ? filled : value;
  }
  return isRecord(value) ? defaultRecord(value, schema) : value;
}

function defaultRecord(value: Record<string, unknown>, schema: JsonSchema): Record<string, unknown> {
  const values = valueSchema(schema);
  const changes: [string, unknown][] = [];
  for (const [name, property] of fieldsOf(schema)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const isAbsent = given === undefined || (given === null && property.nullable !== true);
    const before = isAbsent ? structuredClone(property.default) : given;
    if (before === undefined) continue;
    const after = defaultValue(before, property);
    if (after !== given) changes.push([name, after]);
  }
  if (values !== undefined) {
    for (const [name, given] of Object.entries(value)) {
      if (propertySchema(schema, name) !== undefined) continue;
      const after = defaultValue(given, values);
      if (after !== given) changes.push([name, after]);
    }
  }
  return changes.length === 0 ? value : { ...value, ...Object.fromEntries(changes) };
}

function hasDefaults(schema: JsonSchema): boolean {
  const known = defaulting.get(schema);
  if (known !== undefined) return known;
  const parts = [...Object.values(schema.properties ?? {}), schema.items, valueSchema(schema)];
  const found = parts.some((part) => part !== undefined && (part.default !== undefined || hasDefaults(part)));
  defaulting.set(schema, found);
  return found;
}
