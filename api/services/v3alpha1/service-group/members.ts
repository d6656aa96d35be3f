/**
 * Which Endpoints a group has. A namespace's Endpoints are indexed once by label, so that showing all its
 * groups costs about what they select, not groups times endpoints.
 */
import { fromLabelSelector } from '../../../meta/labels.ts';
import { SelectorIndex } from '../../../meta/selector-index.ts';
import type { Endpoint } from '../endpoint/schema.ts';
import { DEFAULT_NETWORK } from '../group.ts';
import type { ServiceGroup, ServiceGroupSpec } from './schema.ts';

/** The members of a group among the Endpoints that were indexed. */
export type MembersOf = (group: ServiceGroup) => Endpoint[];

/** @param endpoints of one namespace */
export function indexMembers(endpoints: readonly Endpoint[]): MembersOf {
  const index = new SelectorIndex<Endpoint>();
  for (const endpoint of endpoints) {
    index.set('', endpoint.metadata.name ?? '', endpoint.metadata.labels, endpoint);
  }
  return ({ spec }) => {
    if (spec.selector === undefined) return [];
    const { requirements } = fromLabelSelector(spec.selector, 'spec.selector');
    return index.select('', requirements).filter((endpoint) => hasAddressFor(endpoint, spec));
  };
}

/** An endpoint that only DNS knows is on the cluster's own network. */
function hasAddressFor({ spec }: Endpoint, { network }: Pick<ServiceGroupSpec, 'network'>): boolean {
  if (spec.fqdn !== undefined) return network === DEFAULT_NETWORK;
  return (spec.addresses ?? []).some((address) => address.network === network);
}
