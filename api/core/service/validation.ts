/**
 * What makes a v1 Service acceptable, for the stand-in (kubernetes `pkg/apis/core/validation/validation.go`,
 * ValidateServiceCreate and ValidateServiceUpdate). Called after defaulting and allocation. Pure.
 */
import { isIP, isIPv6 } from 'node:net';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../meta/field-error.ts';
import {
  validateDns1123Label,
  validateDns1123Subdomain,
  validatePortName,
  validateQualifiedName,
} from '../../meta/names.ts';
import type { V1Service, V1ServicePort, V1ServiceSpec } from '../types.ts';
import { externallyAccessible, isHeadless, needsClusterIP, needsHealthCheckNodePort } from './defaults.ts';

const SOURCE_RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const AFFINITY_TIMEOUT_MAX_SECONDS = 86_400;

export function validateService(service: V1Service): FieldError[] {
  const spec = service.spec ?? {};
  return [
    ...annotationErrors(service),
    ...typeErrors(spec),
    ...portErrors(spec),
    ...affinityErrors(spec),
    ...clusterIPErrors(spec),
    ...externalIPErrors(spec),
    ...loadBalancerErrors(service),
    ...trafficErrors(spec),
  ];
}

/** What may not change: addresses once given out, the load balancer's class, the health check port. */
export function validateServiceUpdate(service: V1Service, oldService: V1Service): FieldError[] {
  const spec = service.spec ?? {};
  const old = oldService.spec ?? {};
  const errors: FieldError[] = [];
  if (needsClusterIP(spec) && needsClusterIP(old) && !(isHeadless(spec) && isHeadless(old))) {
    const [before] = old.clusterIPs ?? [];
    const [after] = spec.clusterIPs ?? [];
    if (before !== after)
      errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set'));
    const [familyBefore] = old.ipFamilies ?? [];
    const [familyAfter] = spec.ipFamilies ?? [];
    if (familyBefore !== familyAfter) {
      errors.push(invalid('spec.ipFamilies[0]', spec.ipFamilies ?? [], 'may not change once set'));
    }
  }
  if (
    old.type === 'LoadBalancer' &&
    spec.type === 'LoadBalancer' &&
    old.loadBalancerClass !== spec.loadBalancerClass
  ) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  if (
    needsHealthCheckNodePort(old) &&
    needsHealthCheckNodePort(spec) &&
    old.healthCheckNodePort !== spec.healthCheckNodePort
  ) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}

function annotationErrors(service: V1Service): FieldError[] {
  const annotations = service.metadata.annotations ?? {};
  const mode = annotations[TOPOLOGY_MODE];
  const hints = annotations[TOPOLOGY_HINTS];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const why = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, why)];
}

function typeErrors(spec: V1ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.ports ?? []).length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type !== 'ExternalName') return errors;
  for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    if (spec[field] !== undefined)
      errors.push(forbidden(`spec.${field}`, 'may not be set for ExternalName services'));
  }
  const host = (spec.externalName ?? '').replace(/\.$/, '');
  if (host === '') errors.push(required('spec.externalName'));
  else errors.push(...validateDns1123Subdomain(host).map((m) => invalid('spec.externalName', host, m)));
  return errors;
}

