/** One EndpointSubset as an object: computed from a cut of the store, without its resourceVersion. */

import type { ResourceVersion } from '../../api/meta/types.ts';
import { formatSubsetName, type SubsetPlace } from '../../api/services/v3alpha1/endpoint-subset/name.ts';
import { API_VERSION } from '../../api/services/v3alpha1/group.ts';
import type { EndpointSubset, ServiceGroup, SubsetClient } from '../../api/services/v3alpha1/types.ts';
import { answer } from '../../topology/answer.ts';
import type { ObjectView } from '../registry/rest.ts';
import type { SubsetSource } from './subset-source.ts';
import { uuidV5 } from './uuid.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export function computeSubset(source: SubsetSource, group: ServiceGroup, place: SubsetPlace): EndpointSubset {
  const { name: groupName = '', namespace = '', uid = '', labels, creationTimestamp } = group.metadata;
  const name = formatSubsetName({ group: groupName, place });
  const { client, unknownClient } = clientOf(source, place);
  return {
    apiVersion: API_VERSION,
    kind: 'EndpointSubset',
    metadata: {
      name,
      namespace,
      uid: uuidV5(uid, name),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(labels === undefined ? {} : { labels }),
    },
    spec: { groupRef: { name: groupName }, client, shard: { index: 0, count: 1 } },
    status: answer({
      group,
      ports: source.portsOf(group),
      endpoints: source.endpointsOf(group),
      client: { ...client },
      withPending: place.kind === 'any',
      ...(unknownClient === undefined ? {} : { unknownClient }),
    }),
  };
}

/** A node's zone is its NodeTopology's; a node that we do not know has no place, and that is said. */
function clientOf(
  source: SubsetSource,
  place: SubsetPlace,
): { client: SubsetClient; unknownClient?: string } {
  if (place.kind === 'zone') return { client: { zone: place.zone } };
  if (place.kind !== 'node') return { client: {} };
  const { nodeName } = place;
  const node = source.node(nodeName);
  if (node === undefined) return { client: { nodeName }, unknownClient: `no NodeTopology ${nodeName}` };
  const zone = node.spec.topology?.[ZONE_LABEL];
  return { client: { nodeName, ...(zone === undefined ? {} : { zone }) } };
}

/** Equal contents have equal text, whatever their version. */
export const contentOf = (subset: EndpointSubset): string => JSON.stringify(subset);

export function viewAt(subset: EndpointSubset, resourceVersion: ResourceVersion): ObjectView {
  const object: EndpointSubset = { ...subset, metadata: { ...subset.metadata, resourceVersion } };
  return { json: Buffer.from(JSON.stringify(object)), object: () => object };
}
