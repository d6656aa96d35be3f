/** Valid objects of every kind: mutations start from these, since pure noise never gets past the decoder. */

export interface Sample {
  /** Of the collection, in the namespace where there is one. */
  readonly path: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export const NAMESPACE = 'shop';
export const OURS = '/apis/services.x-k8s.io/v3alpha1';

const ours = (plural: string, kind: string, more: object, namespaced = true): Sample => ({
  path: namespaced ? `${OURS}/namespaces/${NAMESPACE}/${plural}` : `${OURS}/${plural}`,
  name: 'web',
  object: {
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind,
    metadata: { name: 'web', labels: { app: 'web' }, annotations: { note: 'x' } },
    ...more,
  },
});

const core = (plural: string, kind: string, more: object): Sample => ({
  path: `/api/v1/namespaces/${NAMESPACE}/${plural}`,
  name: 'web',
  object: { apiVersion: 'v1', kind, metadata: { name: 'web', labels: { app: 'web' } }, ...more },
});

export const samples: readonly Sample[] = [
  ours('servicegroups', 'ServiceGroup', { spec: { selector: { matchLabels: { app: 'web' } } } }),
  ours('serviceports', 'ServicePort', {
    spec: {
      type: 'ClusterIP',
      groupRef: { name: 'web' },
      portName: 'http',
      port: 80,
      protocol: 'TCP',
      clusterIP: { addresses: ['10.0.0.1'] },
    },
  }),
  ours('endpoints', 'Endpoint', {
    spec: { addresses: [{ ip: '10.1.2.3' }], nodeName: 'node-a', ports: [{ name: 'http', port: 8080 }] },
  }),
  ours(
    'nodetopologies',
    'NodeTopology',
    { spec: { topology: { 'topology.kubernetes.io/zone': 'z' } } },
    false,
  ),
  ours('topologypolicies', 'TopologyPolicy', {
    spec: { groups: [{ name: 'web' }], tiers: [{ topologyKey: 'topology.kubernetes.io/zone' }] },
  }),
  ours('servicemirrors', 'ServiceMirror', { spec: { authority: 'V1' } }),
  ours('endpointsubsets', 'EndpointSubset', {}),
  core('services', 'Service', {
    spec: {
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
  }),
  core('pods', 'Pod', { spec: { containers: [{ name: 'a', image: 'b', ports: [{ containerPort: 80 }] }] } }),
  core('configmaps', 'ConfigMap', { data: { a: 'b' } }),
  core('endpoints', 'Endpoints', { subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 1 }] }] }),
];
