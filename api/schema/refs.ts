/**
 * What schemas refer to by name: metav1's types, and components of their own. A kind writes
 *
 *     export const ServiceGroup = kindSchema('ServiceGroup is …', {
 *       spec: component(name('ServiceGroupSpec'), Type.Object({ selector: labelSelector('Selects …') })),
 *     });
 *     export type ServiceGroup = Static<typeof ServiceGroup>;
 */
import {
  type TArray,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import type { Condition, LabelSelector, ObjectMeta } from '../meta/types.ts';
import { type Keywords, mapList } from './blocks.ts';
import { commonDefinition, intOrStringName, metaPrefix, referenceOf } from './definitions.ts';
import type { JsonSchema } from './json-schema.ts';

/** Longest reason and message of a condition, in characters (metav1.Condition's markers). */
const maxReasonLength = 1024;
const maxMessageLength = 32_768;

/** Limits that metav1.Condition states as kubebuilder markers; its published definition does not carry them. */
const conditionLimits: Readonly<Record<string, JsonSchema>> = {
  type: {
    maxLength: 316,
    pattern:
      '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
  },
  status: { enum: ['True', 'False', 'Unknown'] },
  observedGeneration: { minimum: 0 },
  reason: {
    minLength: 1,
    maxLength: maxReasonLength,
    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
  },
  message: { maxLength: maxMessageLength },
};

/** Publishes a schema under a name of its own in OpenAPI, e.g. `io.x-k8s.services.v3alpha1.ServiceGroupSpec`. */
export function component<T extends TSchema>(name: string, schema: T): T {
  return { ...schema, 'x-component': name };
}

/** The same schema for another place: `description` says what it is for there, the component keeps its own. */
export function usedAs<T extends TSchema>(schema: T, description: string): T {
  const own = schema['x-component-description'] ?? schema.description;
  return { ...schema, description, ...(own === undefined ? {} : { 'x-component-description': own }) };
}

/**
 * Definition name of a type: the group's labels reversed (kube-openapi's `ToRESTFriendlyName`).
 * `componentName('services.x-k8s.io', 'v3alpha1', 'Endpoint')` is `io.x-k8s.services.v3alpha1.Endpoint`;
 * the core group's are upstream's, `io.k8s.api.core.v1.Pod`.
 */
export function componentName(group: string, version: string, type: string): string {
  const prefix = group === '' ? 'io.k8s.api.core' : group.split('.').reverse().join('.');
  return `${prefix}.${version}.${type}`;
}

const typeMetaText = (field: 'apiVersion' | 'kind'): { description: string } => ({
  description: commonDefinition(`${metaPrefix}Status`).properties?.[field]?.description ?? '',
});

/**
 * The schema of a whole object: apiVersion, kind and metadata, and the kind's own `properties`.
 * apiVersion and kind are not listed as required, since a request's path implies them.
 */
export function kindSchema<P extends TProperties>(
  description: string,
  properties: P,
): TObject<{ apiVersion: TString; kind: TString; metadata: TUnsafe<ObjectMeta> } & P> {
  const schema = Type.Object(
    {
      apiVersion: Type.String(typeMetaText('apiVersion')),
      kind: Type.String(typeMetaText('kind')),
      metadata: objectMeta(),
      ...properties,
    },
    { description },
  );
  const implied = new Set(['apiVersion', 'kind', 'metadata']);
  const { required: all, ...rest } = schema as JsonSchema;
  const required = (all ?? []).filter((name) => !implied.has(name));
  // Only the runtime keyword differs from what TypeBox derives: the static type keeps the three fields.
  return (required.length === 0 ? rest : { ...rest, required }) as unknown as TObject<
    { apiVersion: TString; kind: TString; metadata: TUnsafe<ObjectMeta> } & P
  >;
}

function objectMeta(): TUnsafe<ObjectMeta> {
  return metaBlock<ObjectMeta>(
    'ObjectMeta',
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  );
}

export const labelSelector = (description: string): TUnsafe<LabelSelector> =>
  metaBlock<LabelSelector>('LabelSelector', description);

function condition(): TUnsafe<Condition> {
  const block = metaBlock<Condition>('Condition');
  const properties = Object.fromEntries(
    Object.entries((block as JsonSchema).properties ?? {}).map(([name, schema]) => [
      name,
      { ...schema, ...conditionLimits[name] },
    ]),
  );
  return { ...block, properties };
}

/** A map list of metav1.Condition by type, mergeable in parts by server-side apply and by strategic merge. */
export const conditions = (description: string): TArray<TUnsafe<Condition>> =>
  mapList(condition(), ['type'], description);

/** RFC 3339 with whole seconds. */
export const time = (description: string): TUnsafe<string> => metaBlock<string>('Time', description);

/** @param keywords bounds hold for the number, pattern and lengths for the string */
export function intOrString(description: string, keywords: Keywords = {}): TUnsafe<number | string> {
  const own = commonDefinition(intOrStringName).description;
  return Type.Unsafe<number | string>({
    ...described(own, description),
    ...keywords,
    'x-kubernetes-int-or-string': true,
    'x-component': intOrStringName,
  });
}

function metaBlock<T>(type: string, here?: string): TUnsafe<T> {
  const name = `${metaPrefix}${type}`;
  const { description: own, ...schema } = inlined(commonDefinition(name));
  return Type.Unsafe<T>({ ...schema, ...described(own, here), 'x-component': name });
}

/** What a component is for where it is used, beside what it says of itself. */
function described(own: string | undefined, here: string | undefined): Keywords {
  if (own === undefined) return here === undefined ? {} : { description: here };
  return here === undefined || here === own
    ? { description: own }
    : { description: here, 'x-component-description': own };
}

/**
 * A common definition with what it refers to put in place, for the walkers. Upstream's `default: ""` and
 * `{}` stand for Go's zero values and default nothing; without dropping them a missing key would look given.
 */
function inlined(schema: JsonSchema): JsonSchema {
  const name = referenceOf(schema);
  if (name !== undefined) {
    const target = inlined(commonDefinition(name));
    const own = target.description;
    return {
      ...target,
      'x-component': name,
      ...(schema.description === undefined
        ? {}
        : {
            description: schema.description,
            ...(own === undefined ? {} : { 'x-component-description': own }),
          }),
    };
  }
  const { default: _, properties, items, additionalProperties, ...rest } = schema;
  const isOpaque = rest.type === 'object' && properties === undefined && additionalProperties === undefined;
  return {
    ...rest,
    ...(isOpaque ? { 'x-kubernetes-preserve-unknown-fields': true as const } : {}),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, inlined(v)])) }),
    ...(items === undefined ? {} : { items: inlined(items) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: inlined(additionalProperties) }
      : {}),
  };
}
