/** How `kubectl get sp` shows ServicePorts. */
import type { TableDefinition } from '../../../kind.ts';
import {
  ageCell,
  ageColumn,
  column,
  conditionCell,
  listCell,
  nameCell,
  nameColumn,
  textCell,
} from '../columns.ts';
import { portText, targetText } from './port-text.ts';
import type { ServicePort } from './schema.ts';

export const servicePortTable: TableDefinition<ServicePort> = {
  columns: [
    nameColumn,
    column('Frontend', 'Name that the port is reached by.'),
    column('Type', 'Kind of door.'),
    column('Port', 'Port that clients connect to.'),
    column('Target', 'Port of the endpoints.'),
    column('Group', 'ServiceGroup that gets the traffic.'),
    column('Address', 'Addresses in effect.'),
    column('Accepted', 'Whether the port is in effect.'),
    ageColumn,
  ],
  rows: (context) => (port) => [
    nameCell(port),
    textCell(port.spec.frontend),
    port.spec.type,
    portText(port.spec),
    targetText(port.spec),
    textCell(port.spec.groupRef?.name),
    listCell(addressesOf(port)),
    conditionCell(port.status?.conditions, 'Accepted'),
    ageCell(port, context.now),
  ],
};

/** Where the port is reached: what status says; for doors without an address the name or node port. */
function addressesOf({ spec, status }: ServicePort): string[] {
  if (spec.type === 'ExternalName')
    return spec.externalName?.host === undefined ? [] : [spec.externalName.host];
  const addresses = (status?.addresses ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  if (addresses.length > 0 || status?.nodePort === undefined) return addresses;
  return [`*:${status.nodePort}`];
}
