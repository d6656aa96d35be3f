/**
 * The definitions of a document: each named part of the kinds' schemas once, upstream's common ones, and
 * everything they refer to, as OpenAPI 3.0 schemas.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../../kind.ts';
import { commonDefinition, commonDefinitions, metaPrefix, reference, referenceOf } from '../definitions.ts';
import type { GroupVersionKind, JsonSchema } from '../json-schema.ts';
import {
  definitionNameOf,
  deleteOptionsDefinition,
  listDefinitionNameOf,
  patchDefinition,
  resourceListDefinition,
  statusDefinition,
} from './operations.ts';

/** A schema as published: plain JSON in OpenAPI 3.0's dialect. */
export type PublishedSchema = { [keyword: string]: unknown };

/** Kinds that requests and answers carry beside the kinds themselves. */
const always = [
  ...[statusDefinition, deleteOptionsDefinition, patchDefinition, resourceListDefinition],
  `${metaPrefix}WatchEvent`,
];

/** @throws Error when two different schemas claim one component name: a mistake in our schemas */
export function componentsOf(kinds: readonly Kind[]): Record<string, PublishedSchema> {
  const components = new Components();
  for (const name of always) components.addCommon(name);
  for (const kind of kinds) {
    const name = definitionNameOf(kind);
    const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
    components.add(name, kind.schema as JsonSchema, gvk);
    if (kind.verbs.includes('list')) {
      components.addPublished(listDefinitionNameOf(kind), listSchema(kind, components));
    }
  }
  return components.sorted(kinds[0]);
}

function listSchema(kind: Kind, components: Components): PublishedSchema {
  components.addCommon(`${metaPrefix}ListMeta`);
  const { apiVersion, kind: kindText } = commonDefinition(statusDefinition).properties ?? {};
  return {
    description: `${kind.kind}List is a list of ${kind.kind} objects.`,
    type: 'object',
    properties: {
      apiVersion,
      items: {
        description: `The ${kind.plural} of the list.`,
        type: 'array',
        items: { allOf: [reference(definitionNameOf(kind))], default: {} },
      },
      kind: kindText,
      metadata: {
        description:
          'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
        allOf: [reference(`${metaPrefix}ListMeta`)],
        default: {},
      },
    },
    required: ['items'],
    'x-kubernetes-group-version-kind': [
      { group: kind.group, version: kind.version, kind: `${kind.kind}List` },
    ],
  };
}

class Components {
  readonly #found = new Map<string, PublishedSchema>();

  /** The component's own body, and those of all parts with names. */
  add(name: string, schema: JsonSchema, gvk?: GroupVersionKind): void {
    if (Object.hasOwn(commonDefinitions, name)) {
      this.addCommon(name);
      return;
    }
    const {
      'x-component': _name,
      'x-component-description': own,
      default: _usedHere,
      description,
      ...body
    } = schema;
    const text = own ?? description;
    const published = {
      ...(text === undefined ? {} : { description: text }),
      ...this.#publish(body),
      ...(gvk === undefined ? {} : { 'x-kubernetes-group-version-kind': [gvk] }),
    };
    this.addPublished(name, published);
  }

  addPublished(name: string, schema: PublishedSchema): void {
    const known = this.#found.get(name);
    if (known !== undefined && !isDeepStrictEqual(known, schema)) {
      throw new Error(
        `two different schemas are named ${name}; usedAs() keeps a component's own description`,
      );
    }
    this.#found.set(name, schema);
  }

  addCommon(name: string): void {
    if (this.#found.has(name)) return;
    const schema = commonDefinition(name);
    this.#found.set(name, schema as PublishedSchema);
    const visit = (part: JsonSchema): void => {
      const target = referenceOf(part);
      if (target !== undefined) this.addCommon(target);
      for (const property of Object.values(part.properties ?? {})) visit(property);
      if (part.items !== undefined) visit(part.items);
      if (typeof part.additionalProperties === 'object') visit(part.additionalProperties);
    };
    visit(schema);
  }

  sorted(groupVersion: Pick<Kind, 'group' | 'version'> | undefined): Record<string, PublishedSchema> {
    const named = [...this.#found].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      named.map(([name, schema]) => [name, withCommonKinds(name, schema, groupVersion)]),
    );
  }

  /** One schema for where it is used: a reference where it has a name. */
  #publish(schema: JsonSchema): PublishedSchema {
    const name = schema['x-component'];
    if (name === undefined) return this.#publishBody(schema);
    this.add(name, schema);
    const isOwnText = schema['x-component-description'] === undefined;
    const use = {
      ...(isOwnText || schema.description === undefined ? {} : { description: schema.description }),
      ...(schema.default === undefined ? {} : { default: schema.default }),
    };
    // OpenAPI 3.0 ignores whatever stands beside a $ref, so the reference moves into allOf.
    return Object.keys(use).length === 0 ? reference(name) : { ...use, allOf: [reference(name)] };
  }

  /** `kubectl explain` shows what stands at a field and does not look behind its reference. */
  #publishField(schema: JsonSchema): PublishedSchema {
    const use = this.#publish(schema);
    if (use.$ref === undefined || schema.description === undefined) return use;
    return { description: schema.description, allOf: [use] };
  }

  #publishBody(schema: JsonSchema): PublishedSchema {
    const { properties, items, additionalProperties, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
    const { const: only, 'x-component-description': _, ...plain } = rest;
    // Entries leave TypeBox's symbols behind, which tell `left?: Part` from `left: Part` and are no content.
    const published: PublishedSchema = Object.fromEntries(Object.entries(plain));
    if (only !== undefined) published.enum = [only];
    // OpenAPI 3.0 is of a JSON Schema draft in which these are flags on the bounds.
    if (exclusiveMinimum !== undefined) {
      Object.assign(published, { minimum: exclusiveMinimum, exclusiveMinimum: true });
    }
    if (exclusiveMaximum !== undefined) {
      Object.assign(published, { maximum: exclusiveMaximum, exclusiveMaximum: true });
    }
    if (properties !== undefined) {
      const entries = Object.entries(properties).map(([key, part]) => [key, this.#publishField(part)]);
      published.properties = Object.fromEntries(entries);
    }
    if (items !== undefined) published.items = this.#publish(items);
    if (additionalProperties !== undefined) {
      published.additionalProperties =
        typeof additionalProperties === 'object' ? this.#publish(additionalProperties) : additionalProperties;
    }
    return published;
  }
}

/** Upstream lists every group-version that knows the type; a document of one group-version lists v1 and its own. */
function withCommonKinds(
  name: string,
  schema: PublishedSchema,
  groupVersion: Pick<Kind, 'group' | 'version'> | undefined,
): PublishedSchema {
  const kind = name.startsWith(metaPrefix) ? name.slice(metaPrefix.length) : '';
  const core = { group: '', kind, version: 'v1' };
  if (kind === 'Status' || kind === 'APIResourceList') {
    return { ...schema, 'x-kubernetes-group-version-kind': [core] };
  }
  if (kind !== 'DeleteOptions' && kind !== 'WatchEvent') return schema;
  const isCore = groupVersion === undefined || groupVersion.group === '';
  const own = isCore ? [] : [{ group: groupVersion.group, kind, version: groupVersion.version }];
  return { ...schema, 'x-kubernetes-group-version-kind': [core, ...own] };
}
