/** The stand-in for the core API that standalone mode serves beside our own kinds, through the same engine. */
import type { Kind } from '../kind.ts';
import { namespaceKind, nodeKind, podKind } from './cluster-kinds.ts';
import { customResourceDefinitionKind } from './custom-resource-definition.ts';
import { endpointSliceKind, endpointsKind } from './endpoint-kinds.ts';
import { configMapKind, eventKind, leaseKind } from './record-kinds.ts';
import { serviceKind } from './service/kind.ts';

export const coreKinds: readonly Kind[] = [
  namespaceKind,
  nodeKind,
  podKind,
  serviceKind,
  endpointsKind,
  endpointSliceKind,
  configMapKind,
  eventKind,
  leaseKind,
  customResourceDefinitionKind,
] as readonly Kind[];
