import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { allVerbs, type Kind } from '../../../../api/kind.ts';
import { commonDefinitions, metaPrefix } from '../../../../api/schema/definitions.ts';
import { openApiV2, toV2 } from '../../../../api/schema/openapi-v2.ts';
import { openApiV3 } from '../../../../api/schema/openapi-v3.ts';
import {
  component,
  componentName,
  conditions,
  intOrString,
  kindSchema,
  labelSelector,
  usedAs,
} from '../../../../api/schema/refs.ts';

const part = component(
  componentName('acme.example.com', 'v1', 'Part'),
  Type.Object({ n: Type.Integer({ exclusiveMinimum: 0, description: 'n' }) }, { description: 'A part.' }),
);

function kindOf(changes: Partial<Kind>): Kind {
  return {
    group: 'acme.example.com',
    version: 'v1',
    kind: 'Widget',
    plural: 'widgets',
    singular: 'widget',
    shortNames: [],
    categories: [],
    namespaced: true,
    statusSubresource: true,
    statusOnCreate: false,
    verbs: allVerbs,
    schema: kindSchema('A widget.', {
      spec: Type.Optional(
        Type.Object(
          {
            left: part,
            right: usedAs(part, 'The right part.'),
            selector: Type.Optional(labelSelector('Which.')),
            port: Type.Optional(intOrString('Where to.', { default: 1 })),
            mode: Type.Optional(Type.Literal('A', { description: 'm', default: 'A' })),
          },
          { description: 'Spec.' },
        ),
      ),
      status: Type.Optional(
        Type.Object({ conditions: Type.Optional(conditions('c')) }, { description: 'Status.' }),
      ),
    }),
    strategy: { validateName: () => [], validate: () => [] },
    fieldSelectors: {},
    table: { columns: [], rows: () => () => [] },
    ...changes,
  };
}

const computed: Partial<Kind> = {
  kind: 'Answer',
  plural: 'answers',
  statusSubresource: false,
  verbs: ['get', 'list', 'watch'],
};
const cluster: Partial<Kind> = { kind: 'Zone', plural: 'zones', namespaced: false, statusSubresource: false };
const kinds = [kindOf({}), kindOf(computed), kindOf(cluster)];
const info = {
  title: 'Acme',
  version: 'v1.2.3',
  patchTypes: ['application/json-patch+json', 'application/merge-patch+json'],
} as const;

// biome-ignore lint/suspicious/noExplicitAny: documents are walked by path here
type Json = any;
const v3: Json = openApiV3(kinds, info);
const v2: Json = openApiV2(kinds, info);
const root = '/apis/acme.example.com/v1';
const gvk = { group: 'acme.example.com', version: 'v1', kind: 'Widget' };

/** Every operation: [path, method, operation]. */
function operations(document: Json): [string, string, Json][] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]): [string, string, Json] => [path, method, operation]),
  );
}

const names = (parameters: Json[] = []): string[] =>
  parameters.filter((p) => p.in !== 'body').map((p) => p.name);

describe('upstream definitions', () => {
  it('are exactly those of Kubernetes 1.36.3', () => {
    // Changes with upstream/extract.ts only: one changed byte renames our definitions in every cluster.
    const hash = createHash('sha256').update(JSON.stringify(commonDefinitions)).digest('hex');
    assert.equal(hash, 'c5755cb883ef095fcb81769865600afbf237014eee23cb90503f63cb92bff95f');
  });

  it('read in v2 as kube-apiserver prints them there', () => {
    assert.deepEqual(toV2(commonDefinitions[`${metaPrefix}LabelSelector`] as Json), {
      description:
        'A label selector is a label query over a set of resources. The result of matchLabels and matchExpressions are ANDed. An empty label selector matches all objects. A null label selector matches no objects.',
      properties: {
        matchExpressions: {
          description:
            'matchExpressions is a list of label selector requirements. The requirements are ANDed.',
          items: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement' },
          type: 'array',
          'x-kubernetes-list-type': 'atomic',
        },
        matchLabels: {
          additionalProperties: { type: 'string' },
          description:
            'matchLabels is a map of {key,value} pairs. A single {key,value} in the matchLabels map is equivalent to an element of matchExpressions, whose key field is "key", the operator is "In", and the values array contains only "value". The requirements are ANDed.',
          type: 'object',
        },
      },
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
    });
  });
});