function portErrors(spec: V1ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const path = `spec.ports[${i}]`;
    errors.push(...portNameErrors(port, path, names, ports.length > 1), ...portValueErrors(port, path));
    if (port.nodePort !== undefined && spec.type === 'ClusterIP') {
      errors.push(forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    if (port.nodePort !== undefined && taken(nodePorts, `${port.protocol}/${port.nodePort}`)) {
      errors.push(duplicate(`${path}.nodePort`, port.nodePort));
    }
    if (taken(numbers, `${port.protocol}/${port.port}`)) {
      errors.push(duplicate(path, { port: port.port, protocol: port.protocol }));
    }
  }
  return errors;
}

function taken(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

function portNameErrors(
  port: V1ServicePort,
  path: string,
  names: Set<string>,
  needed: boolean,
): FieldError[] {
  const { name } = port;
  if (name === undefined) return needed ? [required(`${path}.name`)] : [];
  const errors = validateDns1123Label(name).map((m) => invalid(`${path}.name`, name, m));
  if (taken(names, name)) errors.push(duplicate(`${path}.name`, name));
  return errors;
}

function portValueErrors(port: V1ServicePort, path: string): FieldError[] {
  const errors = portNumberErrors(port.port, `${path}.port`);
  const target = port.targetPort;
  if (typeof target === 'number') errors.push(...portNumberErrors(target, `${path}.targetPort`));
  if (typeof target === 'string') {
    errors.push(...validatePortName(target).map((m) => invalid(`${path}.targetPort`, target, m)));
  }
  const { appProtocol } = port;
  if (appProtocol !== undefined) {
    errors.push(
      ...validateQualifiedName(appProtocol).map((m) => invalid(`${path}.appProtocol`, appProtocol, m)),
    );
  }
  return errors;
}

function portNumberErrors(port: number, field: string): FieldError[] {
  return port >= 1 && port <= 65_535 ? [] : [invalid(field, port, 'must be between 1 and 65535, inclusive')];
}

function affinityErrors(spec: V1ServiceSpec): FieldError[] {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity !== 'ClientIP' || seconds === undefined) return [];
  if (seconds > 0 && seconds <= AFFINITY_TIMEOUT_MAX_SECONDS) return [];
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [invalid(field, seconds, `must be greater than 0 and less than ${AFFINITY_TIMEOUT_MAX_SECONDS}`)];
}

function clusterIPErrors(spec: V1ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  const field = 'spec.clusterIPs';
  const ips = spec.clusterIPs ?? [];
  if (spec.clusterIP === undefined ? ips.length > 0 : ips[0] !== spec.clusterIP) {
    const why =
      spec.clusterIP === undefined
        ? 'must be empty when `clusterIP` is not specified'
        : 'first value must match `clusterIP`';
    errors.push(invalid(field, ips, why));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (spec.ipFamilies?.indexOf(family) !== i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  }
  if (ips[0] === 'None') {
    if (ips.length > 1) errors.push(invalid(field, ips, "'None' must be the first and only value"));
    return errors;
  }
  if (ips.length > 2) errors.push(invalid(field, ips, 'may only hold up to 2 values'));
  for (const [i, ip] of ips.entries()) errors.push(...clusterIPError(spec, ip, i));
  if (errors.length === 0 && ips.length === 2 && ips.every(isIPv6) === ips.some(isIPv6)) {
    errors.push(invalid(field, ips, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

function clusterIPError(spec: V1ServiceSpec, ip: string, i: number): FieldError[] {
  const field = `spec.clusterIPs[${i}]`;
  if (isIP(ip) === 0) {
    return [invalid(field, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  }
  const family = spec.ipFamilies?.[i];
  if (family === undefined || isIPv6(ip) === (family === 'IPv6')) return [];
  return [invalid(field, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)];
}

function externalIPErrors(spec: V1ServiceSpec): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, i) =>
    isIP(ip) === 0
      ? [
          invalid(
            `spec.externalIPs[${i}]`,
            ip,
            'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
          ),
        ]
      : [],
  );
}

function loadBalancerErrors(service: V1Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  const only = "may only be used when `type` is 'LoadBalancer'";
  const isLoadBalancer = spec.type === 'LoadBalancer';
  if (!isLoadBalancer) {
    for (const field of [
      'loadBalancerSourceRanges',
      'allocateLoadBalancerNodePorts',
      'loadBalancerClass',
    ] as const) {
      if (spec[field] !== undefined) errors.push(forbidden(`spec.${field}`, only));
    }
    if (
      spec.loadBalancerSourceRanges === undefined &&
      service.metadata.annotations?.[SOURCE_RANGES_ANNOTATION]
    ) {
      errors.push(forbidden(`metadata.annotations[${SOURCE_RANGES_ANNOTATION}]`, only));
    }
  }
  for (const [i, padded] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    if (!isCidr(padded.trim())) {
      const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
      errors.push(invalid(`spec.LoadBalancerSourceRanges[${i}]`, padded.trim(), why));
    }
  }
  return errors;
}

function isCidr(text: string): boolean {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const version = isIP(match?.[1] ?? '');
  return version !== 0 && Number(match?.[2]) <= (version === 6 ? 128 : 32);
}

function trafficErrors(spec: V1ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!externallyAccessible(spec) && spec.externalTrafficPolicy !== undefined) {
    const why = 'may only be set for externally-accessible services';
    errors.push(invalid('spec.externalTrafficPolicy', spec.externalTrafficPolicy, why));
  }
  if (!needsHealthCheckNodePort(spec) && spec.healthCheckNodePort !== undefined) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, why));
  }
  const allowed = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (spec.trafficDistribution !== undefined && !allowed.includes(spec.trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', spec.trafficDistribution, allowed));
  }
  return errors;
}
