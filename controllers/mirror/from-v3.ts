/**
 * v3 objects → model, and the names that say which object carries what.
 *
 * Doors of one port are those with its portName (without one: its number and protocol) that agree on
 * everything beside the door. One that differs is a port of its own, known by its object's name: nothing that
 * v3 says is folded away. Settings of the whole frontend may stand on any of its ports; the oldest port that
 * has one is in effect (`api.md`).
 */
import { isDeepStrictEqual } from 'node:util';
import {
  FRONTEND_LABEL,
  ORIGIN_LABEL,
  RESERVED_LABEL_PREFIX,
  SERVICE_NAME_LABEL,
} from '../../api/services/v3alpha1/group.ts';
import type {
  ServiceGroup,
  ServicePort,
  ServicePortSpec,
  TopologyPolicy,
} from '../../api/services/v3alpha1/types.ts';
import { conditionModel, V1_CONDITION_PREFIX } from './conditions.ts';
import {
  compareText,
  type DistributionModel,
  type Door,
  defaultLoadBalancer,
  type GroupModel,
  impliedDoors,
  type LoadBalancerModel,
  type ModelType,
  mainGroup,
  type Origin,
  type PortKey,
  type PortModel,
  portKey,
  type SelectorModel,
  type ServiceModel,
  type StatusModel,
} from './model.ts';
import {
  type Carrier,
  doorCarrier,
  groupCarrier,
  type Names,
  type ObjectKind,
  type ObjectName,
} from './names.ts';
import { conditionDoor, type V3Objects } from './to-v3.ts';

/** One port of the model with the objects of its doors. */
interface PortEntry {
  readonly key: PortKey;
  readonly model: PortModel;
  readonly doors: ReadonlyMap<Door, ServicePort>;
}

/** @param objects of one frontend; groups may hold more than its ports refer to, they are left out */
export function fromV3(
  identity: Pick<ServiceModel, 'namespace' | 'name'>,
  objects: V3Objects,
): { model: ServiceModel; names: Names } {
  const ports = objects.ports.filter((port) => port.spec.frontend === identity.name).sort(byAge);
  const doors = new Set(ports.map((port) => port.spec.type));
  const type = widest(doors);
  const externalIPs = first(ports, (spec) => spec.externalIP?.addresses) ?? [];
  const entries = portEntriesOf(ports).map((entry) => withExceptions(entry, { type, externalIPs }));
  const used = new Set(entries.map((entry) => entry.model.group));
  const groups = objects.groups.filter((group) => used.has(group.metadata.name ?? ''));
  const policy = objects.policies[0];
  const partial = {
    ...identity,
    origin: originOf([...groups, ...ports]),
    type,
    externalIPs,
    ports: Object.fromEntries(entries.map((entry) => [entry.key, entry.model])),
    groups: Object.fromEntries(
      groups.map((group) => [group.metadata.name ?? '', groupModel(identity.name, group)]),
    ),
  };
  const main = groups.find((group) => group.metadata.name === mainGroup(partial));
  const model: ServiceModel = {
    ...partial,
    ...frontendFacts(ports),
    labels: unreserved((main ?? ports.find((port) => port.spec.type === 'ExternalName'))?.metadata.labels),
    distribution: policy === undefined ? null : distributionModel(policy),
    status: statusModel(entries, conditionDoor({ type })),
  };
  return { model, names: namesOf(entries, groups, policy) };
}

const byAge = (a: ServicePort, b: ServicePort): number =>
  compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
  compareText(a.metadata.name ?? '', b.metadata.name ?? '');

/** The value on the oldest port that has one. */
function first<T>(
  ports: readonly ServicePort[],
  pick: (spec: ServicePortSpec) => T | undefined,
): T | undefined {
  for (const port of ports) {
    const value = pick(port.spec);
    if (value !== undefined) return value;
  }
  return undefined;
}