for (const [name, document] of [
  ['v3', v3],
  ['v2', v2],
] as const) {
  describe(`OpenAPI ${name}`, () => {
    it('has every path, with the placeholders that kubectl explain looks for', () => {
      const item = `${root}/namespaces/{namespace}`;
      assert.deepEqual(Object.keys(document.paths), [
        `${root}/`,
        `${root}/widgets`,
        `${item}/widgets`,
        `${item}/widgets/{name}`,
        `${item}/widgets/{name}/status`,
        `${root}/answers`,
        `${item}/answers`,
        `${item}/answers/{name}`,
        `${root}/zones`,
        `${root}/zones/{name}`,
      ]);
    });

    it('has one method a verb', () => {
      const methods = (path: string): string[] =>
        Object.keys(document.paths[`${root}${path}`])
          .filter((m) => m !== 'parameters')
          .sort();
      assert.deepEqual(methods('/widgets'), ['get']);
      assert.deepEqual(methods('/namespaces/{namespace}/widgets'), ['delete', 'get', 'post']);
      assert.deepEqual(methods('/namespaces/{namespace}/widgets/{name}'), ['delete', 'get', 'patch', 'put']);
      assert.deepEqual(methods('/namespaces/{namespace}/widgets/{name}/status'), ['get', 'patch', 'put']);
      assert.deepEqual(methods('/namespaces/{namespace}/answers/{name}'), ['get']);
      assert.deepEqual(methods('/zones'), ['delete', 'get', 'post']);
    });

    it('names operations as kube-openapi does, each once', () => {
      const ids = operations(document).map(([, , operation]) => operation.operationId);
      assert.equal(new Set(ids).size, ids.length);
      for (const id of [
        'getAcmeExampleComV1APIResources',
        'listAcmeExampleComV1WidgetForAllNamespaces',
        'listAcmeExampleComV1NamespacedWidget',
        'createAcmeExampleComV1NamespacedWidget',
        'deleteAcmeExampleComV1CollectionNamespacedWidget',
        'readAcmeExampleComV1NamespacedWidget',
        'replaceAcmeExampleComV1NamespacedWidgetStatus',
        'patchAcmeExampleComV1NamespacedWidgetStatus',
        'listAcmeExampleComV1Zone',
        'deleteAcmeExampleComV1CollectionZone',
      ]) {
        assert.ok(ids.includes(id), id);
      }
      for (const [, , operation] of operations(document))
        assert.deepEqual(operation.tags, ['acmeExampleCom_v1']);
    });

    it('marks operations with action and an object, schemas with an array', () => {
      const { get, post } = document.paths[`${root}/namespaces/{namespace}/widgets`];
      assert.deepEqual(get['x-kubernetes-group-version-kind'], gvk);
      assert.equal(get['x-kubernetes-action'], 'list');
      assert.equal(post['x-kubernetes-action'], 'post');
      const schemas = document.components?.schemas ?? document.definitions;
      assert.deepEqual(schemas['com.example.acme.v1.Widget']['x-kubernetes-group-version-kind'], [gvk]);
      assert.deepEqual(schemas['com.example.acme.v1.WidgetList']['x-kubernetes-group-version-kind'], [
        { ...gvk, kind: 'WidgetList' },
      ]);
    });

    it('offers fieldValidation, dryRun and fieldManager on every write, force on patches', () => {
      let writes = 0;
      for (const [path, method, operation] of operations(document)) {
        if (!['post', 'put', 'patch'].includes(method)) continue;
        writes++;
        const force = method === 'patch' ? ['force'] : [];
        assert.deepEqual(
          names(operation.parameters),
          ['dryRun', 'fieldManager', 'fieldValidation', ...force],
          `${method} ${path}`,
        );
      }
      assert.equal(writes, 8);
    });

    it('offers all of ListOptions on lists, and of DeleteOptions on deletes', () => {
      const { get, delete: remove } = document.paths[`${root}/namespaces/{namespace}/widgets`];
      const list = [
        'continue',
        'fieldSelector',
        'labelSelector',
        'limit',
        'resourceVersion',
        'resourceVersionMatch',
        'sendInitialEvents',
        'timeoutSeconds',
      ];
      assert.deepEqual(names(get.parameters), ['allowWatchBookmarks', ...list, 'watch']);
      const all = [...list, 'dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];
      assert.deepEqual(names(remove.parameters), all.sort());
    });

    it('refers to nothing that is not there, and defines nothing that nobody refers to', () => {
      const text = JSON.stringify(document);
      const used = new Set(
        [...text.matchAll(/"\$ref":"#\/(?:definitions|components\/schemas)\/([^"]+)"/g)].map((m) => m[1]),
      );
      const defined = new Set(Object.keys(document.components?.schemas ?? document.definitions));
      assert.deepEqual(
        [...used].filter((ref) => !defined.has(ref ?? '')),
        [],
      );
      assert.deepEqual(
        [...defined].filter((n) => !used.has(n)),
        [`${metaPrefix}WatchEvent`],
      );
    });

    it('keeps our own keywords to itself', () => {
      assert.doesNotMatch(JSON.stringify(document), /x-component/);
    });
  });
}

describe('OpenAPI v3 schemas', () => {
  const widget = v3.components.schemas['com.example.acme.v1.Widget'];

  it('refer to named parts, and say beside the reference what they are for', () => {
    const ref = { $ref: '#/components/schemas/com.example.acme.v1.Part' };
    assert.deepEqual(widget.properties.spec.properties.left, { description: 'A part.', allOf: [ref] });
    assert.deepEqual(widget.properties.spec.properties.right, {
      description: 'The right part.',
      allOf: [ref],
    });
    assert.deepEqual(v3.components.schemas['com.example.acme.v1.Part'], {
      description: 'A part.',
      type: 'object',
      properties: { n: { description: 'n', type: 'integer', minimum: 0, exclusiveMinimum: true } },
      required: ['n'],
    });
    assert.deepEqual(widget.properties.spec.properties.port, {
      description: 'Where to.',
      default: 1,
      allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }],
    });
    assert.equal(widget.properties.metadata.allOf[0].$ref, `#/components/schemas/${metaPrefix}ObjectMeta`);
    assert.equal(widget.required, undefined);
  });

  it('keep list types and merge keys', () => {
    const { items: _, description: __, ...rest } = widget.properties.status.properties.conditions;
    assert.deepEqual(rest, {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'type',
    });
  });

  it('publish upstream definitions to the byte, kinds aside', () => {
    for (const [name, schema] of Object.entries<Json>(v3.components.schemas)) {
      if (!(name in commonDefinitions)) continue;
      const { 'x-kubernetes-group-version-kind': _, ...rest } = schema;
      assert.equal(JSON.stringify(rest), JSON.stringify(commonDefinitions[name]), name);
    }
    assert.deepEqual(v3.components.schemas[`${metaPrefix}DeleteOptions`]['x-kubernetes-group-version-kind'], [
      { group: '', kind: 'DeleteOptions', version: 'v1' },
      { group: 'acme.example.com', kind: 'DeleteOptions', version: 'v1' },
    ]);
  });

  it('offer only the patch types that the server does', () => {
    const { patch } = v3.paths[`${root}/zones/{name}`];
    assert.deepEqual(Object.keys(patch.requestBody.content), info.patchTypes);
    assert.deepEqual(v2.paths[`${root}/zones/{name}`].patch.consumes, info.patchTypes);
  });

  it('names strategic merge for kinds whose schema tells how their desired state merges', () => {
    const strategic = 'application/strategic-merge-patch+json';
    const open = Type.Object({}, { 'x-kubernetes-preserve-unknown-fields': true });
    for (const [properties, expected] of [
      [{ spec: Type.Object({}), status: open }, true],
      [{ spec: open }, false],
    ] as const) {
      const kind = kindOf({ plural: 'zones', namespaced: false, schema: kindSchema('x', properties) });
      const { paths } = openApiV3([kind], { ...info, patchTypes: [strategic] }) as unknown as {
        paths: Record<string, { patch?: { requestBody: { content: object } } }>;
      };
      const content = paths[`${root}/zones/{name}`]?.patch?.requestBody.content;
      assert.equal(strategic in (content ?? {}), expected);
    }
  });

  it('are refused when two schemas claim one name', () => {
    const other = component(componentName('acme.example.com', 'v1', 'Part'), Type.Object({}));
    const bad = kindOf({ schema: kindSchema('x', { spec: Type.Object({ part, other }) }) });
    assert.throws(
      () => openApiV3([bad], info),
      /two different schemas are named com\.example\.acme\.v1\.Part/,
    );
  });
});

