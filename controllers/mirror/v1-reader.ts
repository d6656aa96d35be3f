/** What a v1 Service says, as a model: values in canonical form, and nothing that v3 has no home for. */
import type { LoadBalancerIngress, V1Service, V1ServicePort, V1ServiceSpec } from '../../api/core/types.ts';
import { canonicalCidr, canonicalIp } from '../../api/meta/ip.ts';
import {
  DEFAULT_NETWORK,
  RESERVED_LABEL_PREFIX,
  SERVICE_NAME_LABEL,
} from '../../api/services/v3alpha1/group.ts';
import type { Delivery } from '../../api/services/v3alpha1/types.ts';
import { conditionModel } from './conditions.ts';
import { distributionOf } from './distribution.ts';
import {
  defaultLoadBalancer,
  type GroupModel,
  type LoadBalancerModel,
  type ModelType,
  mainGroup,
  type Origin,
  PORTLESS,
  type PortKey,
  type PortModel,
  type SelectorModel,
  type ServiceModel,
  type StatusModel,
} from './model.ts';
import { clusterIPsRequested, healthCheckRequested, nodePortRequested } from './requested.ts';
import { homes, keyOfPort } from './stash.ts';

/**
 * The model of what v1 says, without stash and base.
 * @param last names the group that carries the Service's selector; the Service's own name otherwise
 */
export function readV1(service: V1Service, last?: ServiceModel): ServiceModel {
  const spec = service.spec ?? {};
  const type = typeOf(spec);
  const name = service.metadata.name ?? '';
  const group = (last === undefined ? '' : mainGroup(last)) || name;
  const home = (field: keyof V1ServiceSpec): boolean => homes[field](type, service);
  const when = <T>(field: keyof V1ServiceSpec, value: T | undefined, otherwise: T): T =>
    home(field) ? (value ?? otherwise) : otherwise;
  const externalIPs = when('externalIPs', spec.externalIPs, []);
  return {
    namespace: service.metadata.namespace ?? '',
    name,
    origin: last?.origin ?? ('v1' satisfies Origin),
    type,
    labels: mirroredLabels(service),
    externalName: when('externalName', spec.externalName, ''),
    families: when('ipFamilies', spec.ipFamilies, []),
    familyPolicy: when('ipFamilyPolicy', spec.ipFamilyPolicy, null),
    clusterIPs: clusterIPsRequested(service) ? addresses(spec) : [],
    externalIPs: canonicalList(externalIPs, sloppyIp),
    internalDelivery: when('internalTrafficPolicy', delivery(spec.internalTrafficPolicy), 'Cluster'),
    externalDelivery: when('externalTrafficPolicy', delivery(spec.externalTrafficPolicy), 'Cluster'),
    sessionAffinity:
      home('sessionAffinity') && spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? null)
        : null,
    loadBalancer: type === 'LoadBalancer' ? loadBalancerModel(service, spec) : defaultLoadBalancer,
    distribution: when('trafficDistribution', distributionOf(spec.trafficDistribution), null),
    ports: portModels(service, type, group),
    groups: type === 'ExternalName' ? {} : { [group]: groupModel(service, spec) },
    status: statusModel(service, spec, type),
  };
}

const typeOf = (spec: V1ServiceSpec): ModelType =>
  (spec.type ?? 'ClusterIP') === 'ClusterIP' && (spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None')
    ? 'Headless'
    : (spec.type ?? 'ClusterIP');

const delivery = (policy: 'Cluster' | 'Local' | undefined): Delivery =>
  policy === 'Local' ? 'NodeLocal' : 'Cluster';

const mirroredLabels = (service: V1Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service.metadata.labels ?? {}).filter(([key]) => !key.startsWith(RESERVED_LABEL_PREFIX)),
  );

/** Cluster IPs in effect; none where headless or not allocated. */
function addresses(spec: V1ServiceSpec): string[] {
  const given = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return spec.type === 'ExternalName' ? [] : canonicalList(given, sloppyIp);
}

/** v1 tolerates leading zeros, mapped addresses, host bits in a range and spaces around it. */
const sloppyIp = (text: string): string | undefined => canonicalIp(text, { sloppy: true });
const sloppyCidr = (text: string): string | undefined => canonicalCidr(text.trim(), { sloppy: true });

/** Values that have no canonical form stay v1's (in the stash) and are named in `lossy`. */
const canonicalList = (
  values: readonly string[],
  canonical: (text: string) => string | undefined,
): string[] => [...new Set(values.flatMap((value) => canonical(value) ?? []))];

