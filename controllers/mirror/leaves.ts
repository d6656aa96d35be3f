/**
 * A model as a flat list of its independent facts, each under a path. Base, conflicts and merging speak in
 * these paths; `fromLeaves(leaves(m)) = m`.
 */
import type { GroupModel, LoadBalancerModel, PortModel, ServiceModel, StatusModel } from './model.ts';

/** Facts of the whole frontend. */
export const frontendLeaves = [
  'type',
  'labels',
  'externalName',
  'families',
  'familyPolicy',
  'clusterIPs',
  'externalIPs',
  'internalDelivery',
  'externalDelivery',
  'sessionAffinity',
  'distribution',
] as const satisfies readonly (keyof ServiceModel)[];

export const loadBalancerLeaves = [
  'class',
  'sourceRanges',
  'allocateNodePorts',
  'healthCheckNodePort',
  'requestedIP',
] as const satisfies readonly (keyof LoadBalancerModel)[];

export const portLeaves = [
  'portName',
  'port',
  'endPort',
  'protocol',
  'appProtocol',
  'targetPort',
  'group',
  'nodePort',
  'without',
] as const satisfies readonly (keyof PortModel)[];

export const groupLeaves = [
  'selector',
  'network',
  'addressFamilies',
  'publish',
  'readinessGates',
  'gateTimeoutSeconds',
] as const satisfies readonly (keyof GroupModel)[];

/** Flow from v1 to v3 only; `status.nodePorts` has one leaf a port. */
export const statusLeaves = [
  'clusterIPs',
  'healthCheckNodePort',
  'ingress',
  'conditions',
] as const satisfies readonly (keyof StatusModel)[];

export type LeafPath =
  | (typeof frontendLeaves)[number]
  | `loadBalancer.${(typeof loadBalancerLeaves)[number]}`
  | `ports[${string}].${(typeof portLeaves)[number]}`
  | `groups[${string}].${(typeof groupLeaves)[number]}`
  | `status.${(typeof statusLeaves)[number]}`
  | `status.nodePorts[${string}]`;

export type Leaves = Map<LeafPath, unknown>;

/** Every fact of a model under its path. */
export function leaves(model: ServiceModel): Leaves {
  const result: Leaves = new Map();
  for (const leaf of frontendLeaves) result.set(leaf, model[leaf]);
  for (const leaf of loadBalancerLeaves) result.set(`loadBalancer.${leaf}`, model.loadBalancer[leaf]);
  for (const [key, port] of Object.entries(model.ports)) {
    for (const leaf of portLeaves) result.set(`ports[${key}].${leaf}`, port[leaf]);
  }
  for (const [name, group] of Object.entries(model.groups)) {
    for (const leaf of groupLeaves) result.set(`groups[${name}].${leaf}`, group[leaf]);
  }
  for (const leaf of statusLeaves) result.set(`status.${leaf}`, model.status[leaf]);
  for (const [key, port] of Object.entries(model.status.nodePorts)) {
    result.set(`status.nodePorts[${key}]`, port);
  }
  return result;
}

type Identity = Pick<ServiceModel, 'namespace' | 'name' | 'origin'>;

/**
 * The model with these facts. Every leaf of the frontend must be there, and all leaves of each port and group
 * that has any.
 */
export function fromLeaves(identity: Identity, from: ReadonlyMap<LeafPath, unknown>): ServiceModel {
  const pick = (names: readonly string[], prefix: string): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [name, from.get(`${prefix}${name}` as LeafPath)]));
  const keyed = (list: string, names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(keysOf(from, list).map((key) => [key, pick(names, `${list}[${key}].`)]));
  const model = {
    namespace: identity.namespace,
    name: identity.name,
    origin: identity.origin,
    ...pick(frontendLeaves, ''),
    loadBalancer: pick(loadBalancerLeaves, 'loadBalancer.'),
    ports: keyed('ports', portLeaves),
    groups: keyed('groups', groupLeaves),
    status: {
      ...pick(statusLeaves, 'status.'),
      nodePorts: Object.fromEntries(
        keysOf(from, 'status.nodePorts').map((key) => [key, from.get(`status.nodePorts[${key}]`)]),
      ),
    },
  };
  // The leaf lists above are checked against the model's types; the values came out of a model.
  return model as unknown as ServiceModel;
}

/** The keys of one keyed part, in the order in which they are first met. */
function keysOf(from: ReadonlyMap<LeafPath, unknown>, list: string): string[] {
  const keys = new Set<string>();
  for (const path of from.keys()) {
    const key = path.startsWith(`${list}[`) ? path.slice(list.length + 1, path.indexOf(']')) : undefined;
    if (key !== undefined) keys.add(key);
  }
  return [...keys];
}
