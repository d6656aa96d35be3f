/** One kind of ours as the scenarios need it: what is right, what is wrong, without cross-field rules. */

export interface Sample {
  readonly plural: string;
  readonly kind: string;
  /** Left alone by defaults that a custom resource does not have. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** A text field of the spec that anything may be written to, and two values. */
  readonly field: string;
  readonly values: readonly [unknown, unknown];
  /** What the schema refuses, by what is wrong. */
  readonly wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const API_VERSION = 'services.x-k8s.io/v3alpha1';

export const group: Sample = {
  plural: 'servicegroups',
  kind: 'ServiceGroup',
  spec: { selector: { matchLabels: { app: 'a' } } },
  field: 'network',
  values: ['net-1', 'net-2'],
  wrong: {
    'an enum value': { publish: 'Never' },
    'a number for a text': { network: 5 },
    'an empty text': { network: '' },
    'a text that is too long': { network: 'n'.repeat(254) },
    'a negative number': { gateTimeoutSeconds: -1 },
    'a text for a number': { gateTimeoutSeconds: '5' },
    'a fraction for an integer': { gateTimeoutSeconds: 1.5 },
    'an object for a list': { addressFamilies: {} },
    'too many items': { addressFamilies: ['IPv4', 'IPv6', 'IPv4'] },
    'a wrong item': { addressFamilies: ['IPv5'] },
    'a missing key': { readinessGates: [{}] },
    'one key twice': { readinessGates: [{ conditionType: 'a.b/C' }, { conditionType: 'a.b/C' }] },
    // Not two mistakes at once: kube-apiserver tells them in the random order of Go's maps.
    'null in a list': { addressFamilies: [null] },
  },
};

export const endpoint: Sample = {
  plural: 'endpoints',
  kind: 'Endpoint',
  spec: { addresses: [{ ip: '10.0.0.1' }] },
  field: 'nodeName',
  values: ['node-1', 'node-2'],
  wrong: {
    'too large a number': { addresses: [{ ip: '10.0.0.1' }], weight: 1001 },
    'a boolean for a number': { addresses: [{ ip: '10.0.0.1' }], weight: true },
    'a text for a list': { addresses: '10.0.0.1' },
    'a text for an item': { addresses: ['10.0.0.1'] },
    'a missing key': { addresses: [{ network: 'default' }] },
    'an address twice, by a default': {
      addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1', network: 'default' }],
    },
    'an enum value in a list': { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1, protocol: 'tcp' }] },
    'a port out of range': { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 65536 }] },
    'a list for a reference': { addresses: [{ ip: '10.0.0.1' }], targetRef: [] },
  },
};

export const servicePort: Sample = {
  plural: 'serviceports',
  kind: 'ServicePort',
  spec: {
    type: 'ClusterIP',
    groupRef: { name: 'g' },
    frontend: 'g',
    portName: 'http',
    port: 80,
    targetPort: 8080,
  },
  field: 'appProtocol',
  values: ['http', 'https'],
  wrong: {
    'no type': { groupRef: { name: 'g' }, frontend: 'g', port: 80, targetPort: 80 },
    'a reference without name': { type: 'ClusterIP', groupRef: {}, frontend: 'g', port: 80, targetPort: 80 },
    'port zero': { type: 'ClusterIP', groupRef: { name: 'g' }, frontend: 'g', port: 0, targetPort: 80 },
    'a boolean for a number or text': {
      type: 'ClusterIP',
      groupRef: { name: 'g' },
      frontend: 'g',
      port: 80,
      targetPort: true,
    },
  },
};

export const samples: readonly Sample[] = [group, endpoint, servicePort];

export const object = (sample: Sample, name: string, metadata: object = {}, spec: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: sample.kind,
  metadata: { name, ...metadata },
  spec: { ...sample.spec, ...spec },
});
