/** The kind TopologyPolicy, as the engine sees it. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type TopologyPolicy, topologyPolicySchema } from './schema.ts';
import { topologyPolicyStrategy } from './strategy.ts';
import { topologyPolicyTable } from './table.ts';

export const topologyPolicyKind: Kind<TopologyPolicy> = {
  group: GROUP,
  version: VERSION,
  kind: 'TopologyPolicy',
  plural: 'topologypolicies',
  singular: 'topologypolicy',
  shortNames: ['tp'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: false,
  verbs: allVerbs,
  schema: topologyPolicySchema,
  strategy: topologyPolicyStrategy,
  fieldSelectors: {},
  table: topologyPolicyTable,
};
