/** Our kinds as custom resources of the real kube-apiserver, from the schemas that we publish. */
import type { Kind } from '../../../api/kind.ts';
import { isRecord, type JsonSchema, propertySchema } from '../../../api/schema/json-schema.ts';

export const OUR_GROUP = 'services.x-k8s.io';
/** As long as ours, so that nothing differs by length; outside the protected *.k8s.io. */
export const TWIN_GROUP = 'services.y-k8s.io';
export const VERSION = 'v3alpha1';

export type Components = Readonly<Record<string, JsonSchema>>;

const COMPONENT_PREFIX = '#/components/schemas/';
/** Upstream's defaults there stand for Go's zero values and default nothing. */
const META_PREFIX = 'io.k8s.apimachinery.';
/** apiextensions refuses more (`pkg/apis/apiextensions/validation`, MaxSelectableFields). */
const MAX_SELECTABLE_FIELDS = 8;

/** Published keywords that a structural schema may not have. */
const dropped = new Set([
  'x-kubernetes-group-version-kind',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
]);

/**
 * @param components of the published OpenAPI v3 document
 * @throws if the kind has no component there
 */
export function twinDefinition(components: Components, kind: Kind): object {
  const name = `${OUR_GROUP.split('.').reverse().join('.')}.${VERSION}.${kind.kind}`;
  const published = components[name];
  if (published === undefined) throw new Error(`the published OpenAPI has no component ${name}`);
  const { metadata: _, ...properties } = published.properties ?? {};
  // Nothing may be said of metadata but what it is.
  const whole = { ...published, properties: { ...properties, metadata: { type: 'object' as const } } };
  const schema = structural(whole, components, false);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${TWIN_GROUP}` },
    spec: {
      group: TWIN_GROUP,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        plural: kind.plural,
        singular: kind.singular,
        kind: kind.kind,
        listKind: `${kind.kind}List`,
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: selectable(kind, schema),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** A custom resource selects by single values only. */
function selectable(kind: Kind, schema: JsonSchema): object[] {
  return Object.keys(kind.fieldSelectors ?? {})
    .filter((path) => {
      const found = path
        .split('.')
        .reduce<JsonSchema | undefined>((at, name) => at && propertySchema(at, name), schema);
      return found?.type === 'string';
    })
    .slice(0, MAX_SELECTABLE_FIELDS)
    .map((path) => ({ jsonPath: `.${path}` }));
}

function structural(schema: JsonSchema, components: Components, meta: boolean): JsonSchema {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target !== undefined) {
    const name = target.slice(COMPONENT_PREFIX.length);
    const { $ref: _, allOf: __, ...own } = schema;
    const inMeta = meta || name.startsWith(META_PREFIX);
    const { default: value, ...keywords } = own;
    const kept = value === undefined || inMeta ? {} : { default: value };
    return { ...structural(components[name] ?? {}, components, inMeta), ...keywords, ...kept };
  }
  if (schema.format === 'int-or-string') return { 'x-kubernetes-int-or-string': true };
  const entries = Object.entries(schema)
    .filter(([keyword]) => !dropped.has(keyword) && !(meta && keyword === 'default'))
    .map(([keyword, value]) => [keyword, inner(keyword, value, components, meta)] as const);
  return Object.fromEntries(entries);
}

function inner(keyword: string, value: unknown, components: Components, meta: boolean): unknown {
  if (!isRecord(value)) return value;
  if (keyword === 'properties') {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, structural(each as JsonSchema, components, meta)]),
    );
  }
  const isSchema = keyword === 'items' || keyword === 'additionalProperties';
  return isSchema ? structural(value as JsonSchema, components, meta) : value;
}
