/** How `kubectl get ept` shows Endpoints. */
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
import { endpointState } from './readiness.ts';
import type { Endpoint, EndpointPort, TargetReference } from './schema.ts';

export const endpointTable: TableDefinition<Endpoint> = {
  columns: [
    nameColumn,
    column('Addresses', 'IP addresses, or the DNS name.'),
    column('Ready', 'Whether the endpoint is ready by its own conditions; groups may ask for more.'),
    column('Zone', 'Zone it is in.'),
    column('Node', 'Node it runs on.'),
    ageColumn,
    wideColumn('Ports', 'Ports it listens on, as name:port/protocol.'),
    wideColumn('Networks', 'Networks it has addresses on.'),
    wideColumn('Target', 'Object it stands for.'),
    wideColumn('Weight', 'Share of new connections compared with other endpoints.', 'integer'),
  ],
  rows: (context) => (endpoint) => {
    const { addresses = [], fqdn, ports = [], zone, nodeName, targetRef, weight } = endpoint.spec;
    return [
      nameCell(endpoint),
      fqdn ?? listCell(addresses.map(({ ip }) => ip)),
      endpointState(endpoint).conditionsReady ? 'True' : 'False',
      textCell(zone),
      textCell(nodeName),
      ageCell(endpoint, context.now),
      listCell(ports.map(portCell)),
      listCell([...new Set(addresses.map(({ network }) => network))]),
      targetCell(targetRef),
      weight,
    ];
  },
};

function portCell({ name, port, protocol }: EndpointPort): string {
  const number = `${port ?? '*'}/${protocol}`;
  return name === '' ? number : `${name}:${number}`;
}

function targetCell(target: TargetReference | undefined): string {
  if (target?.name === undefined) return textCell(undefined);
  return target.kind === undefined ? target.name : `${target.kind}/${target.name}`;
}
