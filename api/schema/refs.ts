/**
 * The building blocks of the kinds' schemas: what metav1 defines, and the collections of Kubernetes that
 * TypeBox has no word for. A kind writes
 *
 *     export const ServiceGroup = kindSchema('ServiceGroup is …', {
 *       spec: component(name('ServiceGroupSpec'), Type.Object({ selector: Type.Optional(labelSelector()) })),
 *     });
 *     export type ServiceGroup = Static<typeof ServiceGroup>;
 *
 * Map-like records are `mapOf`, closed sets of words `stringEnum`: TypeBox's own `Record` and `Union` become
 * `patternProperties` and `anyOf`, which OpenAPI of Kubernetes does not know.
 */
import {
  type SchemaOptions,
  type Static,
  type TArray,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import type { Condition, LabelSelector, ObjectMeta } from '../meta/types.ts';
import { commonDefinition, intOrStringName, metaPrefix, referenceOf } from './definitions.ts';
import type { JsonSchema, KubernetesKeywords } from './json-schema.ts';

/** What may be said at the place where a building block is used. */
export type BlockOptions = KubernetesKeywords & {
  description?: string;
  default?: unknown;
  minItems?: number;
  maxItems?: number;
};

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
  options: BlockOptions = {},
): TObject<{ apiVersion: TString; kind: TString; metadata: TUnsafe<ObjectMeta> } & P> {
  const schema = Type.Object(
    {
      apiVersion: Type.String(typeMetaText('apiVersion')),
      kind: Type.String(typeMetaText('kind')),
      metadata: objectMeta(),
      ...properties,
    },
    { ...options, description },
  );
  const implied = new Set(['apiVersion', 'kind', 'metadata']);
  const { required: all, ...rest } = schema as JsonSchema;
  const required = (all ?? []).filter((name) => !implied.has(name));
  // Only the runtime keyword differs from what TypeBox derives: the static type keeps the three fields.
  return (required.length === 0 ? rest : { ...rest, required }) as unknown as TObject<
    { apiVersion: TString; kind: TString; metadata: TUnsafe<ObjectMeta> } & P
  >;
}

export function objectMeta(options: BlockOptions = {}): TUnsafe<ObjectMeta> {
  return metaBlock<ObjectMeta>('ObjectMeta', {
    description:
      "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    ...options,
  });
}

export function labelSelector(options: BlockOptions = {}): TUnsafe<LabelSelector> {
  return metaBlock<LabelSelector>('LabelSelector', options);
}

/** metav1.Condition: one item of `conditions()`. */
export function condition(options: BlockOptions = {}): TUnsafe<Condition> {
  const block = metaBlock<Condition>('Condition', options);
  const properties = Object.fromEntries(
    Object.entries((block as JsonSchema).properties ?? {}).map(([name, schema]) => [
      name,
      { ...schema, ...conditionLimits[name] },
    ]),
  );
  return { ...block, properties };
}

/** A map list of conditions by type, mergeable in parts by server-side apply and by strategic merge. */
export function conditions(options: BlockOptions = {}): TArray<TUnsafe<Condition>> {
  return mapList(condition(), ['type'], {
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': 'type',
    ...options,
  });
}

/** RFC 3339 with whole seconds. */
export const time = (options: BlockOptions = {}): TUnsafe<string> => metaBlock<string>('Time', options);
/** RFC 3339 with six digits of a second's fraction. */
export const microTime = (options: BlockOptions = {}): TUnsafe<string> =>
  metaBlock<string>('MicroTime', options);

/** @param options bounds hold for the number, pattern and lengths for the string */
export function intOrString(
  options: BlockOptions & {
    minimum?: number;
    maximum?: number;
    minLength?: number;
    maxLength?: number;
    pattern?: string;
  } = {},
): TUnsafe<number | string> {
  const own = commonDefinition(intOrStringName).description;
  return Type.Unsafe<number | string>({
    ...described(own, options),
    'x-kubernetes-int-or-string': true,
    'x-component': intOrStringName,
  });
}

/** A string out of a closed set. */
export function stringEnum<const V extends readonly string[]>(
  values: V,
  options: SchemaOptions = {},
): TUnsafe<V[number]> {
  return Type.Unsafe<V[number]>({ ...options, type: 'string', enum: [...values] });
}

/** An object with keys of the users' choice. */
export function mapOf<T extends TSchema>(
  values: T,
  options: SchemaOptions & KubernetesKeywords = {},
): TUnsafe<Record<string, Static<T>>> {
  return Type.Unsafe<Record<string, Static<T>>>({ ...options, type: 'object', additionalProperties: values });
}

/** An object whose content is nobody's business here: kept as it is. */
export function freeForm(options: SchemaOptions = {}): TUnsafe<Record<string, unknown>> {
  return Type.Unsafe<Record<string, unknown>>({
    ...options,
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  });
}

/** A list whose items are told apart by the values of `keys`; each key is required or has a default. */
export function mapList<T extends TSchema>(
  items: T,
  keys: readonly string[],
  options: SchemaOptions & KubernetesKeywords = {},
): TArray<T> {
  return Type.Array(items, {
    ...options,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
  });
}

/** A list of distinct scalars. */
export function setList<T extends TSchema>(
  items: T,
  options: SchemaOptions & KubernetesKeywords = {},
): TArray<T> {
  return Type.Array(items, { ...options, 'x-kubernetes-list-type': 'set' });
}

/** A list that is replaced whole. */
export function atomicList<T extends TSchema>(
  items: T,
  options: SchemaOptions & KubernetesKeywords = {},
): TArray<T> {
  return Type.Array(items, { ...options, 'x-kubernetes-list-type': 'atomic' });
}

function metaBlock<T>(type: string, options: BlockOptions): TUnsafe<T> {
  const name = `${metaPrefix}${type}`;
  const { description, ...schema } = inlined(commonDefinition(name));
  return Type.Unsafe<T>({ ...schema, ...described(description, options), 'x-component': name });
}

function described(own: string | undefined, options: BlockOptions): BlockOptions {
  if (own === undefined) return options;
  return options.description === undefined || options.description === own
    ? { ...options, description: own }
    : { ...options, 'x-component-description': own };
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