describe('OpenAPI v2 schemas', () => {
  it('have no defaults and no combinations', () => {
    const text = JSON.stringify(v2.definitions);
    for (const keyword of ['default', 'allOf', 'oneOf', 'anyOf', 'nullable']) {
      assert.doesNotMatch(text, new RegExp(`"${keyword}":[^"]`), keyword);
    }
    const widget = v2.definitions['com.example.acme.v1.Widget'].properties.spec.properties;
    assert.deepEqual(widget.right, {
      description: 'The right part.',
      $ref: '#/definitions/com.example.acme.v1.Part',
    });
    assert.equal(v2.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'].type, 'string');
  });

  it('carry bodies as parameters', () => {
    const { post } = v2.paths[`${root}/zones`];
    assert.deepEqual(post.parameters[0], {
      name: 'body',
      in: 'body',
      required: true,
      schema: { $ref: '#/definitions/com.example.acme.v1.Zone' },
    });
  });
});

describe('component names', () => {
  it('reverse the group', () => {
    assert.equal(
      componentName('services.x-k8s.io', 'v3alpha1', 'Endpoint'),
      'io.x-k8s.services.v3alpha1.Endpoint',
    );
    assert.equal(componentName('', 'v1', 'Pod'), 'io.k8s.api.core.v1.Pod');
  });
});
