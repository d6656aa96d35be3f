/**
 * What a v1 Service says and v3 has no field for, kept in ServiceMirror.spec.stash for the way back.
 *
 * It is made by comparison: whatever differs between the Service and the one written from its model alone
 * goes in, so the round trip holds for every Service, with fields that we have never heard of as well.
 * 1. `unused`: facts without a home in v3 for this type. They return as long as the type is the same.
 * 2. `spelled`: facts that v3 spells in one canonical way. v1's spelling returns as long as the canonical
 *    value is the one it was made for; null stands for absent.
 * README.md has the table of both; `homes` below is its source.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1Service, V1ServicePort, V1ServiceSpec } from '../../api/core/types.ts';
import type { OwnerReference } from '../../api/meta/types.ts';
import { RESERVED_LABEL_PREFIX } from '../../api/services/v3alpha1/group.ts';
import { type ModelType, type PortKey, portKey } from './model.ts';

export interface Spelling {
  readonly canonical: unknown;
  readonly v1: unknown;
}

export interface StashedMetadata {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly generateName?: string;
  /** Labels under services.x-k8s.io/, which v3 objects may not take from v1. */
  readonly reservedLabels?: Readonly<Record<string, string>>;
}

export interface Stash {
  /** The type for which `unused` was unused. */
  readonly type: ModelType;
  readonly metadata: StashedMetadata;
  /** By v1 path, ports by key: `spec.selector`, `spec.ports[http].newField`. */
  readonly unused: Readonly<Record<string, unknown>>;
  readonly spelled: Readonly<Record<string, Spelling>>;
  /** v1's order of ports, only where it is not the canonical one. */
  readonly portOrder: readonly PortKey[];
}

type Home = (type: ModelType, service: V1Service) => boolean;

const always: Home = () => true;
const addressable: Home = (type) => type !== 'ExternalName';
const loadBalancer: Home = (type) => type === 'LoadBalancer';
/** An ExternalIP door is a door of a port. */
const addressableWithPorts: Home = (type, service) =>
  type !== 'ExternalName' && (service.spec?.ports ?? []).length > 0;

/** For which types v3 has a home for a field of the v1 spec. A field not named here has none. */
export const homes: Readonly<Record<keyof V1ServiceSpec, Home>> = {
  type: always,
  selector: addressable,
  ports: addressable,
  clusterIP: addressable,
  clusterIPs: addressable,
  ipFamilies: addressable,
  ipFamilyPolicy: addressable,
  externalIPs: addressableWithPorts,
  sessionAffinity: addressable,
  sessionAffinityConfig: addressable,
  loadBalancerIP: loadBalancer,
  loadBalancerSourceRanges: loadBalancer,
  loadBalancerClass: loadBalancer,
  allocateLoadBalancerNodePorts: loadBalancer,
  externalName: (type) => type === 'ExternalName',
  externalTrafficPolicy: addressable,
  internalTrafficPolicy: (type) => type !== 'ExternalName' && type !== 'Headless',
  healthCheckNodePort: loadBalancer,
  publishNotReadyAddresses: addressable,
  trafficDistribution: addressable,
};

const portFields: readonly string[] = [
  'name',
  'protocol',
  'appProtocol',
  'port',
  'targetPort',
  'nodePort',
] satisfies (keyof V1ServicePort)[];

type Json = Record<string, unknown>;
const json = (value: object | undefined): Json => ({ ...value }) as Json;

export const keyOfPort = (port: V1ServicePort): PortKey =>
  portKey(port.name ?? '', port.port, port.protocol ?? 'TCP');

/**
 * @param service as v1 has it
 * @param written the same as written from its model, without a stash
 */
export function makeStash(service: V1Service, written: V1Service, type: ModelType): Stash {
  const unused: Record<string, unknown> = {};
  const spelled: Record<string, Spelling> = {};
  const compare = (path: string, v1: unknown, canonical: unknown, home: boolean): void => {
    if (isDeepStrictEqual(v1, canonical)) return;
    if (home) spelled[path] = { canonical: canonical ?? null, v1: v1 ?? null };
    else if (v1 !== undefined) unused[path] = v1;
  };
  const fields = { ...json(written.spec), ...json(service.spec) };
  for (const field of Object.keys(fields)) {
    const home = Object.hasOwn(homes, field) && homes[field as keyof V1ServiceSpec](type, service);
    if (field !== 'ports' || !home)
      compare(`spec.${field}`, json(service.spec)[field], json(written.spec)[field], home);
  }
  const portsHaveHome = homes.ports(type, service);
  if (portsHaveHome) comparePorts(service, written, compare);
  for (const field of ['loadBalancer', 'conditions'] as const) {
    compare(`status.${field}`, service.status?.[field], written.status?.[field], true);
  }
  return {
    type,
    metadata: stashMetadata(service),
    unused,
    spelled,
    portOrder: portsHaveHome ? portOrder(service, written) : [],
  };
}

