/** How `kubectl get sg` shows ServiceGroups: READY and PORTS are looked up when the table is made. */
import type { TableContext, TableDefinition } from '../../../kind.ts';
import { formatLabelSelector, fromLabelSelector } from '../../../meta/labels.ts';
import type { KubeObject, LabelSelector } from '../../../meta/types.ts';
import { ageCell, ageColumn, column, listCell, NONE, nameCell, nameColumn, wideColumn } from '../columns.ts';
import { endpointForGroup } from '../endpoint/readiness.ts';
import type { Endpoint } from '../endpoint/schema.ts';
import { portMapping } from '../service-port/port-text.ts';
import type { ServicePort } from '../service-port/schema.ts';
import { indexMembers, type MembersOf } from './members.ts';
import type { ServiceGroup } from './schema.ts';

export const serviceGroupTable: TableDefinition<ServiceGroup> = {
  columns: [
    nameColumn,
    column('Ready', 'Endpoints that are ready for the group, of all that belong to it.'),
    column('Ports', 'Ports of its ServicePorts, as port→targetPort/protocol.'),
    ageColumn,
    wideColumn('Zones', 'Ready and all endpoints by zone.'),
    wideColumn('Selector', 'Labels that an Endpoint must have to belong to the group.'),
    wideColumn('Network', 'Network whose addresses the group hands out.'),
  ],
  rows(context) {
    const membersOf = perNamespace((namespace) =>
      indexMembers(cached<Endpoint>(context, 'endpoints', namespace)),
    );
    const portsOf = perNamespace((namespace) =>
      portsByGroup(cached<ServicePort>(context, 'serviceports', namespace)),
    );
    return (group) => {
      const namespace = group.metadata.namespace ?? '';
      const counts = countMembers(group, membersOf(namespace));
      return [
        nameCell(group),
        `${counts.ready}/${counts.total}`,
        listCell(portsOf(namespace).get(nameCell(group)) ?? []),
        ageCell(group, context.now),
        zonesCell(counts.zones),
        selectorCell(group.spec.selector),
        group.spec.network,
      ];
    };
  },
};

/** The kind of a cached object is known by its plural; the cache holds nothing but stored objects. */
const cached = <T extends KubeObject>(
  context: TableContext,
  plural: string,
  namespace: string,
): readonly T[] => context.list(plural, namespace) as readonly T[];

/** Looks at a namespace when its first group is shown, and only once a table. */
function perNamespace<T>(make: (namespace: string) => T): (namespace: string) => T {
  const known = new Map<string, T>();
  return (namespace) => {
    const found = known.get(namespace) ?? make(namespace);
    known.set(namespace, found);
    return found;
  };
}

/** The mappings of each group's ports, each once, lowest port first. */
function portsByGroup(ports: readonly ServicePort[]): Map<string, string[]> {
  const byGroup = new Map<string, string[]>();
  for (const { spec } of ports.toSorted((a, b) => (a.spec.port ?? 0) - (b.spec.port ?? 0))) {
    if (spec.groupRef === undefined) continue;
    const texts = byGroup.get(spec.groupRef.name) ?? [];
    const text = portMapping(spec);
    if (!texts.includes(text)) texts.push(text);
    byGroup.set(spec.groupRef.name, texts);
  }
  return byGroup;
}

interface Counts {
  ready: number;
  total: number;
}

function countMembers(group: ServiceGroup, membersOf: MembersOf): Counts & { zones: Map<string, Counts> } {
  const counts = { ready: 0, total: 0, zones: new Map<string, Counts>() };
  for (const endpoint of membersOf(group)) {
    const name = endpoint.spec.zone ?? '';
    const zone = counts.zones.get(name) ?? { ready: 0, total: 0 };
    counts.zones.set(name, zone);
    const ready = endpointForGroup(endpoint, group.spec).ready ? 1 : 0;
    counts.total += 1;
    zone.total += 1;
    counts.ready += ready;
    zone.ready += ready;
  }
  return counts;
}

const zonesCell = (zones: ReadonlyMap<string, Counts>): string =>
  listCell(
    [...zones]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([zone, { ready, total }]) => `${zone === '' ? NONE : zone}:${ready}/${total}`),
  );

function selectorCell(selector: LabelSelector | undefined): string {
  if (selector === undefined) return NONE;
  return formatLabelSelector(fromLabelSelector(selector, 'spec.selector').requirements);
}
