/**
 * The words our schemas are written in, on top of `api/schema/refs.ts`: each takes the description first, so
 * that no field goes without one (`kubectl explain` shows them).
 *
 * The static type of a schema is the object **as stored**: pruned and defaulted. A field with a default is
 * therefore always there for whoever reads the type, while the JSON Schema does not list it as required.
 */
import {
  type TArray,
  type TBoolean,
  type TInteger,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import type { Condition } from '../../meta/types.ts';
import * as refs from '../../schema/refs.ts';
import { GROUP, VERSION } from './group.ts';

/** JSON Schema keywords, the `x-kubernetes-…` ones included. */
export type Keywords = Readonly<Record<string, unknown>>;

/** Of a struct that names an object: written whole, since half of one reference and half of another is neither. */
export const REFERENCE: Keywords = { 'x-kubernetes-map-type': 'atomic' };

/** A struct with a name of its own in the OpenAPI documents: `io.x-k8s.services.v3alpha1.<name>`. */
export function struct<P extends TProperties>(
  name: string,
  description: string,
  properties: P,
  keywords: Keywords = {},
): TObject<P> {
  const schema = Type.Object(properties, { description, ...keywords });
  return refs.component(refs.componentName(GROUP, VERSION, name), defaultedAreOptional(schema));
}

/** A whole object: apiVersion, kind and metadata beside the kind's own fields. */
export function apiObject<P extends TProperties>(kind: string, description: string, properties: P) {
  const schema = refs.kindSchema(description, properties);
  return refs.component(refs.componentName(GROUP, VERSION, kind), defaultedAreOptional(schema));
}

/** Takes the fields that a default fills out of `required`; the static type keeps them. */
function defaultedAreOptional<P extends TProperties>(schema: TObject<P>): TObject<P> {
  const { required: all, ...rest } = schema as TObject;
  const required = (all ?? []).filter((key) => schema.properties[key]?.default === undefined);
  return (required.length === 0 ? rest : { ...rest, required }) as TObject<P>;
}

export const text = (description: string, keywords: Keywords = {}): TString =>
  Type.String({ description, ...keywords });

export const integer = (description: string, keywords: Keywords = {}): TInteger =>
  Type.Integer({ description, format: 'int32', ...keywords });

export const flag = (description: string, keywords: Keywords = {}): TBoolean =>
  Type.Boolean({ description, ...keywords });

export const portNumber = (description: string, keywords: Keywords = {}): TInteger =>
  integer(description, { minimum: 1, maximum: 65535, ...keywords });

/** One of a closed set of words. */
export const choice = <const V extends readonly string[]>(
  values: V,
  description: string,
  keywords: Keywords = {},
): TUnsafe<V[number]> => refs.stringEnum(values, { description, ...keywords });

/** A list that is written as a whole. */
export const atomicList = <T extends TSchema>(
  items: T,
  description: string,
  keywords: Keywords = {},
): TArray<T> => refs.atomicList(items, { description, ...keywords });

/**
 * A list whose items are found by key, so that several writers can share it. With one key strategic merge
 * works by it too; with two it replaces the list whole, since a single key would merge different items.
 */
export function mapList<T extends TSchema>(
  items: T,
  keys: readonly [string, ...string[]],
  description: string,
  keywords: Keywords = {},
): TArray<T> {
  const merge =
    keys.length === 1
      ? { 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': keys[0] }
      : {};
  return refs.mapList(items, keys, { description, ...merge, ...keywords });
}

/** Names to texts. */
export const textMap = (description: string, keywords: Keywords = {}): TUnsafe<Record<string, string>> =>
  refs.mapOf(Type.String(), { description, ...keywords });

/** An object whose inside belongs to its one writer: kept as it is, never pruned. */
export const opaque = (description: string): TUnsafe<Record<string, unknown>> =>
  refs.freeForm({ description });

/** Any JSON value. */
export const anyValue = (description: string): TUnsafe<unknown> =>
  Type.Unsafe<unknown>({ description, 'x-kubernetes-preserve-unknown-fields': true });

/**
 * metav1.Condition by type. Its lastTransitionTime is always there in what is stored, but not asked of every
 * writer: `condition-rules.ts` sets it for types with a domain and requires it for the others.
 */
export function conditions(description: string): TArray<TUnsafe<Condition>> {
  const { items: condition, ...list } = refs.conditions({ description });
  const required: readonly string[] = condition.required ?? [];
  const items = { ...condition, required: required.filter((name) => name !== 'lastTransitionTime') };
  return { ...list, items };
}

export const labelSelector = (description: string) => refs.labelSelector({ description });
export const time = (description: string): TUnsafe<string> => refs.time({ description });

export const observedGeneration = (): TInteger =>
  integer(
    'The metadata.generation that this status describes. Lower than the object’s own: the controllers have not looked at the newest spec yet.',
    { format: 'int64', minimum: 0 },
  );
