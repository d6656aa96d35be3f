/**
 * The whole answer for one group and one client: `subset` for each ServicePort and family, put together as
 * the status of an EndpointSubset. Pure.
 */
import type {
  EndpointSubsetStatus,
  SubsetEndpoint,
  SubsetFamily,
  SubsetPending,
  SubsetPort,
} from '../api/services/v3alpha1/endpoint-subset/schema.ts';
import type { AddressFamily } from '../api/services/v3alpha1/service-group/schema.ts';
import type { Endpoint, ServiceGroup, ServicePort } from '../api/services/v3alpha1/types.ts';
import { familiesOf, type Member, membersOf } from './members.ts';
import { type ClientPlace, type Subset, subset } from './subset.ts';

export interface Question {
  readonly group: ServiceGroup;
  /** The ServicePorts that point at the group. */
  readonly ports: readonly ServicePort[];
  /** The namespace's Endpoints that the group's selector matches. */
  readonly endpoints: readonly Endpoint[];
  readonly client: ClientPlace;
  /** `<group>.any`: lists what waits for gates as well. */
  readonly withPending: boolean;
  /** The client's node or pod is not known to us: said in the reason. */
  readonly unknownClient?: string;
}

export function answer(question: Question): EndpointSubsetStatus {
  const members = membersOf(question.group, question.endpoints);
  const families = familiesOf(question.group, members);
  const chosen = new Map<string, Member>();
  const reasons = new Map<string, string>();
  const note = (label: string, result: Subset): void => {
    for (const member of result.chosen) chosen.set(member.name, member);
    reasons.set(label, result.reason);
  };
  const sorted = [...question.ports].sort((a, b) => compareNames(a.metadata.name, b.metadata.name));
  const ports = sorted.map((port) => portAnswer(port, families, members, question.client, note));
  if (ports.length === 0) {
    for (const family of families) note(family, subset(members, undefined, family, question.client));
  }
  const pending = question.withPending ? members.filter((m) => m.state.pending).map(pendingOf) : [];
  return {
    reason: summary(reasons, members.length, question.unknownClient),
    endpoints: [...chosen.values()].sort((a, b) => compareNames(a.name, b.name)).map(endpointOf),
    ports,
    ...(pending.length === 0 ? {} : { pending }),
  };
}

function portAnswer(
  port: ServicePort,
  groupFamilies: readonly AddressFamily[],
  members: readonly Member[],
  client: ClientPlace,
  note: (label: string, result: Subset) => void,
): SubsetPort {
  const { spec } = port;
  const own = spec.families ?? groupFamilies;
  const families: SubsetFamily[] = [];
  let hasAnyEndpoints = false;
  for (const family of groupFamilies.filter((f) => own.includes(f))) {
    const result = subset(members, port, family, client);
    note(`${port.metadata.name} ${family}`, result);
    hasAnyEndpoints ||= result.hasAny;
    families.push({ family, reason: result.reason, targets: [...result.targets] });
  }
  return {
    name: port.metadata.name ?? '',
    ...(spec.portName === undefined ? {} : { portName: spec.portName }),
    ...(spec.port === undefined ? {} : { port: spec.port }),
    ...(spec.endPort === undefined ? {} : { endPort: spec.endPort }),
    protocol: spec.protocol,
    delivery: spec.delivery ?? 'Cluster',
    hasAnyEndpoints,
    families,
  };
}

const endpointOf = (member: Member): SubsetEndpoint => ({
  name: member.name,
  addresses: [...member.addresses],
  ...(member.zone === undefined ? {} : { zone: member.zone }),
  ...(member.nodeName === undefined ? {} : { nodeName: member.nodeName }),
  weight: member.weight,
});

const pendingOf = (member: Member): SubsetPending => ({
  name: member.name,
  addresses: [...member.addresses],
  ...(member.nodeName === undefined ? {} : { nodeName: member.nodeName }),
  waitingFor: [...member.state.waitingFor],
});

const compareNames = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** One sentence where all ports and families agree, else one for each, by name. */
function summary(
  reasons: ReadonlyMap<string, string>,
  members: number,
  unknownClient: string | undefined,
): string {
  const distinct = new Set(reasons.values());
  const [only = ''] = distinct;
  let text: string;
  if (members === 0) text = 'the selector matches no endpoint';
  else if (distinct.size <= 1) text = only;
  else text = [...reasons].map(([label, reason]) => `${label}: ${reason}`).join('; ');
  return unknownClient === undefined ? text : `UnknownClient: ${unknownClient}; ${text}`;
}
