/**
 * Who belongs to a group, and in which state (step 1 of the function in `README.md`). Pure; an Endpoint is
 * looked at once however many ports and families the group has.
 */
import { isIPv6 } from 'node:net';
import { endpointForGroup, type GroupEndpointState } from '../api/services/v3alpha1/endpoint/readiness.ts';
import { SLICE_LABEL } from '../api/services/v3alpha1/group.ts';
import type { AddressFamily } from '../api/services/v3alpha1/service-group/schema.ts';
import type { Endpoint, ServiceGroup, ServicePort } from '../api/services/v3alpha1/types.ts';

/** An Endpoint that the group's selector admits, with what every later step needs. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly state: GroupEndpointState;
  /** Addresses on the group's network. */
  readonly addresses: readonly string[];
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly weight: number;
}

/** @param endpoints those of the namespace that the group's selector matches */
export function membersOf(group: ServiceGroup, endpoints: readonly Endpoint[]): Member[] {
  const { network } = group.spec;
  return endpoints
    .map((endpoint) => ({
      endpoint,
      name: endpoint.metadata.name ?? '',
      state: endpointForGroup(endpoint, group.spec),
      addresses: (endpoint.spec.addresses ?? []).filter((a) => a.network === network).map((a) => a.ip),
      nodeName: endpoint.spec.nodeName,
      zone: endpoint.spec.zone,
      weight: endpoint.spec.weight,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** kube-proxy reads only the first address of a family; the others are alternatives of the same backend. */
export function addressOf(member: Member, family: AddressFamily): string | undefined {
  return member.addresses.find((ip) => isIPv6(ip) === (family === 'IPv6'));
}

/** The group's families, or those its members have, IPv4 first. */
export function familiesOf(group: ServiceGroup, members: readonly Member[]): readonly AddressFamily[] {
  const own = group.spec.addressFamilies;
  if (own !== undefined && own.length > 0) return own;
  return (['IPv4', 'IPv6'] as const).filter((family) =>
    members.some((m) => addressOf(m, family) !== undefined),
  );
}

export type ResolvedPort =
  | { readonly resolved: false }
  | { readonly resolved: true; readonly port: number | undefined };

const unresolved: ResolvedPort = { resolved: false };

/**
 * Where a ServicePort's traffic goes on one endpoint; `port: undefined` is "the same port".
 * An endpoint imported from an EndpointSlice is joined by port name, as kube-proxy joins them: the slice's
 * writer, not targetPort, says which number it listens on.
 */
export function resolvePort(port: ServicePort, endpoint: Endpoint): ResolvedPort {
  const { targetPort, portName, protocol } = port.spec;
  const imported = endpoint.metadata.labels?.[SLICE_LABEL] !== undefined;
  if (!imported && typeof targetPort !== 'string')
    return { resolved: true, port: targetPort ?? port.spec.port };
  const wanted = imported ? (portName ?? '') : targetPort;
  const found = endpoint.spec.ports?.find((p) => p.name === wanted && p.protocol === protocol);
  // Port 0 is legal in a slice and means that there is none (kube-proxy leaves such endpoints out).
  if (found === undefined)
    return headlessWithoutPort(port) ? { resolved: true, port: undefined } : unresolved;
  if (found.port === 0) return unresolved;
  return { resolved: true, port: found.port ?? port.spec.port };
}

const headlessWithoutPort = (port: ServicePort): boolean =>
  port.spec.type === 'Headless' && port.spec.port === undefined;
