/**
 * How values of a schema merge: what the walkers of this folder read instead of the schema itself
 * (upstream: kube-openapi `pkg/schemaconv`, structured-merge-diff `schema/elements.go`).
 */
import { fieldsOf, isIntOrString, type JsonSchema, propertySchema } from '../../api/schema/json-schema.ts';

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListShape {
  /** `keys`: items are told apart by fields; `set`: by their value; `atomic`: not at all. */
  readonly relation: 'atomic' | 'set' | 'keys';
  readonly keys: readonly string[];
  /** Of keys that an item may leave out. */
  readonly keyDefaults: ReadonlyMap<string, unknown>;
  readonly items: Shape;
}

export interface MapShape {
  readonly atomic: boolean;
  /** The declared ones. */
  readonly fields: ReadonlyMap<string, Shape>;
  /** Of keys that are not declared; undefined: there may be none. */
  readonly values: Shape | undefined;
}

/** One of the three, or all of them where a schema leaves the type open. */
export interface Shape {
  readonly scalar?: ScalarType;
  readonly list?: ListShape;
  readonly map?: MapShape;
}

const noDefaults: ReadonlyMap<string, unknown> = new Map();
const noFields: ReadonlyMap<string, Shape> = new Map();

/** Inside of an atomic list nothing is told apart. */
const untyped: Shape = {
  scalar: 'untyped',
  get list(): ListShape {
    return atomicList(untyped);
  },
  get map(): MapShape {
    return { atomic: true, fields: noFields, values: untyped };
  },
};

const atomicList = (items: Shape): ListShape => ({
  relation: 'atomic',
  keys: [],
  keyDefaults: noDefaults,
  items,
});

/** What no schema describes: objects merge by key, lists are atomic. */
const deduced: Shape = {
  scalar: 'untyped',
  list: atomicList(untyped),
  get map(): MapShape {
    return deducedMap;
  },
};
const deducedMap: MapShape = { atomic: false, fields: noFields, values: deduced };

const shapes = new WeakMap<JsonSchema, Shape>();

/** Made once a schema. */
export function shapeOf(schema: JsonSchema): Shape {
  let shape = shapes.get(schema);
  if (shape === undefined) {
    shape = convert(schema, false);
    shapes.set(schema, shape);
  }
  return shape;
}

/** @param keepsUnknown set for all below a schema that preserves unknown fields */
function convert(schema: JsonSchema, keepsUnknown: boolean): Shape {
  const keeps = keepsUnknown || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isIntOrString(schema)) return { scalar: 'untyped' };
  switch (schema.type) {
    case 'object':
      return { map: mapShape(schema, keeps) };
    case 'array':
      return { list: listShape(schema, keeps) };
    case 'integer':
    case 'number':
      return { scalar: 'numeric' };
    case 'boolean':
      return { scalar: 'boolean' };
    case 'string':
      return { scalar: 'string' };
    default:
      return { scalar: 'untyped', list: listShape(schema, keeps), map: mapShape(schema, keeps) };
  }
}

function mapShape(schema: JsonSchema, keeps: boolean): MapShape {
  const fields = new Map(fieldsOf(schema).map(([name, field]) => [name, convert(field, keeps)]));
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields,
    values: valuesShape(schema, keeps),
  };
}

function valuesShape(schema: JsonSchema, keeps: boolean): Shape | undefined {
  const { additionalProperties, properties } = schema;
  if (typeof additionalProperties === 'object') return convert(additionalProperties, keeps);
  if (additionalProperties !== undefined) return additionalProperties ? deduced : undefined;
  return keeps || Object.keys(properties ?? {}).length === 0 ? deduced : undefined;
}

function listShape(schema: JsonSchema, keeps: boolean): ListShape {
  const { items } = schema;
  const itemShape = items === undefined ? untyped : convert(items, keeps);
  const type = schema['x-kubernetes-list-type'] ?? 'atomic';
  if (type === 'atomic') return atomicList(itemShape);
  if (type === 'set') return { ...atomicList(itemShape), relation: 'set' };
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const defaults = keys.flatMap((key): [string, unknown][] => {
    const value = items === undefined ? undefined : propertySchema(items, key)?.default;
    return value === undefined ? [] : [[key, value]];
  });
  return { relation: 'keys', keys, keyDefaults: new Map(defaults), items: itemShape };
}

/** The shape of a field or key; undefined: the schema allows no such thing. */
export const memberShape = (map: MapShape, name: string): Shape | undefined =>
  map.fields.get(name) ?? map.values;

export type ShapeKind = 'map' | 'scalar' | 'list';

/** What a value is taken for; `open`: the shape leaves it open and the value, null, does not tell. */
export interface Deduced {
  readonly kind: ShapeKind;
  readonly open: boolean;
}

/**
 * The kind that a value is walked as: the value's own where the shape allows it, else the shape's first of map,
 * scalar and list. `undefined` and null fit every kind.
 */
export function deduce(shape: Shape, value: unknown): Deduced {
  const own = kindOfValue(value);
  if (own !== undefined && shape[own] !== undefined) return { kind: own, open: false };
  const kind = shape.map !== undefined ? 'map' : shape.scalar !== undefined ? 'scalar' : 'list';
  const isOpen = shape.map !== undefined && shape.scalar !== undefined;
  return { kind, open: isOpen };
}

function kindOfValue(value: unknown): ShapeKind | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : 'scalar';
}