function comparePorts(
  service: V1Service,
  written: V1Service,
  compare: (path: string, v1: unknown, canonical: unknown, home: boolean) => void,
): void {
  const byKey = new Map((written.spec?.ports ?? []).map((p) => [keyOfPort(p), json(p)]));
  for (const port of service.spec?.ports ?? []) {
    const key = keyOfPort(port);
    const other = byKey.get(key) ?? {};
    for (const field of Object.keys({ ...other, ...port })) {
      compare(`spec.ports[${key}].${field}`, json(port)[field], other[field], portFields.includes(field));
    }
  }
}

function portOrder(service: V1Service, written: V1Service): PortKey[] {
  const order = (service.spec?.ports ?? []).map(keyOfPort);
  return isDeepStrictEqual(order, (written.spec?.ports ?? []).map(keyOfPort)) ? [] : order;
}

function stashMetadata(service: V1Service): StashedMetadata {
  const { annotations, finalizers, ownerReferences, generateName, labels } = service.metadata;
  const reserved = Object.entries(labels ?? {}).filter(([key]) => key.startsWith(RESERVED_LABEL_PREFIX));
  return {
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined || ownerReferences.length === 0 ? {} : { ownerReferences }),
    ...(generateName === undefined || generateName === '' ? {} : { generateName }),
    ...(reserved.length === 0 ? {} : { reservedLabels: Object.fromEntries(reserved) }),
  };
}

/** The Service written from the model, with what the stash holds put back where it still applies. */
export function restore(written: V1Service, type: ModelType, stash: Stash): V1Service {
  const { reservedLabels, ...metadata } = structuredClone(stash.metadata);
  const labels = { ...written.metadata.labels, ...reservedLabels };
  const result: V1Service = {
    ...structuredClone(written),
    metadata: {
      ...written.metadata,
      ...(metadata as Omit<V1Service['metadata'], 'labels'>),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
  };
  const ports = new Map((result.spec?.ports ?? []).map((p) => [keyOfPort(p), p]));
  orderPorts(result, stash.portOrder);
  for (const [path, { canonical, v1 }] of Object.entries(stash.spelled)) {
    const place = placeOf(result, ports, path);
    if (place !== undefined && isDeepStrictEqual(place.holder[place.field] ?? null, canonical))
      put(place, v1);
  }
  if (stash.type !== type) return result;
  for (const [path, v1] of Object.entries(stash.unused)) {
    const place = placeOf(result, ports, path);
    if (place !== undefined) put(place, v1);
  }
  return result;
}

interface Place {
  readonly holder: Json;
  readonly field: string;
}

function put(place: Place, value: unknown): void {
  if (value === null) delete place.holder[place.field];
  else place.holder[place.field] = structuredClone(value);
}

/** Undefined: the port is gone. */
function placeOf(
  service: V1Service,
  ports: ReadonlyMap<PortKey, V1ServicePort>,
  path: string,
): Place | undefined {
  const ofPort = /^spec\.ports\[(.*)\]\.([^.\]]+)$/.exec(path);
  if (ofPort !== null) {
    const port = ports.get(ofPort[1] ?? '');
    return port === undefined ? undefined : { holder: port as unknown as Json, field: ofPort[2] ?? '' };
  }
  const [part, field = ''] = path.split('.');
  service.spec ??= {};
  service.status ??= {};
  return { holder: (part === 'status' ? service.status : service.spec) as Json, field };
}

function orderPorts(service: V1Service, order: readonly PortKey[]): void {
  const rank = (port: V1ServicePort): number => {
    const index = order.indexOf(keyOfPort(port));
    return index < 0 ? order.length : index;
  };
  if (order.length > 0) service.spec?.ports?.sort((a, b) => rank(a) - rank(b));
}

/** The stash of a Service that says nothing v3 could not say. */
export const emptyStash = (type: ModelType): Stash => ({
  type,
  metadata: {},
  unused: {},
  spelled: {},
  portOrder: [],
});
