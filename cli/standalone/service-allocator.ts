/**
 * Gives out cluster IPs and node ports in standalone mode, as kube-apiserver's allocators do
 * (kubernetes `pkg/registry/core/service/{ipallocator,portallocator,storage/alloc.go}`). What is in use is
 * learnt from the stored Services; what was just given out is held for a moment, until its Service shows up.
 */

import { isHeadless, needsClusterIP, needsHealthCheckNodePort } from '../../api/core/service/defaults.ts';
import { assignFamilies } from '../../api/core/service/families.ts';
import type { IPFamily, V1Service, V1ServicePort, V1ServiceSpec } from '../../api/core/types.ts';
import { type FieldError, invalid } from '../../api/meta/field-error.ts';
import { AddressRange } from './address-range.ts';

/** How long an address stays reserved without its Service appearing (milliseconds): longer than any write takes. */
const RESERVATION_MILLISECONDS = 60_000;
/** Random places tried before walking the range in order. */
const RANDOM_TRIES = 16;

export interface ServiceRanges {
  /** The first is the cluster's default family. */
  readonly families: readonly [IPFamily, ...IPFamily[]];
  readonly cidrs: Readonly<Record<IPFamily, string>>;
  /** Inclusive. */
  readonly nodePorts: { readonly from: number; readonly to: number };
}

export const defaultRanges: ServiceRanges = {
  families: ['IPv4', 'IPv6'],
  cidrs: { IPv4: '10.0.0.0/8', IPv6: 'fd00:10:96::/112' },
  nodePorts: { from: 30_000, to: 32_767 },
};

export class ServiceAllocator {
  readonly #ranges: ServiceRanges;
  readonly #addresses: Readonly<Record<IPFamily, AddressRange>>;
  readonly #now: () => number;
  readonly #random: () => number;
  /** Resource (an IP, or `port/<number>`) → the Services that hold it, `<namespace>/<name>`. */
  readonly #used = new Map<string, Set<string>>();
  readonly #reserved = new Map<string, { owner: string; until: number }>();

