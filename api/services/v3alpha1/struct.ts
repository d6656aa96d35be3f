/**
 * What the schemas of our group have in common, on top of `api/schema/`.
 *
 * The static type of a schema is the object **as stored**: pruned and defaulted. A field with a default is
 * therefore always there for whoever reads the type, while the JSON Schema does not list it as required.
 */
import {
  type TArray,
  type TInteger,
  type TObject,
  type TProperties,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import type { Condition } from '../../meta/types.ts';
import { integer, type Keywords } from '../../schema/blocks.ts';
import { component, componentName, conditions, kindSchema } from '../../schema/refs.ts';
import { GROUP, VERSION } from './group.ts';

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
  return component(componentName(GROUP, VERSION, name), defaultedAreOptional(schema));
}

/** A whole object: apiVersion, kind and metadata beside the kind's own fields. */
export function apiObject<P extends TProperties>(kind: string, description: string, properties: P) {
  const schema = kindSchema(description, properties);
  return component(componentName(GROUP, VERSION, kind), defaultedAreOptional(schema));
}

/** Takes the fields that a default fills out of `required`; the static type keeps them. */
function defaultedAreOptional<P extends TProperties>(schema: TObject<P>): TObject<P> {
  const { required: all, ...rest } = schema as TObject;
  const required = (all ?? []).filter((key) => schema.properties[key]?.default === undefined);
  return (required.length === 0 ? rest : { ...rest, required }) as TObject<P>;
}

export const portNumber = (description: string, keywords: Keywords = {}): TInteger =>
  integer(description, { minimum: 1, maximum: 65535, ...keywords });

/**
 * metav1.Condition by type. Its lastTransitionTime is always there in what is stored, but not asked of every
 * writer: `condition-rules.ts` sets it for types with a domain and requires it for the others.
 */
export function timedConditions(description: string): TArray<TUnsafe<Condition>> {
  const { items: condition, ...list } = conditions(description);
  const required: readonly string[] = condition.required ?? [];
  const items = { ...condition, required: required.filter((name) => name !== 'lastTransitionTime') };
  return { ...list, items };
}

export const observedGeneration = (): TInteger =>
  integer(
    'The metadata.generation that this status describes. Lower than the object’s own: the controllers have not looked at the newest spec yet.',
    { format: 'int64', minimum: 0 },
  );