function widest(doors: ReadonlySet<Door>): ModelType {
  const byWidth: readonly (Door & ModelType)[] = [
    'LoadBalancer',
    'NodePort',
    'ClusterIP',
    'Headless',
    'ExternalName',
  ];
  return byWidth.find((door) => doors.has(door)) ?? 'ClusterIP';
}

function originOf(objects: readonly (ServiceGroup | ServicePort)[]): Origin {
  const label = objects.find((o) => o.metadata.labels?.[FRONTEND_LABEL] !== undefined)?.metadata.labels?.[
    ORIGIN_LABEL
  ];
  return label === 'v1' ? 'v1' : 'v3';
}

const unreserved = (labels: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(RESERVED_LABEL_PREFIX)));

function frontendFacts(ports: readonly ServicePort[]) {
  const outer = ports.filter(({ spec }) => ['NodePort', 'LoadBalancer', 'ExternalIP'].includes(spec.type));
  const inner = ports.filter(({ spec }) => spec.type === 'ClusterIP');
  return {
    externalName: first(ports, (spec) => spec.externalName?.host) ?? '',
    families: first(ports, (spec) => spec.families) ?? [],
    familyPolicy: first(ports, (spec) => spec.familyPolicy) ?? null,
    clusterIPs: first(ports, (spec) => spec.clusterIP?.addresses) ?? [],
    internalDelivery: first(inner, (spec) => spec.delivery) ?? ('Cluster' as const),
    externalDelivery: first(outer, (spec) => spec.delivery) ?? ('Cluster' as const),
    sessionAffinity: first(ports, (spec) => spec.sessionAffinity?.clientIP?.timeoutSeconds) ?? null,
    loadBalancer: loadBalancerModel(ports),
  };
}

/** Each field for itself: one port may name the class, another the ranges. */
function loadBalancerModel(ports: readonly ServicePort[]): LoadBalancerModel {
  const pick = <K extends keyof NonNullable<ServicePortSpec['loadBalancer']>>(field: K) =>
    first(ports, (spec) => spec.loadBalancer?.[field]);
  return {
    class: pick('class') ?? defaultLoadBalancer.class,
    sourceRanges: pick('sourceRanges') ?? defaultLoadBalancer.sourceRanges,
    allocateNodePorts: pick('allocateNodePorts') ?? defaultLoadBalancer.allocateNodePorts,
    healthCheckNodePort: pick('healthCheckNodePort') ?? defaultLoadBalancer.healthCheckNodePort,
    requestedIP: pick('requestedIP') ?? defaultLoadBalancer.requestedIP,
  };
}

/** What the doors of one port agree on. */
function sharedFacts({ spec }: ServicePort): PortModel {
  return {
    portName: spec.portName ?? '',
    port: spec.port ?? null,
    endPort: spec.endPort ?? null,
    protocol: spec.protocol,
    appProtocol: spec.appProtocol ?? null,
    targetPort: spec.targetPort ?? spec.port ?? null,
    group: spec.groupRef?.name ?? '',
    nodePort: null,
    without: [],
  };
}

const doorOrder: readonly Door[] = [
  'ClusterIP',
  'Headless',
  'ExternalName',
  'NodePort',
  'LoadBalancer',
  'ExternalIP',
];

function portEntriesOf(ports: readonly ServicePort[]): PortEntry[] {
  const entries = new Map<PortKey, { key: PortKey; model: PortModel; doors: Map<Door, ServicePort> }>();
  const ordered = [...ports].sort(
    (a, b) => doorOrder.indexOf(a.spec.type) - doorOrder.indexOf(b.spec.type) || byAge(a, b),
  );
  for (const port of ordered) {
    const model = sharedFacts(port);
    const shared = portKey(model.portName, model.port, model.protocol);
    const entry = entries.get(shared);
    const joins =
      entry !== undefined && !entry.doors.has(port.spec.type) && isDeepStrictEqual(entry.model, model);
    if (joins) entry.doors.set(port.spec.type, port);
    else {
      const key = entry === undefined ? shared : `${shared}@${port.metadata.name ?? ''}`;
      entries.set(key, { key, model, doors: new Map([[port.spec.type, port]]) });
    }
  }
  return [...entries.values()];
}

