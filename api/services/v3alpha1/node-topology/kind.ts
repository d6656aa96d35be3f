/** The kind NodeTopology, as the engine sees it. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type NodeTopology, nodeTopologySchema } from './schema.ts';
import { nodeTopologyStrategy } from './strategy.ts';
import { nodeTopologyTable } from './table.ts';

export const nodeTopologyKind: Kind<NodeTopology> = {
  group: GROUP,
  version: VERSION,
  kind: 'NodeTopology',
  plural: 'nodetopologies',
  singular: 'nodetopology',
  shortNames: ['nt'],
  categories: [CATEGORY],
  namespaced: false,
  statusSubresource: false,
  statusOnCreate: false,
  verbs: allVerbs,
  schema: nodeTopologySchema,
  strategy: nodeTopologyStrategy,
  fieldSelectors: {},
  table: nodeTopologyTable,
};
