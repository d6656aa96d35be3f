/**
 * Which Endpoints a group has. A namespace's Endpoints are indexed once by label, so that showing all its
 * groups costs about what they select, not groups times endpoints.
 */
import { fromLabelSelector, matchesLabels } from '../../../meta/labels.ts';
import type { LabelRequirements } from '../../../meta/selectors.ts';
import type { Endpoint } from '../endpoint/schema.ts';
import { DEFAULT_NETWORK } from '../group.ts';
import type { ServiceGroup, ServiceGroupSpec } from './schema.ts';

/** The members of a group among the Endpoints that were indexed. */
export type MembersOf = (group: ServiceGroup) => Endpoint[];

/** @param endpoints of one namespace */
export function indexMembers(endpoints: readonly Endpoint[]): MembersOf {
  const byLabel = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    for (const [key, value] of Object.entries(endpoint.metadata.labels ?? {})) {
      const label = labelOf(key, value);
      const carriers = byLabel.get(label);
      if (carriers === undefined) byLabel.set(label, [endpoint]);
      else carriers.push(endpoint);
    }
  }
  return ({ spec }) => {
    if (spec.selector === undefined) return [];
    const { requirements } = fromLabelSelector(spec.selector, 'spec.selector');
    return smallestCandidates(requirements, byLabel, endpoints).filter(
      (endpoint) => matchesLabels(requirements, endpoint.metadata.labels) && hasAddressFor(endpoint, spec),
    );
  };
}

const labelOf = (key: string, value: string): string => `${key}=${value}`;

/** Every member carries each label that is asked for by value: the rarest of them is the shortest way. */
function smallestCandidates(
  requirements: LabelRequirements,
  byLabel: ReadonlyMap<string, readonly Endpoint[]>,
  all: readonly Endpoint[],
): readonly Endpoint[] {
  let smallest = all;
  for (const { key, operator, values } of requirements) {
    const [value] = values;
    if (value === undefined || values.length > 1 || (operator !== '=' && operator !== 'in')) continue;
    const carriers = byLabel.get(labelOf(key, value)) ?? [];
    if (carriers.length < smallest.length) smallest = carriers;
  }
  return smallest;
}

/** An endpoint that only DNS knows is on the cluster's own network. */
function hasAddressFor({ spec }: Endpoint, { network }: Pick<ServiceGroupSpec, 'network'>): boolean {
  if (spec.fqdn !== undefined) return network === DEFAULT_NETWORK;
  return (spec.addresses ?? []).some((address) => address.network === network);
}
