/** The kinds of the group, each in a folder with its schema, strategy and table. */
import type { Kind } from '../../kind.ts';
import { endpointKind } from './endpoint/kind.ts';
import { endpointSubsetKind } from './endpoint-subset/kind.ts';
import { nodeTopologyKind } from './node-topology/kind.ts';
import { serviceGroupKind } from './service-group/kind.ts';
import { serviceMirrorKind } from './service-mirror/kind.ts';
import { servicePortKind } from './service-port/kind.ts';
import { topologyPolicyKind } from './topology-policy/kind.ts';

export {
  endpointKind,
  endpointSubsetKind,
  nodeTopologyKind,
  serviceGroupKind,
  serviceMirrorKind,
  servicePortKind,
  topologyPolicyKind,
};

/**
 * Stored kinds first; EndpointSubset, the last, is computed from them. As `Kind` their own types are
 * forgotten, which is safe because the engine hands a kind's functions only objects of its schema.
 */
export const servicesKinds: readonly Kind[] = [
  serviceGroupKind,
  servicePortKind,
  endpointKind,
  nodeTopologyKind,
  topologyPolicyKind,
  serviceMirrorKind,
  endpointSubsetKind,
] as readonly unknown[] as readonly Kind[];
