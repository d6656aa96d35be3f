/**
 * Entries of the EndpointSlices of a Service without selector to Endpoints, one each. Pure.
 * Duplicates stay apart (their name carries the ordinal among equals); subsets remove them.
 */
import { createHash } from 'node:crypto';
import type { EndpointSlice, SliceEndpoint, SlicePort, V1Service } from '../../../api/core/types.ts';
import { managedByLabel } from '../../../api/core/types.ts';
import { maxLabelLength, maxSubdomainLength } from '../../../api/meta/names.ts';
import { formatTime, parseTime } from '../../../api/meta/time.ts';
import {
  DEFAULT_WEIGHT,
  MAX_ADDRESSES,
  MAX_PORTS,
  MAX_ZONE_LENGTH,
} from '../../../api/services/v3alpha1/endpoint/schema.ts';
import {
  DEFAULT_NETWORK,
  GROUP,
  SERVICE_NAME_LABEL,
  SLICE_LABEL,
} from '../../../api/services/v3alpha1/group.ts';
import type { Endpoint, EndpointPort, EndpointSpec } from '../../../api/services/v3alpha1/types.ts';
import { endpointAddress } from '../address.ts';
import { statusOf, type WantedCondition } from '../conditions.ts';
import { difference, type EndpointWrites, type WantedEndpoint } from '../difference.ts';

export interface SliceWorld {
  /** undefined: the slice is gone. */
  readonly slice: EndpointSlice | undefined;
  /** The Service that the slice's label names. */
  readonly service: V1Service | undefined;
  /** Endpoints made from this slice. */
  readonly own: readonly Endpoint[];
  /** RFC 3339 with whole seconds. */
  readonly now: string;
}

export interface SlicePlan extends EndpointWrites {
  /** What v3 cannot carry, one line each. */
  readonly problems: readonly string[];
}

export function planSlice(world: SliceWorld): SlicePlan {
  const { slice, service, own, now } = world;
  if (slice === undefined || service === undefined || !isImported(slice, service)) {
    return { ...difference(own, [], now), problems: [] };
  }
  const problems: string[] = [];
  const wanted = wantedEndpoints(slice, service, problems);
  return { ...difference(own, wanted, now), problems };
}

/** Slices of any writer but us, of a Service whose endpoints are somebody's own doing. */
export function isImported(slice: EndpointSlice, service: V1Service): boolean {
  const hasSelector = Object.keys(service.spec?.selector ?? {}).length > 0;
  return (
    !hasSelector &&
    service.spec?.type !== 'ExternalName' &&
    slice.metadata.labels?.[managedByLabel] !== GROUP &&
    slice.metadata.deletionTimestamp === undefined
  );
}

function wantedEndpoints(slice: EndpointSlice, service: V1Service, problems: string[]): WantedEndpoint[] {
  const { name: sliceName = '', namespace = '', uid = '' } = slice.metadata;
  const ports = portsOf(slice.ports ?? [], problems);
  const ordinals = new Map<string, number>();
  return (slice.endpoints ?? []).flatMap((entry) => {
    const spec = specOf(slice, entry, ports, problems);
    if (spec === undefined) return [];
    const identity = identityOf(entry);
    const ordinal = ordinals.get(identity) ?? 0;
    ordinals.set(identity, ordinal + 1);
    return {
      namespace,
      name: endpointName(sliceName, identity, ordinal),
      labels: {
        [SERVICE_NAME_LABEL]: service.metadata.name ?? '',
        [SLICE_LABEL]: labelOf(sliceName),
      },
      owner: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        name: sliceName,
        uid,
        controller: true,
      },
      spec,
      conditions: conditionsOf(entry),
      triggerTime: triggerTime(slice),
    };
  });
}

/** What makes an entry the same one after the slice was written anew (k8s.io/endpointslice `util/endpointset.go`). */
function identityOf(entry: SliceEndpoint): string {
  const target = entry.targetRef ?? {};
  return JSON.stringify([
    entry.addresses.toSorted(),
    entry.hostname ?? '',
    [target.kind ?? '', target.namespace ?? '', target.name ?? '', target.uid ?? ''],
  ]);
}

/** Hexadecimal digits: with the 1,000 entries of a slice, a collision is one in 10^9. */
const nameHashLength = 12;

function endpointName(sliceName: string, identity: string, ordinal: number): string {
  const hash = hashOf(`${identity} ${ordinal}`, nameHashLength);
  return `${cut(sliceName, maxSubdomainLength - nameHashLength - 1)}-${hash}`;
}

