/** How `kubectl get nt` shows NodeTopologies. */
import type { TableDefinition } from '../../../kind.ts';
import { ageCell, ageColumn, column, nameCell, nameColumn, textCell } from '../columns.ts';
import { type NodeTopology, REGION_KEY, ZONE_KEY } from './schema.ts';

export const nodeTopologyTable: TableDefinition<NodeTopology> = {
  columns: [
    nameColumn,
    column('Zone', `The host's ${ZONE_KEY}.`),
    column('Region', `The host's ${REGION_KEY}.`),
    ageColumn,
  ],
  rows: (context) => (host) => [
    nameCell(host),
    textCell(host.spec.topology[ZONE_KEY]),
    textCell(host.spec.topology[REGION_KEY]),
    ageCell(host, context.now),
  ],
};
