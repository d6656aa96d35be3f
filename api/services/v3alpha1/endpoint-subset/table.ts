/** How `kubectl get eps` shows EndpointSubsets. */
import type { TableDefinition } from '../../../kind.ts';
import {
  ageCell,
  ageColumn,
  column,
  listCell,
  nameCell,
  nameColumn,
  textCell,
  wideColumn,
} from '../columns.ts';
import type { EndpointSubset, EndpointSubsetStatus } from './schema.ts';

export const endpointSubsetTable: TableDefinition<EndpointSubset> = {
  columns: [
    nameColumn,
    column('Policy', 'TopologyPolicy that decided, as namespace/name.'),
    column('Tier', 'Topology keys of the tiers that were chosen.'),
    column('Endpoints', 'How many endpoints the client may use.', 'integer'),
    ageColumn,
    wideColumn('Reason', 'Why these endpoints.'),
  ],
  rows: (context) => (subset) => {
    const { policy, reason, endpoints = [] } = subset.status ?? {};
    return [
      nameCell(subset),
      textCell(policy === undefined ? undefined : `${policy.namespace}/${policy.name}`),
      listCell(tiersOf(subset.status)),
      endpoints.length,
      ageCell(subset, context.now),
      textCell(reason),
    ];
  },
};

const tiersOf = (status: EndpointSubsetStatus | undefined): string[] => [
  ...new Set((status?.ports ?? []).flatMap((port) => port.families.flatMap(({ tier }) => tier ?? []))),
];
