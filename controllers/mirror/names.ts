/**
 * Which v3 object carries what. Objects keep the names they have; new ones get canonical names. A dot can
 * occur in neither a Service's nor a port's name, so no two canonical names are equal.
 */
import type { LeafPath } from './leaves.ts';
import {
  type Door,
  doorsOf,
  mainGroup,
  type PortKey,
  type PortModel,
  portEntries,
  type ServiceModel,
} from './model.ts';

export type ObjectKind = 'ServiceGroup' | 'ServicePort' | 'TopologyPolicy';

export interface ObjectName {
  readonly kind: ObjectKind;
  readonly name: string;
  /** Absent until the object has been created. */
  readonly uid?: string;
}

/** A part of the model that one object carries: a port's door, a group, the producer's preference. */
export type Carrier = `ports[${string}].doors.${Door}` | `groups[${string}]` | 'distribution';

/**
 * As kept in ServiceMirror.status.objects. One entry an object, not one a leaf: every leaf of a port is
 * carried by each of its doors (`carriersOf`), and 100 ports would repeat each name a dozen times.
 */
export type Names = Readonly<Partial<Record<Carrier, ObjectName>>>;

const suffixOfDoor: Readonly<Record<Door, string>> = {
  ClusterIP: '',
  Headless: '',
  ExternalName: '',
  NodePort: '.nodeport',
  LoadBalancer: '.lb',
  ExternalIP: '.extip',
};

/** `<svc>.<portName>` and `.nodeport`, `.lb`, `.extip`; unnamed `<svc>.<port>-<protocol>`; portless `<svc>`. */
export function canonicalPortName(service: string, port: PortModel, door: Door): string {
  return `${service}${portSegment(port)}${suffixOfDoor[door]}`;
}

function portSegment(port: PortModel): string {
  if (port.portName !== '') return `.${port.portName}`;
  return port.port === null ? '' : `.${unnamedPortName(port.port, port.protocol)}`;
}

/** What an unnamed port is called where it needs a name. */
export const unnamedPortName = (port: number, protocol: string): string =>
  `${port}-${protocol.toLowerCase()}`;

export const doorCarrier = (key: PortKey, door: Door): Carrier => `ports[${key}].doors.${door}`;
export const groupCarrier = (group: string): Carrier => `groups[${group}]`;

/** The doors that a leaf of the whole frontend is written on; a leaf not named here is on all of them. */
const doorsOfLeaf: Readonly<Partial<Record<LeafPath, readonly Door[]>>> = {
  externalName: ['ExternalName'],
  clusterIPs: ['ClusterIP'],
  externalIPs: ['ExternalIP'],
  internalDelivery: ['ClusterIP'],
  externalDelivery: ['NodePort', 'LoadBalancer', 'ExternalIP'],
  families: ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer'],
  familyPolicy: ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer'],
  'status.clusterIPs': ['ClusterIP'],
  'status.ingress': ['LoadBalancer'],
  'status.healthCheckNodePort': ['LoadBalancer'],
};

/** What carries a leaf; `names` says which objects these are. */
export function carriersOf(model: ServiceModel, leaf: LeafPath): Carrier[] {
  if (leaf === 'distribution') return model.distribution === null ? [] : ['distribution'];
  const main = mainGroup(model);
  if (leaf === 'labels' && main !== '') return [groupCarrier(main)];
  const keyed = /^(.*)\[(.*)\]/.exec(leaf);
  if (keyed?.[1] === 'groups') return [groupCarrier(keyed[2] ?? '')];
  const doors: readonly Door[] | undefined =
    keyed?.[1] === 'status.nodePorts'
      ? ['NodePort']
      : leaf.startsWith('loadBalancer.')
        ? ['LoadBalancer']
        : doorsOfLeaf[leaf];
  return portEntries(model)
    .filter(([key]) => keyed === null || key === keyed[2])
    .flatMap(([key, port]) =>
      doorsOf(model, port)
        .filter((door) => doors === undefined || doors.includes(door))
        .map((door) => doorCarrier(key, door)),
    );
}
