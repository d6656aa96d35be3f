/** How the lists of stand-in kinds merge strategically, as core/v1 has it (`k8s.io/api` v0.36.3, `core/v1/types.go`). */
import assert from 'node:assert/strict';
import { coreKinds } from '../../../../api/core/kinds.ts';
import { fieldsOf, type JsonSchema } from '../../../../api/schema/json-schema.ts';

function mergingLists(schema: JsonSchema, path = ''): string[] {
  return fieldsOf(schema).flatMap(([name, field]) => {
    const own = `${path}${name}`;
    const strategy = field['x-kubernetes-patch-strategy'];
    return [
      ...(strategy === undefined
        ? []
        : [`${own} ${strategy} ${field['x-kubernetes-patch-merge-key'] ?? ''}`.trim()]),
      ...mergingLists(field.items ?? field, `${own}.`),
    ];
  });
}

const container = [
  'merge name',
  'ports merge containerPort',
  'env merge name',
  'volumeMounts merge mountPath',
  'volumeDevices merge devicePath',
];
const containers = (list: string): string[] =>
  container.map((text, index) => (index === 0 ? `spec.${list} ${text}` : `spec.${list}.${text}`));

const expected: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    ...containers('containers'),
    ...containers('initContainers'),
    ...containers('ephemeralContainers'),
    'spec.volumes merge,retainKeys name',
    'spec.imagePullSecrets merge name',
    'spec.hostAliases merge ip',
    'spec.topologySpreadConstraints merge topologyKey',
    'spec.schedulingGates merge name',
    'spec.resourceClaims merge,retainKeys name',
    'status.conditions merge type',
    'status.hostIPs merge ip',
    'status.podIPs merge ip',
    'status.resourceClaimStatuses merge,retainKeys name',
  ],
  Node: ['spec.podCIDRs merge', 'status.conditions merge type', 'status.addresses merge type'],
  Namespace: ['status.conditions merge type'],
  Service: ['spec.ports merge port', 'status.conditions merge type'],
};

describe('lists of stand-in kinds that merge', () => {
  for (const kind of coreKinds) {
    it(kind.kind, () => {
      const { metadata, ...own } = (kind.schema as JsonSchema).properties ?? {};
      assert.deepEqual(mergingLists({ properties: { metadata: metadata ?? {} } }), [
        'metadata.finalizers merge',
        'metadata.ownerReferences merge uid',
      ]);
      assert.deepEqual(mergingLists({ properties: own }), expected[kind.kind] ?? []);
    });
  }
});
