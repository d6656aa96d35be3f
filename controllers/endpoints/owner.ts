/** Whose an Endpoint is, by its controlling owner: the index keys by which controllers find their own. */
import type { Endpoint } from '../../api/services/v3alpha1/types.ts';
import { joinKey } from '../runtime/object-key.ts';
import type { ObjectKey } from '../runtime/types.ts';

type OwnerKind = 'Pod' | 'EndpointSlice';

const apiVersions: Readonly<Record<OwnerKind, string>> = {
  Pod: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
};

/** The key of the controlling owner, where it is of this kind. */
export function ownerKey(endpoint: Endpoint, kind: OwnerKind): ObjectKey | undefined {
  const owner = endpoint.metadata.ownerReferences?.find((o) => o.controller === true);
  if (owner === undefined || owner.kind !== kind || owner.apiVersion !== apiVersions[kind]) return undefined;
  return joinKey(endpoint.metadata.namespace, owner.name);
}

/** Names of the indexes that the informer of Endpoints carries. */
export const endpointIndexes = {
  pod: (endpoint: Endpoint): readonly string[] => one(ownerKey(endpoint, 'Pod')),
  slice: (endpoint: Endpoint): readonly string[] => one(ownerKey(endpoint, 'EndpointSlice')),
  node: (endpoint: Endpoint): readonly string[] => one(endpoint.spec.nodeName),
} as const;

const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
