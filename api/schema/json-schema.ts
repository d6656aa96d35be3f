/**
 * The subset of JSON Schema that the API's schemas use, as plain data. TypeBox values are assignable to it;
 * everything that walks a schema (pruning, defaults, validation, OpenAPI, merging) reads this and not TypeBox.
 */

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** Extensions of Kubernetes to JSON Schema (kube-openapi `pkg/schemaconv`), and two of our own. */
export interface KubernetesKeywords {
  /** How a list merges; unset is atomic. */
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  /** Which fields of the items tell them apart, with list type map. */
  'x-kubernetes-list-map-keys'?: readonly string[];
  /** How an object merges; unset is granular. */
  'x-kubernetes-map-type'?: 'granular' | 'atomic';
  /** Strategic merge: `merge`, `retainKeys`, or both joined with a comma. */
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  /** The name under which OpenAPI documents publish this schema; where it is used they refer to it. */
  'x-component'?: string;
  /** The component's own description where `description` says what it is used for. */
  'x-component-description'?: string;
}

export interface JsonSchema extends KubernetesKeywords {
  type?: JsonType;
  format?: string;
  title?: string;
  description?: string;
  default?: unknown;
  example?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  nullable?: boolean;
  properties?: { readonly [name: string]: JsonSchema };
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  minProperties?: number;
  maxProperties?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minLength?: number;
  /** In Unicode code points, as Kubernetes counts. */
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  $ref?: string;
  allOf?: readonly JsonSchema[];
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  not?: JsonSchema;
  /** Published, never read by the walkers. */
  'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A field of an object's schema; never finds what the prototype chain has. */
export function propertySchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

const fieldEntries = new WeakMap<JsonSchema, readonly (readonly [string, JsonSchema])[]>();

/** An object schema's fields with their names, listed once a schema: walkers ask for every object. */
export function fieldsOf(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  let entries = fieldEntries.get(schema);
  if (entries === undefined) {
    entries = Object.entries(schema.properties ?? {});
    fieldEntries.set(schema, entries);
  }
  return entries;
}

/** What a map's values must be; undefined: the object has fixed fields (or none). */
export function valueSchema(schema: JsonSchema): JsonSchema | undefined {
  const { additionalProperties } = schema;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

export const keepsUnknownFields = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;

export const isIntOrString = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
