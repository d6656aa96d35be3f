/** Stand-ins for what a cluster is made of: Namespace, Node, Pod. */
import { Type } from '@sinclair/typebox';
import type { Kind } from '../kind.ts';
import { validateDns1123Label } from '../meta/names.ts';
import { freeForm } from '../schema/blocks.ts';
import { kindSchema } from '../schema/refs.ts';
import { coreKind } from './define.ts';
import { mergedBy, openObject } from './open-schema.ts';
import { podSchema } from './pod-schema.ts';
import { namespaceMessage } from './protobuf/namespace.ts';
import type { CoreNode, Namespace, Pod } from './types.ts';

/** Holds a terminating Namespace until its content is gone. Core keeps this in spec.finalizers; here it is metadata's. */
export const NAMESPACE_FINALIZER = 'kubernetes';

const conditions = Type.Optional(mergedBy('type', 'Current state.'));

export const namespaceKind: Kind<Namespace> = coreKind<Namespace>({
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  statusSubresource: true,
  protobuf: namespaceMessage,
  schema: kindSchema('Namespace provides a scope for names.', {
    spec: Type.Optional(freeForm('Stored as it is; nothing here acts on it.')),
    status: Type.Optional(openObject({ conditions }, 'phase is Active or Terminating.')),
  }),
  strategy: {
    validateName: validateDns1123Label,
    prepareForCreate(namespace) {
      namespace.spec = { finalizers: [NAMESPACE_FINALIZER] };
      namespace.status = { phase: 'Active' };
      namespace.metadata.finalizers = [
        ...new Set([...(namespace.metadata.finalizers ?? []), NAMESPACE_FINALIZER]),
      ];
      // Every namespace carries its own name as a label, so that selectors can name it (KEP-2161).
      namespace.metadata.labels = {
        ...namespace.metadata.labels,
        'kubernetes.io/metadata.name': namespace.metadata.name ?? '',
      };
    },
  },
  fieldSelectors: { 'status.phase': (n) => n.status?.phase },
  columns: [
    {
      name: 'Status',
      description: 'Active, or Terminating while its content is being removed.',
      cell: (n) => (n.metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating'),
    },
  ],
});

const podCIDRs = Type.Optional(
  Type.Array(Type.String(), {
    description: 'Addresses that its pods may have.',
    'x-kubernetes-list-type': 'set',
    'x-kubernetes-patch-strategy': 'merge',
  }),
);

const nodeReady = (node: CoreNode): string => {
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready');
  return ready?.status === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
};

export const nodeKind: Kind<CoreNode> = coreKind<CoreNode>({
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  statusSubresource: true,
  schema: kindSchema('Node is a worker node. Here it is a place with labels; nothing runs on it.', {
    spec: Type.Optional(openObject({ podCIDRs }, 'Stored as it is; nothing here acts on it.')),
    status: Type.Optional(
      openObject(
        { conditions, addresses: Type.Optional(mergedBy('type', 'Where it is.')) },
        'Stored as it is, on create too.',
      ),
    ),
  }),
  columns: [
    { name: 'Status', description: 'Whether the node says that it is ready.', cell: nodeReady },
    {
      name: 'Zone',
      description: 'topology.kubernetes.io/zone of the node.',
      cell: (n) => n.metadata.labels?.['topology.kubernetes.io/zone'] ?? '<none>',
    },
  ],
});

const containerCount = (pod: Pod): number => pod.spec?.containers?.length ?? 0;
const podReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

export const podKind: Kind<Pod> = coreKind<Pod>({
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  schema: podSchema,
  strategy: {
    prepareForCreate(pod) {
      pod.status ??= {};
      pod.status.phase ??= 'Pending';
    },
  },
  fieldSelectors: {
    'spec.nodeName': (p) => p.spec?.nodeName,
    'status.phase': (p) => p.status?.phase,
    'status.podIP': (p) => p.status?.podIP,
  },
  columns: [
    {
      name: 'Ready',
      description: 'Ready containers of all. Without a kubelet: all, where the pod says that it is ready.',
      cell: (p) => `${podReady(p) ? containerCount(p) : 0}/${containerCount(p)}`,
    },
    {
      name: 'Status',
      description: 'The phase, or Terminating.',
      cell: (p) =>
        p.metadata.deletionTimestamp === undefined ? (p.status?.phase ?? 'Unknown') : 'Terminating',
    },
    {
      name: 'IP',
      description: 'First address.',
      cell: (p) => p.status?.podIP ?? p.status?.podIPs?.[0]?.ip ?? '<none>',
      wide: true,
    },
    { name: 'Node', description: 'Where it is.', cell: (p) => p.spec?.nodeName ?? '<none>', wide: true },
  ],
});