  /** @param random in [0, 1) @param now milliseconds */
  constructor(ranges: ServiceRanges, now: () => number, random: () => number) {
    this.#ranges = ranges;
    this.#addresses = {
      IPv4: new AddressRange(ranges.cidrs.IPv4),
      IPv6: new AddressRange(ranges.cidrs.IPv6),
    };
    this.#now = now;
    this.#random = random;
  }

  /** A Service as stored changed: called for every one present at start and for every event. */
  observe(previous: V1Service | undefined, current: V1Service | undefined): void {
    for (const resource of resourcesOf(previous)) {
      const owners = this.#used.get(resource);
      owners?.delete(ownerOf(previous));
      if (owners?.size === 0) this.#used.delete(resource);
    }
    for (const resource of resourcesOf(current)) {
      const owners = this.#used.get(resource) ?? new Set();
      this.#used.set(resource, owners.add(ownerOf(current)));
      this.#reserved.delete(resource);
    }
  }

  /**
   * Fills families, cluster IPs, node ports and the health check port of a defaulted Service.
   * @returns what cannot be given; the object is then not to be stored
   */
  allocate(service: V1Service, old: V1Service | undefined, dryRun: boolean): FieldError[] {
    const spec = service.spec ?? {};
    // Under generateName there is no name yet: nothing else may then count as "its own".
    const owner = service.metadata.name === undefined ? `unnamed-${this.#random()}` : ownerOf(service);
    const errors = assignFamilies(spec, old?.spec, this.#ranges.families);
    if (errors.length > 0) return errors;
    const taken: string[] = [];
    const hold = (resource: string): void => {
      // What is stored needs no reservation, and an update that changes nothing would never end one.
      if (this.#used.get(resource)?.has(owner) === true) return;
      this.#reserved.set(resource, { owner, until: this.#now() + RESERVATION_MILLISECONDS });
      taken.push(resource);
    };
    if (needsClusterIP(spec) && !isHeadless(spec)) errors.push(...this.#clusterIPs(spec, owner, hold));
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer')
      errors.push(...this.#nodePorts(spec, owner, hold));
    if (needsHealthCheckNodePort(spec)) errors.push(...this.#healthCheckPort(spec, owner, hold));
    if (dryRun || errors.length > 0) for (const resource of taken) this.#reserved.delete(resource);
    return errors;
  }

  #clusterIPs(spec: V1ServiceSpec, owner: string, hold: (resource: string) => void): FieldError[] {
    const ips = [...(spec.clusterIPs ?? [])];
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      const asked = ips[i] ?? '';
      const range = this.#addresses[family];
      if (asked === '') {
        const ip = this.#draw(range.capacity, (place) => range.at(BigInt(place)), owner);
        if (ip === undefined)
          return [invalid('spec.clusterIPs', ips, 'failed to allocate IP: range is full')];
        ips[i] = ip;
      } else if (!range.contains(asked)) {
        const why = `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
        return [invalid('spec.clusterIPs', ips, `failed to allocate IP ${asked}: ${why}`)];
      } else if (!this.#free(asked, owner)) {
        return [
          invalid('spec.clusterIPs', ips, `failed to allocate IP ${asked}: provided IP is already allocated`),
        ];
      }
      hold(ips[i] ?? '');
    }
    spec.clusterIPs = ips;
    if (ips[0] !== undefined) spec.clusterIP = ips[0];
    return [];
  }

  #nodePorts(spec: V1ServiceSpec, owner: string, hold: (resource: string) => void): FieldError[] {
    const errors: FieldError[] = [];
    const ports = spec.ports ?? [];
    const automatic = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
    for (const [i, port] of ports.entries()) {
      if (port.nodePort === undefined && !automatic) continue;
      // One port number under two protocols shares one node port, unless told otherwise.
      const number = port.nodePort ?? sharedNodePort(ports, port) ?? this.#drawPort(owner);
      errors.push(...this.#portError(`spec.ports[${i}].nodePort`, number, owner));
      if (number === undefined) break;
      port.nodePort = number;
      hold(`port/${number}`);
    }
    return errors;
  }

  #healthCheckPort(spec: V1ServiceSpec, owner: string, hold: (resource: string) => void): FieldError[] {
    const number = spec.healthCheckNodePort ?? this.#drawPort(owner);
    if (number !== undefined) {
      spec.healthCheckNodePort = number;
      hold(`port/${number}`);
    }
    return this.#portError('spec.healthCheckNodePort', number, owner);
  }

  #portError(field: string, port: number | undefined, owner: string): FieldError[] {
    const { from, to } = this.#ranges.nodePorts;
    if (port === undefined)
      return [invalid(field, null, `failed to allocate a nodePort: range ${from}-${to} is full`)];
    if (port < from || port > to) {
      const why = `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
      return [invalid(field, port, why)];
    }
    return this.#free(`port/${port}`, owner)
      ? []
      : [invalid(field, port, 'provided port is already allocated')];
  }

  #drawPort(owner: string): number | undefined {
    const { from, to } = this.#ranges.nodePorts;
    const drawn = this.#draw(to - from + 1, (place) => `port/${from + place}`, owner, true);
    return drawn === undefined ? undefined : Number(drawn.slice('port/'.length));
  }

  /** A free resource: a few random places, then every place in order. `exclusive`: not even the owner's own. */
  #draw(size: number, at: (place: number) => string, owner: string, exclusive = false): string | undefined {
    const usable = (resource: string): boolean => this.#free(resource, exclusive ? '' : owner);
    for (let i = 0; i < RANDOM_TRIES; i++) {
      const resource = at(Math.floor(this.#random() * size));
      if (usable(resource)) return resource;
    }
    for (let place = 0; place < size; place++) {
      const resource = at(place);
      if (usable(resource)) return resource;
    }
    return undefined;
  }

  #free(resource: string, owner: string): boolean {
    const owners = this.#used.get(resource);
    if (owners !== undefined && !(owners.size === 1 && owners.has(owner))) return false;
    const reserved = this.#reserved.get(resource);
    return reserved === undefined || reserved.owner === owner || reserved.until <= this.#now();
  }
}

const ownerOf = (service: V1Service | undefined): string =>
  service === undefined ? '' : `${service.metadata.namespace}/${service.metadata.name}`;

function sharedNodePort(ports: readonly V1ServicePort[], port: V1ServicePort): number | undefined {
  return ports.find((other) => other.port === port.port && other.nodePort !== undefined)?.nodePort;
}

function resourcesOf(service: V1Service | undefined): string[] {
  const spec = service?.spec;
  if (spec === undefined) return [];
  const ips = isHeadless(spec) ? [] : (spec.clusterIPs ?? []);
  const ports = (spec.ports ?? []).flatMap((p) => p.nodePort ?? []);
  if (spec.healthCheckNodePort !== undefined) ports.push(spec.healthCheckNodePort);
  return [...ips, ...ports.map((p) => `port/${p}`)];
}
