/** Nodes to NodeTopologies: the labels that say where a node is, and no others. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { CoreNode } from '../../api/core/types.ts';
import { API_VERSION, ORIGIN_LABEL } from '../../api/services/v3alpha1/group.ts';
import { HOSTNAME_KEY, REGION_KEY, ZONE_KEY } from '../../api/services/v3alpha1/node-topology/schema.ts';
import type { NodeTopology } from '../../api/services/v3alpha1/types.ts';

export const wellKnownKeys: readonly string[] = [HOSTNAME_KEY, ZONE_KEY, REGION_KEY];

/** Marks those that we made from Nodes; others belong to people. */
const origin = 'v1';

export interface NodeWorld {
  readonly name: string;
  /** undefined: the Node is gone. */
  readonly node: CoreNode | undefined;
  readonly live: NodeTopology | undefined;
  /** Whether an Endpoint still names the node. */
  readonly hasEndpoints: boolean;
  /** Label keys that are copied. */
  readonly keys: readonly string[];
}

export type NodePlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'create'; readonly object: NodeTopology }
  | { readonly kind: 'update'; readonly object: NodeTopology }
  | { readonly kind: 'delete'; readonly object: NodeTopology };

export function planNode(world: NodeWorld): NodePlan {
  const { name, node, live } = world;
  if (node === undefined) {
    // Endpoints may outlive their Node: their place stays known until the last of them is gone.
    const isOurs = live?.metadata.labels?.[ORIGIN_LABEL] === origin;
    if (live === undefined || !isOurs || world.hasEndpoints) return { kind: 'nothing' };
    return live.metadata.deletionTimestamp === undefined
      ? { kind: 'delete', object: live }
      : { kind: 'nothing' };
  }
  const topology = topologyOf(node, world.keys);
  if (live === undefined) {
    return {
      kind: 'create',
      object: {
        apiVersion: API_VERSION,
        kind: 'NodeTopology',
        metadata: { name, labels: { [ORIGIN_LABEL]: origin } },
        spec: { topology },
      },
    };
  }
  // One that somebody made before the Node joined becomes the Node's: a name means one host.
  const labels = { ...live.metadata.labels, [ORIGIN_LABEL]: origin };
  if (isDeepStrictEqual(live.spec.topology, topology) && isDeepStrictEqual(live.metadata.labels, labels)) {
    return { kind: 'nothing' };
  }
  return { kind: 'update', object: { ...live, metadata: { ...live.metadata, labels }, spec: { topology } } };
}

function topologyOf(node: CoreNode, keys: readonly string[]): Record<string, string> {
  const labels = node.metadata.labels ?? {};
  const topology: Record<string, string> = {};
  for (const key of keys) {
    const value = labels[key];
    if (value !== undefined) topology[key] = value;
  }
  return topology;
}
