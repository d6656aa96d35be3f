/** How `kubectl get tp` shows TopologyPolicies. */
import type { TableContext, TableDefinition } from '../../../kind.ts';
import { fromLabelSelector, matchesLabels } from '../../../meta/labels.ts';
import { ageCell, ageColumn, column, conditionCell, listCell, nameCell, nameColumn } from '../columns.ts';
import type { TopologyPolicy, TopologyTier } from './schema.ts';
import { groupNamespace } from './side.ts';

export const topologyPolicyTable: TableDefinition<TopologyPolicy> = {
  columns: [
    nameColumn,
    column('Tiers', 'Topology keys, nearest first; >=n: with at least n endpoints.'),
    column('Else', 'What clients get when no tier has enough endpoints.'),
    column('Groups', 'How many groups the policy is about.', 'integer'),
    column('Accepted', 'Whether the policy is in effect.'),
    ageColumn,
  ],
  rows: (context) => (policy) => [
    nameCell(policy),
    listCell((policy.spec.tiers ?? []).map(tierCell)),
    policy.spec.whenUnmatched,
    countGroups(policy, context),
    conditionCell(policy.status?.conditions, 'Accepted'),
    ageCell(policy, context.now),
  ],
};

const tierCell = ({ topologyKey, minEndpoints }: TopologyTier): string =>
  minEndpoints === 1 ? topologyKey : `${topologyKey}>=${minEndpoints}`;

/** Groups that exist now. */
function countGroups({ metadata, spec }: TopologyPolicy, context: TableContext): number {
  const namespace = metadata.namespace ?? '';
  if (spec.groups !== undefined) {
    return spec.groups.filter((group) =>
      context
        .list('servicegroups', groupNamespace(group, namespace))
        .some((found) => found.metadata.name === group.name),
    ).length;
  }
  const { requirements } = fromLabelSelector(spec.groupSelector ?? {}, 'spec.groupSelector');
  const groups = context.list('servicegroups', namespace);
  return groups.filter((group) => matchesLabels(requirements, group.metadata.labels)).length;
}
