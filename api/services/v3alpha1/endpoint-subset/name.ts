/**
 * Names of EndpointSubsets: they state group, shard and client completely, so that any of them can be asked
 * for without a query.
 *
 *     <group>.any                            every candidate, no client and no policy
 *     <group>.zone.<zone>                    a client in that zone
 *     <group>.node.<node>                    a client on that node
 *     <group>.ns.<namespace>.zone.<zone>     … in that namespace (consumer policies apply)
 *     <group>.ns.<namespace>.node.<node>
 *     <group>.pod.<namespace>.<pod>          that pod
 *     <group>.s<index>-<count>.<one of the above but the group>
 *
 * Groups and namespaces have no dot, so every name parses in one way.
 */

/** Characters; longer than any real place needs, short enough for a URL. */
export const MAX_SUBSET_NAME_LENGTH = 400;

/** Upper bound of shards: what a hash of 16 bits can spread. */
export const MAX_SHARDS = 65_536;

export type SubsetPlace =
  | { readonly kind: 'any' }
  | { readonly kind: 'zone'; readonly zone: string; readonly namespace?: string }
  | { readonly kind: 'node'; readonly nodeName: string; readonly namespace?: string }
  | { readonly kind: 'pod'; readonly namespace: string; readonly podName: string };

export interface SubsetName {
  readonly group: string;
  readonly place: SubsetPlace;
  /** Absent: the name has no shard part, which means shard 0 of 1. */
  readonly shard?: { readonly index: number; readonly count: number };
}

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const whole = new RegExp(`^(${label})\\.(?:s(0|[1-9]\\d{0,4})-([1-9]\\d{0,4})\\.)?(.+)$`);
const labelOnly = new RegExp(`^${label}$`);
/** Nodes and pods are DNS subdomains. */
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Zones are free text, but in a name they must be part of a path segment. */
const zoneText = /^[^/%]{1,253}$/;

/** undefined: no such name is possible (the caller answers 404). */
export function parseSubsetName(name: string): SubsetName | undefined {
  if (name.length > MAX_SUBSET_NAME_LENGTH) return undefined;
  const [, group, index, count, rest] = whole.exec(name) ?? [];
  if (group === undefined || rest === undefined) return undefined;
  const place = parsePlace(rest);
  if (place === undefined) return undefined;
  if (index === undefined || count === undefined) return { group, place };
  const shard = { index: Number(index), count: Number(count) };
  return isShard(shard) ? { group, place, shard } : undefined;
}

/** The name of a subset; the inverse of `parseSubsetName` for every place that a name can state. */
export function formatSubsetName({ group, place, shard }: SubsetName): string {
  const part = shard === undefined ? '' : `s${shard.index}-${shard.count}.`;
  return `${group}.${part}${formatPlace(place)}`;
}

function formatPlace(place: SubsetPlace): string {
  switch (place.kind) {
    case 'any':
      return 'any';
    case 'pod':
      return `pod.${place.namespace}.${place.podName}`;
    case 'zone':
      return `${namespacePart(place.namespace)}zone.${place.zone}`;
    case 'node':
      return `${namespacePart(place.namespace)}node.${place.nodeName}`;
  }
}

const namespacePart = (namespace: string | undefined): string =>
  namespace === undefined ? '' : `ns.${namespace}.`;

function parsePlace(text: string): SubsetPlace | undefined {
  if (text === 'any') return { kind: 'any' };
  const [word, rest] = cut(text);
  if (word === 'ns') {
    const [namespace, place] = cut(rest);
    return labelOnly.test(namespace) ? nodeOrZone(place, { namespace }) : undefined;
  }
  if (word !== 'pod') return nodeOrZone(text, {});
  const [namespace, podName] = cut(rest);
  return labelOnly.test(namespace) && subdomain.test(podName)
    ? { kind: 'pod', namespace, podName }
    : undefined;
}

function nodeOrZone(text: string, within: { namespace?: string }): SubsetPlace | undefined {
  const [word, value] = cut(text);
  if (word === 'node' && subdomain.test(value)) return { kind: 'node', nodeName: value, ...within };
  if (word === 'zone' && zoneText.test(value)) return { kind: 'zone', zone: value, ...within };
  return undefined;
}

/** Splits at the first dot; without one the second part is empty. */
function cut(text: string): readonly [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

function isShard({ index, count }: { index: number; count: number }): boolean {
  return index < count && count <= MAX_SHARDS && (count & (count - 1)) === 0;
}
