/**
 * What a schema must be so that everything that walks it agrees on its meaning, in the manner of the
 * structural schemas of custom resources. A mistake here is ours and is found by a test over every kind.
 */
import { isIntOrString, type JsonSchema, keepsUnknownFields, propertySchema } from './json-schema.ts';

const known: ReadonlySet<string> = new Set([
  ...['type', 'format', 'title', 'description', 'default', 'example', 'enum', 'const', 'nullable'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['items', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'],
  ...['x-kubernetes-patch-strategy', 'x-kubernetes-patch-merge-key', 'x-kubernetes-int-or-string'],
  ...['x-kubernetes-preserve-unknown-fields', 'x-component', 'x-component-description'],
]);

/** @returns one line a mistake, with its path; empty for a schema that is fine */
export function structuralProblems(schema: JsonSchema, path = '<root>'): string[] {
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${path}: ${what}`);
  for (const keyword of Object.keys(schema)) {
    if (!known.has(keyword)) say(`keyword ${keyword} means nothing to the walkers`);
  }
  if (schema.type === undefined && !isIntOrString(schema) && !keepsUnknownFields(schema)) say('has no type');
  if (schema.type === 'object') checkObject(schema, say);
  if (schema.type === 'array') checkList(schema, say);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const fieldPath = path === '<root>' ? name : `${path}.${name}`;
    if (property.description === undefined) problems.push(`${fieldPath}: has no description`);
    problems.push(...structuralProblems(property, fieldPath));
  }
  if (schema.items !== undefined) problems.push(...structuralProblems(schema.items, `${path}[]`));
  if (typeof schema.additionalProperties === 'object') {
    problems.push(...structuralProblems(schema.additionalProperties, `${path}.*`));
  }
  return problems;
}

function checkObject(schema: JsonSchema, say: (what: string) => void): void {
  const hasFields = schema.properties !== undefined || schema.additionalProperties !== undefined;
  if (!hasFields && !keepsUnknownFields(schema)) say('has neither properties nor additionalProperties');
  for (const name of schema.required ?? []) {
    if (propertySchema(schema, name) === undefined) say(`requires ${name}, which is no property`);
  }
}

function checkList(schema: JsonSchema, say: (what: string) => void): void {
  const { items } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const listType = schema['x-kubernetes-list-type'];
  if (items === undefined) say('has no items');
  if (listType === undefined) say('has no x-kubernetes-list-type');
  if (listType === 'set' && items?.type === 'object') say('is a set of objects');
  if (listType === 'map' && keys.length === 0) say('is a map without keys');
  if (listType !== 'map' && keys.length > 0) say('has keys and is no map');
  for (const key of keys) {
    const property = items === undefined ? undefined : propertySchema(items, key);
    if (property === undefined) say(`has the key ${key}, which is no property of its items`);
    else if (property.default === undefined && !(items?.required ?? []).includes(key)) {
      say(`has the key ${key}, which is neither required nor defaulted`);
    }
  }
  if (keys.length > 1 && schema['x-kubernetes-patch-merge-key'] !== undefined) {
    // One key would make strategic merge unite items that differ in the other (kubernetes#39188).
    say('has two keys and one strategic merge key');
  }
}
