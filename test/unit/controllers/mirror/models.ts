/** Canonical models at random: of every type, with what only v3 can say as well. */
import fc from 'fast-check';
import type { IPFamily } from '../../../../api/core/types.ts';
import { HOSTNAME_KEY, ZONE_KEY } from '../../../../controllers/mirror/distribution.ts';
import {
  type Door,
  defaultLoadBalancer,
  doorsOf,
  type GroupModel,
  type ModelType,
  PORTLESS,
  type PortModel,
  portKey,
  type ServiceModel,
} from '../../../../controllers/mirror/model.ts';

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,6}[a-z0-9])?$/);
const labels = fc.dictionary(label, label, { maxKeys: 3 });
const portNumber = fc.integer({ min: 1, max: 65_000 });
const families = fc.constantFrom<readonly IPFamily[]>(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']);

const selector: fc.Arbitrary<GroupModel['selector']> = fc.oneof(
  fc.constant({ kind: 'manual' as const }),
  fc.constant({ kind: 'nothing' as const }),
  fc.dictionary(label, label, { minKeys: 1, maxKeys: 3 }).map((matchLabels) => ({
    kind: 'labels' as const,
    matchLabels,
    matchExpressions: [],
  })),
  labels.map((matchLabels) => ({
    kind: 'labels' as const,
    matchLabels,
    matchExpressions: [{ key: 'track', operator: 'NotIn' as const, values: ['canary'] }],
  })),
);

const group: fc.Arbitrary<GroupModel> = fc.record({
  selector,
  network: fc.constantFrom('default', 'shop.sriov'),
  addressFamilies: fc.oneof(fc.constant<readonly IPFamily[]>([]), families),
  publish: fc.constantFrom('Ready' as const, 'Serving' as const, 'All' as const),
  readinessGates: fc.constantFrom<readonly string[]>([], ['lb.example.com/Programmed']),
  gateTimeoutSeconds: fc.constantFrom(null, 60),
});

interface Seed {
  readonly portName: string;
  readonly port: number;
  readonly span: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol: string | null;
  readonly targetPort: number | string;
  readonly group: 0 | 1;
  readonly nodePort: number | null;
  readonly withhold: readonly Door[];
}

const seed: fc.Arbitrary<Seed> = fc.record({
  portName: fc.oneof(fc.constant(''), label),
  port: portNumber,
  span: fc.constantFrom(0, 0, 0, 3, 200),
  protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
  appProtocol: fc.constantFrom(null, 'kubernetes.io/h2c'),
  targetPort: fc.oneof(portNumber, fc.constant('web')),
  group: fc.constantFrom<0 | 1>(0, 0, 1),
  nodePort: fc.oneof(fc.constant(null), fc.constant(0), fc.integer({ min: 30_000, max: 32_767 })),
  withhold: fc.subarray<Door>(['ClusterIP', 'LoadBalancer', 'ExternalIP']),
});

const types: readonly ModelType[] = ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'];

/** Frontends whose ports have at least one door of the type, as every frontend read from v3 has. */
export const serviceModel: fc.Arbitrary<ServiceModel> = fc
  .record({
    type: fc.constantFrom(...types),
    labels,
    families,
    requested: fc.boolean(),
    external: fc.boolean(),
    nodeLocal: fc.boolean(),
    sessionAffinity: fc.constantFrom(null, 10_800),
    distribution: fc.constantFrom(
      null,
      { tiers: [{ topologyKey: ZONE_KEY, minEndpoints: 1 }], whenUnmatched: 'Anywhere' as const },
      { tiers: [{ topologyKey: HOSTNAME_KEY, minEndpoints: 2 }], whenUnmatched: 'Nothing' as const },
    ),
    seeds: fc.uniqueArray(seed, { minLength: 0, maxLength: 4, selector: (s) => s.port % 997 }),
    groups: fc.tuple(group, group),
    origin: fc.constantFrom('v1' as const, 'v3' as const),
    allocated: fc.boolean(),
  })
  .map(build)
  // fast-check makes objects without a prototype; models come from JSON.
  .map((model) => structuredClone(model))
  .filter(isReachable);

type Parts = {
  type: ModelType;
  labels: Record<string, string>;
  families: readonly IPFamily[];
  requested: boolean;
  external: boolean;
  nodeLocal: boolean;
  sessionAffinity: number | null;
  distribution: ServiceModel['distribution'];
  seeds: Seed[];
  groups: [GroupModel, GroupModel];
  origin: 'v1' | 'v3';
  allocated: boolean;
};

const ipOf = (family: IPFamily): string => (family === 'IPv4' ? '10.0.0.7' : 'fd00::7');

function build(parts: Parts): ServiceModel {
  const { type } = parts;
  const alias = type === 'ExternalName';
  const ranged = type !== 'Headless' && !alias;
  const externalIPs = parts.external && !alias && parts.seeds.length > 0 ? ['198.51.100.7'] : [];
  const ports = alias || parts.seeds.length === 0 ? {} : portsOf(parts, externalIPs);
  const portless = Object.keys(ports).length === 0;
  const all = portless ? { [PORTLESS]: portlessModel(alias ? '' : 'web') } : ports;
  const used = new Set(Object.values(all).map((port) => port.group));
  const groups: Record<string, GroupModel> = {};
  if (used.has('web')) groups.web = parts.groups[0];
  if (used.has('other')) groups.other = parts.groups[1];
  const isLb = type === 'LoadBalancer';
  const ips = ranged ? parts.families.map(ipOf) : [];
  const numbered = Object.entries(all).filter(([, port]) => port.nodePort !== null && parts.allocated);
  return {
    namespace: 'shop',
    name: 'web',
    origin: parts.origin,
    type,
    labels: parts.labels,
    externalName: alias ? 'db.example.com' : '',
    families: alias ? [] : parts.families,
    familyPolicy: alias ? null : parts.families.length === 1 ? 'SingleStack' : 'RequireDualStack',
    clusterIPs: parts.requested ? ips : [],
    externalIPs,
    internalDelivery: parts.nodeLocal && ranged ? 'NodeLocal' : 'Cluster',
    externalDelivery:
      parts.nodeLocal && (isLb || type === 'NodePort' || externalIPs.length > 0) ? 'NodeLocal' : 'Cluster',
    sessionAffinity: alias ? null : parts.sessionAffinity,
    loadBalancer: isLb
      ? {
          class: 'example.com/lb',
          sourceRanges: ['10.0.0.0/8'],
          allocateNodePorts: !parts.external,
          healthCheckNodePort: parts.requested && parts.nodeLocal ? 32_000 : 0,
          requestedIP: '192.0.2.7',
        }
      : defaultLoadBalancer,
    distribution: alias ? null : parts.distribution,
    ports: all,
    groups,
    status: {
      clusterIPs: parts.allocated ? ips : [],
      nodePorts: Object.fromEntries(numbered.map(([key, port], i) => [key, port.nodePort || 31_000 + i])),
      healthCheckNodePort: isLb && parts.nodeLocal && parts.allocated ? 32_000 : 0,
      ingress: isLb && parts.allocated ? [{ ip: '192.0.2.8', ipMode: 'VIP' as const }] : [],
      conditions: parts.allocated
        ? [
            {
              type: 'LoadBalancerPortsError',
              status: 'True' as const,
              reason: 'LoadBalancerMixedProtocolNotSupported',
              message: 'no',
              lastTransitionTime: '2026-01-02T03:04:05Z',
              observedGeneration: -1,
            },
          ]
        : [],
    },
  };
}

const portlessModel = (group: string): PortModel => ({
  portName: '',
  port: null,
  endPort: null,
  protocol: 'TCP',
  appProtocol: null,
  targetPort: null,
  group,
  nodePort: null,
  without: [],
});

function portsOf(parts: Parts, externalIPs: readonly string[]): Record<string, PortModel> {
  const ports: Record<string, PortModel> = {};
  for (const [i, s] of parts.seeds.entries()) {
    const isNode = parts.type === 'NodePort' || parts.type === 'LoadBalancer';
    const possible: Door[] = [
      ...(parts.type === 'Headless' ? [] : ['ClusterIP' as const]),
      ...(externalIPs.length > 0 ? ['ExternalIP' as const] : []),
      ...(parts.type === 'LoadBalancer' ? ['LoadBalancer' as const] : []),
    ];
    const key = portKey(s.portName, s.port, s.protocol);
    if (ports[key] !== undefined) continue;
    ports[key] = {
      portName: s.portName,
      port: s.port,
      endPort: s.span === 0 ? null : s.port + s.span,
      protocol: s.protocol,
      appProtocol: s.appProtocol,
      targetPort: s.span > 0 ? Math.min(s.port, 60_000) : s.targetPort,
      group: s.group === 1 && i > 0 ? 'other' : 'web',
      nodePort: isNode ? s.nodePort : null,
      // The first port has every door, so that type and external IPs can be seen.
      without: i === 0 ? [] : possible.filter((door) => s.withhold.includes(door)).sort(),
    };
  }
  return ports;
}

/** Every port has a door, and the type shows on one of them. */
function isReachable(model: ServiceModel): boolean {
  const doors = Object.values(model.ports).map((port) => doorsOf(model, port));
  const shown: Door = model.type;
  return doors.every((d) => d.length > 0) && doors.some((d) => d.includes(shown));
}