/** A slice's name may be longer than a label value: then its beginning and a hash of the whole. */
export function labelOf(sliceName: string): string {
  if (sliceName.length <= maxLabelLength) return sliceName;
  return `${cut(sliceName, maxLabelLength - nameHashLength - 1)}-${hashOf(sliceName, nameHashLength)}`;
}

const cut = (name: string, length: number): string => name.slice(0, length).replace(/[-.]+$/, '');
const hashOf = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

function specOf(
  slice: EndpointSlice,
  entry: SliceEndpoint,
  ports: readonly EndpointPort[],
  problems: string[],
): EndpointSpec | undefined {
  const place = slice.addressType === 'FQDN' ? fqdnOf(entry) : addressesOf(entry);
  if (place === undefined) {
    problems.push(`no address of ${JSON.stringify(entry.addresses)} can be an endpoint's`);
    return undefined;
  }
  const { targetRef, nodeName, zone, hostname } = entry;
  return {
    ...place,
    ...(ports.length === 0 ? {} : { ports: [...ports] }),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone: zone.slice(0, MAX_ZONE_LENGTH) } : {}),
    ...(hostname ? { hostname } : {}),
    weight: DEFAULT_WEIGHT,
    ...(targetRef === undefined ? {} : { targetRef: targetOf(targetRef) }),
  };
}

/** Only the first has a meaning upstream; one name is what an Endpoint holds. */
function fqdnOf(entry: SliceEndpoint): Pick<EndpointSpec, 'fqdn'> | undefined {
  const fqdn = entry.addresses[0];
  return fqdn === undefined || fqdn === '' ? undefined : { fqdn };
}

function addressesOf(entry: SliceEndpoint): Pick<EndpointSpec, 'addresses'> | undefined {
  const ips = new Set(entry.addresses.map(endpointAddress).filter((ip) => ip !== undefined));
  if (ips.size === 0) return undefined;
  return { addresses: [...ips].slice(0, MAX_ADDRESSES).map((ip) => ({ ip, network: DEFAULT_NETWORK })) };
}

function targetOf(ref: NonNullable<SliceEndpoint['targetRef']>): NonNullable<EndpointSpec['targetRef']> {
  const { apiVersion, kind, namespace, name, uid } = ref;
  return {
    ...(apiVersion ? { apiVersion } : {}),
    ...(kind ? { kind } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
  };
}

const maxPortNumber = 65_535;

function portsOf(ports: readonly SlicePort[], problems: string[]): EndpointPort[] {
  const kept: EndpointPort[] = [];
  for (const { name, port, protocol, appProtocol } of ports) {
    if (port !== undefined && (port < 0 || port > maxPortNumber)) {
      problems.push(`port ${JSON.stringify(name ?? '')} is ${port}, outside 0-${maxPortNumber}`);
      continue;
    }
    kept.push({
      name: name ?? '',
      protocol: protocol ?? 'TCP',
      ...(port === undefined ? {} : { port }),
      ...(appProtocol ? { appProtocol } : {}),
    });
  }
  if (kept.length > MAX_PORTS) problems.push(`${kept.length} ports: the first ${MAX_PORTS} are taken`);
  return kept.slice(0, MAX_PORTS);
}

/**
 * Absent conditions stay absent, except where the entry's target is a Pod: there v3 reads absent as False,
 * v1 as ready, serving and not terminating, and what v1 means is what traffic must follow.
 */
function conditionsOf(entry: SliceEndpoint): WantedCondition[] {
  const { ready, serving, terminating } = entry.conditions ?? {};
  const isPod = entry.targetRef?.kind === 'Pod';
  const of = (
    type: WantedCondition['type'],
    value: boolean | undefined,
    meaning: boolean,
  ): WantedCondition[] => {
    if (value !== undefined) return [{ type, status: statusOf(value), reason: 'EndpointSlice' }];
    return isPod ? [{ type, status: statusOf(meaning), reason: 'EndpointSliceDefault' }] : [];
  };
  return [
    ...of('Ready', ready, true),
    ...of('Serving', serving, true),
    ...of('Terminating', terminating, false),
  ];
}

const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

function triggerTime(slice: EndpointSlice): string | undefined {
  const time = parseTime(slice.metadata.annotations?.[triggerTimeAnnotation] ?? '');
  return time === undefined ? undefined : formatTime(time);
}
