/**
 * The model in the middle of the mirror: one frontend with everything v1 or v3 can say about it, canonical
 * (one spelling per value) and fully defaulted (every field present). Values are plain JSON, so that a model
 * can be kept in a ServiceMirror's base.
 *
 * Each independent fact is one leaf (`leaves.ts`). What a type implies is not a leaf: the doors of a port
 * follow from `type`, `externalIPs` and `nodePort`; only exceptions (`without`) are said.
 */
import type {
  IntOrString,
  IPFamily,
  IPFamilyPolicy,
  LoadBalancerIngress,
  Protocol,
} from '../../api/core/types.ts';
import type { ConditionStatus, LabelSelectorRequirement } from '../../api/meta/types.ts';
import type {
  Delivery,
  PublishPolicy,
  ServicePortType,
  WhenUnmatched,
} from '../../api/services/v3alpha1/types.ts';

/** v1's types, with ClusterIP and its headless form told apart as v3 does. */
export type ModelType = 'ClusterIP' | 'Headless' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

/** One way in; each is a ServicePort of that type in v3. */
export type Door = ServicePortType;

/** The side that came first. */
export type Origin = 'v1' | 'v3';

/**
 * What a port is called within one model: its name; without a name `<port>/<protocol>` (which no name can
 * be); '' where there is no port at all (headless without ports, ExternalName).
 */
export type PortKey = string;

/** The key of the entry that stands for "no port". */
export const PORTLESS: PortKey = '';

/** Whose endpoints a group has. */
export type SelectorModel =
  /** v1 without a selector: endpoints come from EndpointSlices that somebody else writes. */
  | { readonly kind: 'manual' }
  /** v3 without a selector: an empty group. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'labels';
      readonly matchLabels: Readonly<Record<string, string>>;
      readonly matchExpressions: readonly LabelSelectorRequirement[];
    };

export interface GroupModel {
  readonly selector: SelectorModel;
  readonly network: string;
  /** Preference order; empty: whatever the endpoints have. */
  readonly addressFamilies: readonly IPFamily[];
  readonly publish: PublishPolicy;
  readonly readinessGates: readonly string[];
  /** Seconds; null: gates hold for ever. */
  readonly gateTimeoutSeconds: number | null;
}

export interface PortModel {
  /** '': unnamed. */
  readonly portName: string;
  /** 1 to 65535; null only for the portless entry. */
  readonly port: number | null;
  /** Last port of a range; null: a single port. */
  readonly endPort: number | null;
  readonly protocol: Protocol;
  readonly appProtocol: string | null;
  readonly targetPort: IntOrString | null;
  /** Name of the ServiceGroup; '' for ExternalName, which has none. */
  readonly group: string;
  /** The node port asked for; 0: any; null: no node port. */
  readonly nodePort: number | null;
  /** Doors that type and externalIPs would give this port and that it does not have. Sorted. */
  readonly without: readonly Door[];
}

export interface LoadBalancerModel {
  /** '': the cluster's default. */
  readonly class: string;
  /** Canonical CIDRs; empty: everyone. */
  readonly sourceRanges: readonly string[];
  readonly allocateNodePorts: boolean;
  /** The port asked for; 0: any. */
  readonly healthCheckNodePort: number;
  /** Free text; '': none. */
  readonly requestedIP: string;
}

/** A producer's preference, nearest first. */
export interface DistributionModel {
  readonly tiers: readonly { readonly topologyKey: string; readonly minEndpoints: number }[];
  readonly whenUnmatched: WhenUnmatched;
}

/** A condition of the v1 Service; `type` without our prefix. */
export interface StatusConditionModel {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; '': v1 has none. */
  readonly lastTransitionTime: string;
  /** -1: v1 has none. */
  readonly observedGeneration: number;
}

/** What v1 allocated and reported; flows from v1 to v3 only. */
export interface StatusModel {
  readonly clusterIPs: readonly string[];
  readonly nodePorts: Readonly<Record<PortKey, number>>;
  /** 0: none. */
  readonly healthCheckNodePort: number;
  readonly ingress: readonly LoadBalancerIngress[];
  readonly conditions: readonly StatusConditionModel[];
}

export interface ServiceModel {
  readonly namespace: string;
  /** Of the v1 Service, and of the frontend. */
  readonly name: string;
  readonly origin: Origin;

  readonly type: ModelType;
  /** Without those under services.x-k8s.io/. */
  readonly labels: Readonly<Record<string, string>>;
  /** '' unless type is ExternalName. */
  readonly externalName: string;
  readonly families: readonly IPFamily[];
  readonly familyPolicy: IPFamilyPolicy | null;
  /** Cluster IPs that somebody asked for; allocated ones are in status. */
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly internalDelivery: Delivery;
  readonly externalDelivery: Delivery;
  /** Seconds of client IP affinity; null: none. */
  readonly sessionAffinity: number | null;
  readonly loadBalancer: LoadBalancerModel;
  readonly distribution: DistributionModel | null;
  readonly ports: Readonly<Record<PortKey, PortModel>>;
  /** By name of the ServiceGroup. */
  readonly groups: Readonly<Record<string, GroupModel>>;
  readonly status: StatusModel;
}

export const defaultLoadBalancer: LoadBalancerModel = {
  class: '',
  sourceRanges: [],
  allocateNodePorts: true,
  healthCheckNodePort: 0,
  requestedIP: '',
};

/** `80/TCP`: what an unnamed port is known by. */
export const portKey = (name: string, port: number | null, protocol: Protocol): PortKey =>
  name !== '' ? name : port === null ? PORTLESS : `${port}/${protocol}`;

/** What `type` alone gives every port, beside node ports (`PortModel.nodePort`) and external IPs. */
const doorsOfType: Readonly<Record<ModelType, readonly Door[]>> = {
  ClusterIP: ['ClusterIP'],
  Headless: ['Headless'],
  NodePort: ['ClusterIP'],
  LoadBalancer: ['ClusterIP', 'LoadBalancer'],
  ExternalName: ['ExternalName'],
};

/** The doors a port has if nothing is withheld, node port aside. */
export function impliedDoors(
  model: Pick<ServiceModel, 'type' | 'externalIPs'>,
  port: Pick<PortModel, 'port'>,
): readonly Door[] {
  const external = model.externalIPs.length > 0 && port.port !== null;
  return external ? [...doorsOfType[model.type], 'ExternalIP'] : doorsOfType[model.type];
}

/** The doors a port has, in the order in which their objects are listed. */
export function doorsOf(model: ServiceModel, port: PortModel): readonly Door[] {
  const implied = impliedDoors(model, port).filter((door) => !port.without.includes(door));
  const nodePort = port.nodePort !== null && (model.type === 'NodePort' || model.type === 'LoadBalancer');
  return nodePort ? [...implied, 'NodePort'] : implied;
}

/** Ports in one fixed order: by number, protocol, then name. v1's own order is kept in the stash. */
export function portEntries(model: Pick<ServiceModel, 'ports'>): [PortKey, PortModel][] {
  return Object.entries(model.ports).sort(
    ([aKey, a], [bKey, b]) =>
      (a.port ?? 0) - (b.port ?? 0) || compareText(a.protocol, b.protocol) || compareText(aKey, bKey),
  );
}

/** The group that carries the frontend's labels: the one of its name, else the first port's; '' for none. */
export function mainGroup(model: Pick<ServiceModel, 'name' | 'ports' | 'groups'>): string {
  if (model.groups[model.name] !== undefined) return model.name;
  return portEntries(model)[0]?.[1].group ?? '';
}

/** Order by code unit, the same on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