function withExceptions(entry: PortEntry, frontend: Pick<ServiceModel, 'type' | 'externalIPs'>): PortEntry {
  const nodePort = entry.doors.get('NodePort');
  return {
    ...entry,
    model: {
      ...entry.model,
      nodePort: nodePort === undefined ? null : (nodePort.spec.nodePort?.port ?? 0),
      without: impliedDoors(frontend, entry.model)
        .filter((door) => !entry.doors.has(door))
        .sort(compareText),
    },
  };
}

function groupModel(service: string, { spec }: ServiceGroup): GroupModel {
  return {
    selector: selectorModel(service, spec.selector),
    network: spec.network,
    addressFamilies: spec.addressFamilies ?? [],
    publish: spec.publish,
    readinessGates: (spec.readinessGates ?? []).map((gate) => gate.conditionType),
    gateTimeoutSeconds: spec.gateTimeoutSeconds ?? null,
  };
}

function selectorModel(service: string, selector: ServiceGroup['spec']['selector']): SelectorModel {
  if (selector === undefined) return { kind: 'nothing' };
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const manual =
    isDeepStrictEqual(matchLabels, { [SERVICE_NAME_LABEL]: service }) && matchExpressions.length === 0;
  return manual ? { kind: 'manual' } : { kind: 'labels', matchLabels, matchExpressions };
}

const distributionModel = ({ spec }: TopologyPolicy): DistributionModel => ({
  tiers: (spec.tiers ?? []).map(({ topologyKey, minEndpoints }) => ({ topologyKey, minEndpoints })),
  whenUnmatched: spec.whenUnmatched,
});

function statusModel(entries: readonly PortEntry[], conditionsOn: Door): StatusModel {
  const ports = (door: Door): ServicePort[] =>
    entries.flatMap((entry) => entry.doors.get(door) ?? []).sort(byAge);
  const status = <T>(
    door: Door,
    pick: (status: NonNullable<ServicePort['status']>) => T | undefined,
  ): T | undefined =>
    ports(door)
      .map((port) => (port.status === undefined ? undefined : pick(port.status)))
      .find((value) => value !== undefined);
  const conditions = (status(conditionsOn, (s) => s.conditions) ?? [])
    .filter((c) => c.type.startsWith(V1_CONDITION_PREFIX))
    .flatMap((c) => conditionModel({ ...c, type: c.type.slice(V1_CONDITION_PREFIX.length) }) ?? []);
  return {
    clusterIPs: (status('ClusterIP', (s) => s.addresses) ?? []).flatMap((address) => address.ip ?? []),
    nodePorts: Object.fromEntries(
      entries.flatMap((entry) => {
        const number = entry.doors.get('NodePort')?.status?.nodePort;
        return number === undefined ? [] : [[entry.key, number] as const];
      }),
    ),
    healthCheckNodePort: status('LoadBalancer', (s) => s.healthCheckNodePort) ?? 0,
    ingress: status('LoadBalancer', (s) => s.addresses) ?? [],
    conditions,
  };
}

function namesOf(
  entries: readonly PortEntry[],
  groups: readonly ServiceGroup[],
  policy: TopologyPolicy | undefined,
): Names {
  const name = (kind: ObjectKind, { metadata }: ServiceGroup | ServicePort | TopologyPolicy): ObjectName => ({
    kind,
    name: metadata.name ?? '',
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  });
  const names: Partial<Record<Carrier, ObjectName>> = {};
  for (const group of groups) names[groupCarrier(group.metadata.name ?? '')] = name('ServiceGroup', group);
  for (const entry of entries) {
    for (const [door, port] of entry.doors) names[doorCarrier(entry.key, door)] = name('ServicePort', port);
  }
  if (policy !== undefined) names.distribution = name('TopologyPolicy', policy);
  return names;
}
