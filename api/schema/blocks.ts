/**
 * The words that schemas are written in, beside TypeBox's own: scalars, and the collections of Kubernetes that
 * TypeBox has no word for. Each takes the description, so that no field goes without one (`kubectl explain`
 * shows them).
 *
 * Map-like records are `mapOf`, closed sets of words `choice`: TypeBox's own `Record` and `Union` become
 * `patternProperties` and `anyOf`, which OpenAPI of Kubernetes does not know.
 */
import {
  type SchemaOptions,
  type Static,
  type TArray,
  type TBoolean,
  type TInteger,
  type TSchema,
  type TString,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import type { KubernetesKeywords } from './json-schema.ts';

/** JSON Schema keywords, the `x-kubernetes-…` ones included. */
export type Keywords = SchemaOptions & KubernetesKeywords;

export const text = (description: string, keywords: Keywords = {}): TString =>
  Type.String({ description, ...keywords });

export const integer = (description: string, keywords: Keywords = {}): TInteger =>
  Type.Integer({ description, format: 'int32', ...keywords });

export const flag = (description: string, keywords: Keywords = {}): TBoolean =>
  Type.Boolean({ description, ...keywords });

/** One of a closed set of words. */
export const choice = <const V extends readonly string[]>(
  values: V,
  description: string,
  keywords: Keywords = {},
): TUnsafe<V[number]> =>
  Type.Unsafe<V[number]>({ description, ...keywords, type: 'string', enum: [...values] });

/** An object with keys of the users' choice. */
export const mapOf = <T extends TSchema>(
  values: T,
  description: string,
  keywords: Keywords = {},
): TUnsafe<Record<string, Static<T>>> =>
  Type.Unsafe<Record<string, Static<T>>>({
    description,
    ...keywords,
    type: 'object',
    additionalProperties: values,
  });

/** An object whose inside belongs to its writer: kept as it is, never pruned. */
export const freeForm = (description: string): TUnsafe<Record<string, unknown>> =>
  Type.Unsafe<Record<string, unknown>>({
    description,
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  });

/** Any JSON value. */
export const anyValue = (description: string): TUnsafe<unknown> =>
  Type.Unsafe<unknown>({ description, 'x-kubernetes-preserve-unknown-fields': true });

/** A list that is written as a whole. */
export const atomicList = <T extends TSchema>(
  items: T,
  description: string,
  keywords: Keywords = {},
): TArray<T> => Type.Array(items, { description, ...keywords, 'x-kubernetes-list-type': 'atomic' });

/**
 * A list whose items are told apart by the values of `keys` (each required or defaulted), so that several
 * writers can share it. With one key strategic merge works by it too; with two it replaces the list whole,
 * unless told a key: a single one would merge different items.
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
  return Type.Array(items, {
    description,
    ...merge,
    ...keywords,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
  });
}
