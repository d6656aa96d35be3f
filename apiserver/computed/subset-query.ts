/**
 * Which EndpointSubsets a request asks for. Field selectors state the client; every `spec.client.*` takes
 * `=` only. A name states everything by itself.
 */
import { badRequest } from '../../api/meta/api-error.ts';
import { exactField, matchesFields } from '../../api/meta/field-selector.ts';
import type { FieldRequirement, FieldRequirements } from '../../api/meta/selectors.ts';
import {
  formatSubsetName,
  parseSubsetName,
  type SubsetPlace,
} from '../../api/services/v3alpha1/endpoint-subset/name.ts';
import type { ServiceGroup } from '../../api/services/v3alpha1/types.ts';

export interface SubsetQuery {
  readonly place: SubsetPlace;
  /** Whether the fields select a group's subset for that place. */
  readonly admits: (group: ServiceGroup) => boolean;
}

const clientPrefix = 'spec.client.';

/** @throws ApiError BadRequest, naming the selector and what is allowed */
export function subsetQuery(fields: FieldRequirements): SubsetQuery {
  const client = new Map<string, string>();
  const others: FieldRequirement[] = [];
  for (const requirement of fields) {
    const { field } = requirement;
    if (field.startsWith(clientPrefix)) client.set(field.slice(clientPrefix.length), onlyEquals(requirement));
    else others.push(requirement);
  }
  const name = exactField(others, 'metadata.name');
  const place = (name === undefined ? undefined : parseSubsetName(name)?.place) ?? placeOf(client);
  refuseUnserved(place);
  return {
    place,
    admits({ metadata: { name: group = '', namespace = '' } }) {
      const values: Readonly<Record<string, string>> = {
        'metadata.name': formatSubsetName({ group, place }),
        'metadata.namespace': namespace,
        'spec.groupRef.name': group,
      };
      return matchesFields(others, (field) => values[field]);
    },
  };
}

/** Nothing can be asked of some places: what an answer would need is not here. */
export function refuseUnserved(place: SubsetPlace): void {
  if (place.kind !== 'pod' && !('namespace' in place && place.namespace !== undefined)) return;
  throw badRequest(
    'subsets of a client namespace or pod (ns.…, pod.…) are not served by this version: ask for any, node or zone',
  );
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
