/**
 * Which EndpointSubsets a request asks for. Field selectors state the client; every `spec.client.*` takes
 * `=` only. A name states everything by itself.
 */
import { badRequest } from '../../api/meta/api-error.ts';
import type { FieldRequirement, FieldRequirements } from '../../api/meta/selectors.ts';
import {
  formatSubsetName,
  parseSubsetName,
  type SubsetName,
  type SubsetPlace,
} from '../../api/services/v3alpha1/endpoint-subset/name.ts';

export interface SubsetQuery {
  /** One subset by its full name; its group narrows the answer to one. */
  readonly only: SubsetName | undefined;
  readonly place: SubsetPlace;
  /** `spec.groupRef.name=` and the like: which groups of the namespace. */
  readonly admitsGroup: (name: string) => boolean;
}

/** Nothing can be asked of this name: what it would need is not here. */
export const unservedPlace = (place: SubsetPlace): string | undefined =>
  place.kind === 'pod' || ('namespace' in place && place.namespace !== undefined)
    ? 'subsets of a client namespace or pod (ns.…, pod.…) are not served by this version: ask for any, node or zone'
    : undefined;

/** @throws ApiError BadRequest, naming the selector and what is allowed */
export function subsetQuery(fields: FieldRequirements): SubsetQuery {
  const client = new Map<string, string>();
  const groups: FieldRequirement[] = [];
  let only: SubsetName | undefined;
  let named = false;
  for (const requirement of fields) {
    const { field, operator, value } = requirement;
    if (field === 'spec.groupRef.name') groups.push(requirement);
    else if (field === 'metadata.name' && operator === '=') {
      named = true;
      only = parseSubsetName(value);
    } else if (field.startsWith('spec.client.'))
      client.set(field.slice('spec.client.'.length), onlyEquals(requirement));
  }
  const place = only?.place ?? placeOf(client);
  refuseUnserved(place);
  const admitsGroup = (name: string): boolean =>
    (!named || name === only?.group) && groups.every((g) => (g.value === name) === (g.operator === '='));
  return { only, place, admitsGroup };
}

export function refuseUnserved(place: SubsetPlace): void {
  const why = unservedPlace(place);
  if (why !== undefined) throw badRequest(why);
}

function onlyEquals({ field, operator, value }: FieldRequirement): string {
  if (operator !== '=') throw badRequest(`field selector ${field}${operator}${value}: only = is supported`);
  return value;
}

function placeOf(client: ReadonlyMap<string, string>): SubsetPlace {
  const nodeName = client.get('nodeName');
  const zone = client.get('zone');
  const namespace = client.get('namespace');
  const podName = client.get('podName');
  if (nodeName !== undefined && zone !== undefined) {
    throw badRequest('field selectors spec.client.nodeName and spec.client.zone exclude each other');
  }
  if (podName !== undefined) {
    if (namespace === undefined)
      throw badRequest('field selector spec.client.podName needs spec.client.namespace');
    if (nodeName !== undefined || zone !== undefined) {
      throw badRequest(
        'field selector spec.client.podName excludes spec.client.nodeName and spec.client.zone',
      );
    }
    return { kind: 'pod', namespace, podName };
  }
  const within = namespace === undefined ? {} : { namespace };
  if (nodeName !== undefined) return { kind: 'node', nodeName, ...within };
  if (zone !== undefined) return { kind: 'zone', zone, ...within };
  if (namespace !== undefined) {
    throw badRequest('field selector spec.client.namespace needs spec.client.nodeName, .zone or .podName');
  }
  return { kind: 'any' };
}

/** The name of a group's subset for a query. */
export const subsetNameOf = (group: string, query: SubsetQuery): string =>
  formatSubsetName({ group, place: query.place });
