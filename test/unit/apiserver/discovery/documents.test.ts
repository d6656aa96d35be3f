import assert from 'node:assert/strict';
import { Type } from '@sinclair/typebox';
import { allVerbs, type Kind } from '../../../../api/kind.ts';
import {
  aggregatedDocument,
  coreVersionsDocument,
  groupDocument,
  groupListDocument,
  groupVersionsOf,
  resourceListDocument,
} from '../../../../apiserver/discovery/documents.ts';
import { compareVersions } from '../../../../apiserver/discovery/version-order.ts';

function kind(group: string, version: string, name: string, more: Partial<Kind> = {}): Kind {
  const lower = name.toLowerCase();
  return {
    group,
    version,
    kind: name,
    plural: `${lower}s`,
    singular: lower,
    shortNames: [],
    categories: [],
    namespaced: true,
    statusSubresource: false,
    statusOnCreate: false,
    verbs: allVerbs,
    schema: Type.Object({}),
    strategy: { validateName: () => [], validate: () => [] },
    fieldSelectors: {},
    table: { columns: [], rows: () => () => [] },
    ...more,
  };
}

const kinds = [
  kind('', 'v1', 'Node', { namespaced: false }),
  kind('g.io', 'v1beta1', 'Thing'),
  kind('g.io', 'v1', 'Thing', { shortNames: ['th'], categories: ['all'], statusSubresource: true }),
  kind('g.io', 'v1', 'Part', { verbs: ['get', 'watch', 'list'] }),
];
const groupVersions = groupVersionsOf(kinds);

describe('discovery documents', () => {
  it('order versions best first and resources by name', () => {
    assert.deepEqual(
      groupVersions.map((gv) => `${gv.group}/${gv.version}: ${gv.kinds.map((k) => k.plural).join(' ')}`),
      ['/v1: nodes', 'g.io/v1: parts things', 'g.io/v1beta1: things'],
    );
  });

  it('aggregate: responseKind everywhere, status as a subresource, no storageVersionHash', () => {
    const [core, group] = aggregatedDocument(groupVersions).items;
    assert.deepEqual(core?.metadata, {});
    const thing = group?.versions[0]?.resources[1];
    assert.deepEqual(thing, {
      resource: 'things',
      responseKind: { group: 'g.io', version: 'v1', kind: 'Thing' },
      scope: 'Namespaced',
      singularResource: 'thing',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['th'],
      categories: ['all'],
      subresources: [
        {
          subresource: 'status',
          responseKind: { group: 'g.io', version: 'v1', kind: 'Thing' },
          verbs: ['get', 'patch', 'update'],
        },
      ],
    });
    assert.deepEqual(group?.versions[0]?.resources[0]?.verbs, ['get', 'list', 'watch']);
  });

  it('list resources with the hash of the stored version', () => {
    const [, v1] = groupVersions;
    assert.ok(v1);
    const document = resourceListDocument(v1);
    assert.equal(document.groupVersion, 'g.io/v1');
    const [part, thing, status] = document.resources;
    assert.equal(part?.name, 'parts');
    // base64 of the first 8 bytes of SHA-256("g.io/v1/Thing")
    assert.match((thing as { storageVersionHash: string }).storageVersionHash, /^[A-Za-z0-9+/]{11}=$/);
    assert.deepEqual(status, {
      name: 'things/status',
      singularName: '',
      namespaced: true,
      kind: 'Thing',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it('keep the core group out of the group list', () => {
    assert.deepEqual(
      groupListDocument(groupVersions).groups.map((g) => g.name),
      ['g.io'],
    );
    assert.deepEqual(groupDocument('g.io', groupVersions.slice(1)).preferredVersion, {
      groupVersion: 'g.io/v1',
      version: 'v1',
    });
    assert.deepEqual(coreVersionsDocument(groupVersions, 'h:1').versions, ['v1']);
  });
});

describe('compareVersions', () => {
  it('is the order of Kubernetes', () => {
    const order = [
      'v10',
      'v2',
      'v1',
      'v11beta2',
      'v10beta3',
      'v3beta1',
      'v12alpha1',
      'v11alpha2',
      'foo1',
      'foo10',
    ];
    assert.deepEqual(order.toReversed().sort(compareVersions), order);
  });
});