function loadBalancerModel(service: V1Service, spec: V1ServiceSpec): LoadBalancerModel {
  return {
    class: spec.loadBalancerClass ?? '',
    sourceRanges: canonicalList(spec.loadBalancerSourceRanges ?? [], sloppyCidr),
    allocateNodePorts: spec.allocateLoadBalancerNodePorts ?? true,
    healthCheckNodePort: healthCheckRequested(service) ? (spec.healthCheckNodePort ?? 0) : 0,
    requestedIP: spec.loadBalancerIP ?? '',
  };
}

function groupModel(service: V1Service, spec: V1ServiceSpec): GroupModel {
  return {
    selector: selectorModel(service.metadata.name ?? '', spec.selector),
    network: DEFAULT_NETWORK,
    addressFamilies: spec.ipFamilies ?? [],
    publish: spec.publishNotReadyAddresses === true ? 'All' : 'Ready',
    readinessGates: [],
    gateTimeoutSeconds: null,
  };
}

/** A selector that is nothing but our label for "no selector" cannot be told from it in v3. */
function selectorModel(name: string, selector: Record<string, string> | undefined): SelectorModel {
  const entries = Object.entries(selector ?? {});
  const [first] = entries;
  const ours = entries.length === 1 && first?.[0] === SERVICE_NAME_LABEL && first[1] === name;
  if (entries.length === 0 || ours) return { kind: 'manual' };
  return { kind: 'labels', matchLabels: { ...selector }, matchExpressions: [] };
}

function portModels(service: V1Service, type: ModelType, group: string): Record<PortKey, PortModel> {
  const ports = service.spec?.ports ?? [];
  if (type === 'ExternalName') return { [PORTLESS]: portless('') };
  if (ports.length === 0) return { [PORTLESS]: portless(group) };
  return Object.fromEntries(
    ports.map((port): [PortKey, PortModel] => [
      keyOfPort(port),
      {
        portName: port.name ?? '',
        port: port.port,
        endPort: null,
        protocol: port.protocol ?? 'TCP',
        appProtocol: port.appProtocol ?? null,
        targetPort: port.targetPort ?? port.port,
        group,
        nodePort: nodePortModel(service, type, port),
        without: [],
      },
    ]),
  );
}

const portless = (group: string): PortModel => ({
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

/** A port that has no number yet gets one from v1, unless node ports are switched off. */
function nodePortModel(service: V1Service, type: ModelType, port: V1ServicePort): number | null {
  if (type !== 'NodePort' && type !== 'LoadBalancer') return null;
  const number = port.nodePort ?? 0;
  if (number > 0) return nodePortRequested(service, port) ? number : 0;
  return type === 'NodePort' || service.spec?.allocateLoadBalancerNodePorts !== false ? 0 : null;
}

function statusModel(service: V1Service, spec: V1ServiceSpec, type: ModelType): StatusModel {
  const ports = type === 'NodePort' || type === 'LoadBalancer' ? (spec.ports ?? []) : [];
  const numbers = ports.flatMap((p) =>
    (p.nodePort ?? 0) > 0 ? [[keyOfPort(p), p.nodePort ?? 0] as const] : [],
  );
  const ingress = type === 'LoadBalancer' ? (service.status?.loadBalancer?.ingress ?? []) : [];
  return {
    clusterIPs: addresses(spec),
    nodePorts: Object.fromEntries(numbers),
    healthCheckNodePort: type === 'LoadBalancer' ? (spec.healthCheckNodePort ?? 0) : 0,
    ingress: ingress.flatMap((entry) => ingressModel(entry) ?? []),
    conditions: (service.status?.conditions ?? []).flatMap((c) => conditionModel(c) ?? []),
  };
}

const MAX_PORT = 65_535;

/** Ports of an ingress are not validated by v1; those that are no ports have no place in v3. */
function ingressModel(entry: LoadBalancerIngress): LoadBalancerIngress | undefined {
  const ip = entry.ip === undefined ? undefined : sloppyIp(entry.ip);
  const hostname = entry.hostname === '' ? undefined : entry.hostname;
  if (ip === undefined && hostname === undefined) return undefined;
  const ports = (entry.ports ?? [])
    .filter((p) => p.port >= 0 && p.port <= MAX_PORT && ['TCP', 'UDP', 'SCTP'].includes(p.protocol))
    .map((p) => ({
      port: p.port,
      protocol: p.protocol,
      ...(p.error === undefined ? {} : { error: p.error }),
    }));
  return {
    ...(ip === undefined ? {} : { ip }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(entry.ipMode === undefined ? {} : { ipMode: entry.ipMode }),
    ...(ports.length === 0 ? {} : { ports }),
  };
}
