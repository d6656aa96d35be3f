/**
 * What v3 must say about a v1 Service, read straight off the design's mapping table and not through the
 * mirror's own code, so that the two can disagree.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1Service, V1ServicePort } from '../../api/core/types.ts';
import type { ServiceGroup } from '../../api/services/v3alpha1/service-group/schema.ts';
import type { ServiceMirror } from '../../api/services/v3alpha1/service-mirror/schema.ts';
import type { ServicePort } from '../../api/services/v3alpha1/service-port/schema.ts';

export interface MirroredObjects {
  readonly group: ServiceGroup | undefined;
  /** Those whose frontend is the Service, by name. */
  readonly ports: ReadonlyMap<string, ServicePort>;
  readonly mirror: ServiceMirror | undefined;
}

export const isHeadlessService = (service: V1Service): boolean =>
  service.spec?.clusterIP === 'None' || service.spec?.clusterIPs?.[0] === 'None';

/** @returns one line a difference; empty when v3 carries every fact */
export function missingFacts(service: V1Service, objects: MirroredObjects): string[] {
  const found: string[] = [];
  const phase = objects.mirror?.status?.phase;
  if (phase !== 'Synced')
    found.push(`ServiceMirror phase is ${phase ?? 'absent'}: ${conditionsOf(objects.mirror)}`);
  if (service.spec?.type === 'ExternalName') found.push(...externalNameFacts(service, objects));
  else found.push(...groupFacts(service, objects.group), ...portFacts(service, objects.ports));
  const expected = expectedNames(service);
  for (const name of objects.ports.keys())
    if (!expected.has(name)) found.push(`ServicePort ${name} is one too many`);
  return found;
}

function conditionsOf(mirror: ServiceMirror | undefined): string {
  return (mirror?.status?.conditions ?? [])
    .map((c) => `${c.type}=${c.status} ${c.reason} ${c.message}`)
    .join('; ');
}

function externalNameFacts(service: V1Service, objects: MirroredObjects): string[] {
  const port = objects.ports.get(service.metadata.name ?? '');
  if (port === undefined) return ['the ExternalName ServicePort is absent'];
  const found: string[] = [];
  const host = (port.spec.externalName?.host ?? '').replace(/\.$/, '');
  if (host !== service.spec?.externalName?.replace(/\.$/, '')) found.push(`host is ${host}`);
  if (objects.group !== undefined) found.push('an ExternalName has a ServiceGroup');
  return found;
}

function groupFacts(service: V1Service, group: ServiceGroup | undefined): string[] {
  if (group === undefined) return ['the ServiceGroup is absent'];
  const { name = '', labels = {} } = service.metadata;
  const spec = service.spec ?? {};
  const found: string[] = [];
  const selector = spec.selector ?? { 'services.x-k8s.io/service-name': name };
  if (!isDeepStrictEqual(group.spec.selector?.matchLabels, selector)) found.push('the selector differs');
  if ((group.spec.publish === 'All') !== (spec.publishNotReadyAddresses === true))
    found.push('publish differs');
  if (!isDeepStrictEqual(group.spec.addressFamilies, spec.ipFamilies)) found.push('the families differ');
  for (const [key, value] of Object.entries(labels)) {
    if (group.metadata.labels?.[key] !== value) found.push(`label ${key} is missing on the group`);
  }
  return found;
}

/** Base name of a port's ServicePorts. */
function baseName(service: V1Service, port: V1ServicePort): string {
  const local = port.name ?? `${port.port}-${(port.protocol ?? 'TCP').toLowerCase()}`;
  return `${service.metadata.name}.${local}`;
}

/** Name → type of each ServicePort that must exist. */
function expectedNames(service: V1Service): Map<string, string> {
  const spec = service.spec ?? {};
  const name = service.metadata.name ?? '';
  if (spec.type === 'ExternalName') return new Map([[name, 'ExternalName']]);
  const names = new Map<string, string>();
  const headless = isHeadlessService(service);
  if (headless && (spec.ports ?? []).length === 0) names.set(name, 'Headless');
  for (const port of spec.ports ?? []) {
    const base = baseName(service, port);
    names.set(base, headless ? 'Headless' : 'ClusterIP');
    if (port.nodePort !== undefined) names.set(`${base}.nodeport`, 'NodePort');
    if (spec.type === 'LoadBalancer') names.set(`${base}.lb`, 'LoadBalancer');
    if ((spec.externalIPs ?? []).length > 0) names.set(`${base}.extip`, 'ExternalIP');
  }
  return names;
}

function portFacts(service: V1Service, ports: ReadonlyMap<string, ServicePort>): string[] {
  const found: string[] = [];
  for (const [name, type] of expectedNames(service)) {
    const port = ports.get(name);
    if (port === undefined) found.push(`ServicePort ${name} is absent`);
    else if (port.spec.type !== type) found.push(`${name} has type ${port.spec.type}`);
  }
  for (const port of service.spec?.ports ?? []) found.push(...onePortFacts(service, port, ports));
  return found;
}

function onePortFacts(
  service: V1Service,
  v1: V1ServicePort,
  ports: ReadonlyMap<string, ServicePort>,
): string[] {
  const base = baseName(service, v1);
  const found: string[] = [];
  for (const suffix of ['', '.nodeport', '.lb', '.extip']) {
    const port = ports.get(`${base}${suffix}`);
    if (port === undefined) continue;
    const facts: Record<string, [unknown, unknown]> = {
      port: [port.spec.port, v1.port],
      protocol: [port.spec.protocol, v1.protocol ?? 'TCP'],
      targetPort: [port.spec.targetPort, v1.targetPort ?? v1.port],
      appProtocol: [port.spec.appProtocol, v1.appProtocol],
      frontend: [port.spec.frontend, service.metadata.name],
    };
    for (const [field, [is, should]] of Object.entries(facts)) {
      if (is !== should) found.push(`${base}${suffix} ${field} is ${String(is)}, v1 has ${String(should)}`);
    }
  }
  const cluster = ports.get(base);
  const addresses = (cluster?.status?.addresses ?? []).map((a) => a.ip);
  if (!isHeadlessService(service) && !isDeepStrictEqual(addresses, service.spec?.clusterIPs)) {
    found.push(`${base} addresses are ${addresses.join(',')}, v1 has ${service.spec?.clusterIPs?.join(',')}`);
  }
  const nodePort = ports.get(`${base}.nodeport`)?.status?.nodePort;
  if (nodePort !== v1.nodePort) found.push(`${base} node port is ${nodePort}, v1 has ${v1.nodePort}`);
  return found;
}
