/** What every schema of the group owes to kubectl explain, server-side apply and strategic merge. */
import assert from 'node:assert/strict';
import type { JsonSchema } from '../../../../../api/schema/json-schema.ts';
import { GROUP } from '../../../../../api/services/v3alpha1/group.ts';
import { servicesKinds } from '../../../../../api/services/v3alpha1/kinds.ts';

interface Place {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Every schema in a schema, but what metav1 defines. */
function* places(schema: JsonSchema, path: string): Generator<Place> {
  yield { path, schema };
  if (schema['x-component']?.startsWith('io.k8s.apimachinery')) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* places(property, `${path}.${name}`);
  }
  if (schema.items !== undefined) yield* places(schema.items, `${path}[]`);
}

const all: readonly Place[] = servicesKinds.flatMap((kind) => [
  ...places(kind.schema as JsonSchema, kind.kind),
]);
const pathsWhere = (test: (schema: JsonSchema) => boolean): string[] =>
  all.filter(({ schema }) => test(schema)).map(({ path }) => path);

describe('schemas of services.x-k8s.io/v3alpha1', () => {
  it('describe every field, in a sentence', () => {
    // The texts of these are metav1's own.
    const shared = /^[A-Za-z]+\.(apiVersion|kind|metadata)$/;
    const silent = pathsWhere(({ description = '' }) => !/^[A-Z].*\.$/s.test(description));
    assert.deepEqual(
      silent.filter((path) => !shared.test(path)),
      [],
    );
    assert.ok(all.length > 150, `${all.length} places`);
  });

  it('name every struct, and one name is one struct', () => {
    const isStruct = (s: JsonSchema) => s.type === 'object' && s.properties !== undefined;
    assert.deepEqual(
      pathsWhere((s) => isStruct(s) && s['x-component'] === undefined),
      [],
    );
    const shapes = new Map<string, string>();
    for (const { path, schema } of all) {
      const name = schema['x-component'];
      if (name === undefined || !isStruct(schema)) continue;
      const shape = JSON.stringify([schema.properties, schema.required]);
      assert.equal(shapes.get(name) ?? shape, shape, `${name} at ${path}`);
      shapes.set(name, shape);
    }
    const own = [...shapes.keys()].filter((name) => name.startsWith('io.x-k8s.services.v3alpha1.'));
    assert.ok(own.includes('io.x-k8s.services.v3alpha1.ServicePortSpec'), own.join());
  });

  it('say how every list merges', () => {
    assert.deepEqual(
      pathsWhere((s) => s.type === 'array' && s['x-kubernetes-list-type'] === undefined),
      [],
    );
  });

  it('have required or defaulted keys in every map list', () => {
    for (const { path, schema } of all) {
      for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
        const property = schema.items?.properties?.[key];
        const isGiven = schema.items?.required?.includes(key) === true || property?.default !== undefined;
        assert.ok(isGiven, `${path}, key ${key}`);
      }
    }
  });

  it('have a strategic merge key exactly where a map list has one key', () => {
    for (const { path, schema } of all) {
      const keys = schema['x-kubernetes-list-map-keys'];
      const expected = keys?.length === 1 ? keys[0] : undefined;
      assert.equal(schema['x-kubernetes-patch-merge-key'], expected, path);
      assert.equal(schema['x-kubernetes-patch-strategy'], expected === undefined ? undefined : 'merge', path);
    }
  });

  it('never require a field that has a default', () => {
    assert.deepEqual(
      pathsWhere((s) => (s.required ?? []).some((name) => s.properties?.[name]?.default !== undefined)),
      [],
    );
  });
});

describe('kinds of services.x-k8s.io/v3alpha1', () => {
  it('have the names of the design', () => {
    assert.deepEqual(
      servicesKinds.map((k) => [k.kind, k.plural, k.singular, ...k.shortNames].join(' ')),
      [
        'ServiceGroup servicegroups servicegroup sg',
        'ServicePort serviceports serviceport sp',
        'Endpoint endpoints endpoint ept',
        'NodeTopology nodetopologies nodetopology nt',
        'TopologyPolicy topologypolicies topologypolicy tp',
        'ServiceMirror servicemirrors servicemirror sm',
        'EndpointSubset endpointsubsets endpointsubset eps',
      ],
    );
    assert.ok(servicesKinds.every((k) => k.group === GROUP && k.categories.includes('servicesv3')));
  });

  it('are namespaced but for NodeTopology', () => {
    assert.deepEqual(
      servicesKinds.filter((k) => !k.namespaced).map((k) => k.kind),
      ['NodeTopology'],
    );
  });

  it('have a status of their own but for NodeTopology and EndpointSubset', () => {
    assert.deepEqual(
      servicesKinds.filter((k) => !k.statusSubresource).map((k) => k.kind),
      ['NodeTopology', 'EndpointSubset'],
    );
    assert.deepEqual(
      servicesKinds.filter((k) => k.statusOnCreate).map((k) => k.kind),
      ['Endpoint'],
    );
  });

  it('can be written but for EndpointSubset', () => {
    assert.deepEqual(
      servicesKinds.filter((k) => !k.verbs.includes('create')).map((k) => k.kind),
      ['EndpointSubset'],
    );
  });
});
