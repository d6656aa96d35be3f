/**
 * Drops what a schema does not know, as Kubernetes does before it stores an object
 * (apiextensions `schema/pruning`), and says what was dropped, for fieldValidation Warn and Strict.
 */
import { isRecord, type JsonSchema, keepsUnknownFields, propertySchema, valueSchema } from './json-schema.ts';

export interface Pruned<T> {
  value: T;
  /** Paths of what was dropped, such as `spec.ports[0].bogus`: sorted, at most `maxUnknownFields`. */
  unknownFields: string[];
}

/** How many unknown fields are named: more would only fill a response's headers (sigs.k8s.io/json has the same). */
export const maxUnknownFields = 100;

/**
 * Removes unknown fields, and known fields that are null, since null means absent. Pure: what does not
 * change is shared with the input, and without a change the input itself comes back.
 *
 * Nulls inside free-form objects, and as items of lists and values of maps, stay: there they are values. But in
 * maps of texts, such as labels and annotations, null is the empty text, as Go's encoding/json reads it: manifests
 * in the wild have `annotation: ` with nothing behind it.
 */
export function prune<T>(value: T, schema: JsonSchema): Pruned<T> {
  const unknown: string[] = [];
  const pruned = pruneValue(value, schema, '', unknown) as T;
  unknown.sort();
  return { value: pruned, unknownFields: unknown.slice(0, maxUnknownFields) };
}

function pruneValue(value: unknown, schema: JsonSchema, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const pruned = value.map((item, i) => pruneValue(item, items, `${path}[${i}]`, unknown));
    return pruned.some((item, i) => item !== value[i]) ? pruned : value;
  }
  return isRecord(value) ? pruneRecord(value, schema, path, unknown) : value;
}

function pruneRecord(
  value: Record<string, unknown>,
  schema: JsonSchema,
  path: string,
  unknown: string[],
): Record<string, unknown> {
  const values = valueSchema(schema);
  const keepsUnknown = keepsUnknownFields(schema);
  const kept: [string, unknown][] = [];
  let changed = false;
  for (const [name, field] of Object.entries(value)) {
    const fieldPath = path === '' ? name : `${path}.${name}`;
    const property = propertySchema(schema, name);
    const fieldSchema = property ?? values;
    if (fieldSchema === undefined && !keepsUnknown) {
      unknown.push(fieldPath);
      changed = true;
    } else if (fieldSchema === undefined) {
      kept.push([name, field]);
    } else if (field === null && property !== undefined && property.nullable !== true) {
      changed = true;
    } else if (field === null && property === undefined && isText(fieldSchema)) {
      changed = true;
      kept.push([name, '']);
    } else {
      const pruned = pruneValue(field, fieldSchema, fieldPath, unknown);
      changed ||= pruned !== field;
      kept.push([name, pruned]);
    }
  }
  // fromEntries defines own properties: a key `__proto__` stays a key and never becomes a prototype.
  return changed ? Object.fromEntries(kept) : value;
}

const isText = (schema: JsonSchema): boolean => schema.type === 'string' && schema.nullable !== true;
