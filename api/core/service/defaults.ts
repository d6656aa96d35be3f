/**
 * How core fills a v1 Service that leaves things out: static defaults, values kept from before on update, and
 * dependents wiped when the type changes. Pure. Source: kubernetes `pkg/apis/core/v1/defaults.go`
 * (SetDefaults_Service) and `pkg/registry/core/service/{strategy,storage/storage}.go`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1Service, V1ServicePort, V1ServiceSpec } from '../types.ts';

/** Seconds; the affinity timeout of a Service that asks for ClientIP and names none. */
export const AFFINITY_TIMEOUT_DEFAULT_SECONDS = 10_800;

export const needsClusterIP = (spec: V1ServiceSpec): boolean => spec.type !== 'ExternalName';
export const needsNodePort = (spec: V1ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
export const needsHealthCheckNodePort = (spec: V1ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
export const externallyAccessible = (spec: V1ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' ||
  spec.type === 'NodePort' ||
  (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
export const isHeadless = (spec: V1ServiceSpec): boolean =>
  spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

/** Static defaults, and what the wire form drops because it is empty. Changes the object. */
export function defaultService(service: V1Service): void {
  const spec = service.spec ?? {};
  service.spec = spec;
  dropEmpty(spec);
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_TIMEOUT_DEFAULT_SECONDS } };
  }
  for (const port of spec.ports ?? []) defaultPort(port);
  if (externallyAccessible(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'ExternalName') delete spec.internalTrafficPolicy;
  else spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) {
    if (ingress.ip !== undefined && ingress.ip !== '') ingress.ipMode ??= 'VIP';
  }
}

function defaultPort(port: V1ServicePort): void {
  if (port.name === '') delete port.name;
  if (port.nodePort === 0) delete port.nodePort;
  port.protocol ??= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
    port.targetPort = port.port;
}

/** Go's `omitempty`: these come back absent however they were written. */
function dropEmpty(spec: V1ServiceSpec): void {
  if (spec.selector !== undefined && Object.keys(spec.selector).length === 0) delete spec.selector;
  if (spec.clusterIP === '') delete spec.clusterIP;
  if (spec.externalName === '') delete spec.externalName;
  if (spec.loadBalancerIP === '') delete spec.loadBalancerIP;
  if (spec.publishNotReadyAddresses === false) delete spec.publishNotReadyAddresses;
  if (spec.healthCheckNodePort === 0) delete spec.healthCheckNodePort;
  for (const list of [
    'ports',
    'clusterIPs',
    'externalIPs',
    'ipFamilies',
    'loadBalancerSourceRanges',
  ] as const) {
    if (spec[list]?.length === 0) delete spec[list];
  }
}

/** clusterIP and clusterIPs[0] are one fact with two spellings; whichever was given sets the other. */
export function normalizeClusterIPs(spec: V1ServiceSpec, old: V1ServiceSpec | undefined): void {
  if (old === undefined) {
    if (spec.clusterIP !== undefined && spec.clusterIPs === undefined) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if (spec.clusterIP !== old.clusterIP && isDeepStrictEqual(spec.clusterIPs, old.clusterIPs)) {
    if (spec.clusterIP === undefined) delete spec.clusterIPs;
    else if (spec.clusterIPs?.[0] === old.clusterIP) spec.clusterIPs = [spec.clusterIP];
  }
}

/** A PUT that omits what was allocated means "keep it". */
export function keepAllocated(spec: V1ServiceSpec, old: V1ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (old.clusterIP !== undefined) spec.clusterIP ??= old.clusterIP;
    if (old.clusterIPs !== undefined) spec.clusterIPs ??= [...old.clusterIPs];
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(spec.ports ?? [], old.ports ?? []);
  if (
    needsHealthCheckNodePort(old) &&
    needsHealthCheckNodePort(spec) &&
    old.healthCheckNodePort !== undefined
  ) {
    spec.healthCheckNodePort ??= old.healthCheckNodePort;
  }
}

/** By port name, unless the number is now asked for by another port. */
function keepNodePorts(ports: V1ServicePort[], old: readonly V1ServicePort[]): void {
  const before = new Map(old.map((p) => [p.name ?? '', p.nodePort]));
  const asked = new Set(ports.map((p) => p.nodePort));
  for (const port of ports) {
    const kept = before.get(port.name ?? '');
    if (port.nodePort === undefined && kept !== undefined && !asked.has(kept)) port.nodePort = kept;
  }
}

/** After a change of type: wipes dependents that no longer apply and that the user did not also change. */
export function dropTypeDependents(service: V1Service, oldService: V1Service): void {
  const spec = service.spec ?? {};
  const old = oldService.spec ?? {};
  const same = (field: keyof V1ServiceSpec): boolean => isDeepStrictEqual(spec[field], old[field]);
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    if (same('clusterIPs')) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (same('ipFamilies')) delete spec.ipFamilies;
    if (same('ipFamilyPolicy')) delete spec.ipFamilyPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(spec) && sameNodePorts(spec, old)) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckNodePort(old) && !needsHealthCheckNodePort(spec) && same('healthCheckNodePort')) {
    delete spec.healthCheckNodePort;
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (same('allocateLoadBalancerNodePorts')) delete spec.allocateLoadBalancerNodePorts;
    if (same('loadBalancerClass')) delete spec.loadBalancerClass;
  }
  if (externallyAccessible(old) && !externallyAccessible(spec) && same('externalTrafficPolicy')) {
    delete spec.externalTrafficPolicy;
  }
  if (spec.type !== 'LoadBalancer' && service.status !== undefined) service.status.loadBalancer = {};
}

function sameNodePorts(spec: V1ServiceSpec, old: V1ServiceSpec): boolean {
  const numbers = (s: V1ServiceSpec): Set<number> =>
    new Set((s.ports ?? []).flatMap((p) => p.nodePort ?? []));
  return numbers(spec).isSubsetOf(numbers(old));
}
