/**
 * One frontend, several ports. Nobody can refuse a ServicePort because of another that is being written at
 * the same time, so contradictions are judged afterwards, the same way by everybody: the older port wins.
 *
 * - The same port number twice (type, port or overlapping range, protocol), or the same portName within a
 *   type: the younger is not accepted, reason FrontendConflict.
 * - Headless or ExternalName beside another type (but ExternalIP beside Headless): the younger is not
 *   accepted, reason FrontendTypes.
 * - Settings of the whole frontend may be set on any port and unset agrees with anything. Where they differ
 *   the oldest accepted port's value is in effect; the others stay accepted, Conflicted, FrontendSettingDiffers.
 *
 * A port that is not accepted takes nothing from others: it neither wins a number nor sets a setting.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Condition } from '../../../meta/types.ts';
import type { ServicePort, ServicePortSpec, ServicePortType } from './schema.ts';

/** A condition without its times, which are the caller's: judging needs no clock. */
export type JudgedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

interface FrontendSetting {
  /** As in the message, so that people find it. */
  readonly path: string;
  /** undefined: this port says nothing about it. */
  read(spec: ServicePortSpec): unknown;
}

const outerDoors: ReadonlySet<ServicePortType> = new Set(['NodePort', 'LoadBalancer', 'ExternalIP']);

/** What holds for a whole frontend. `delivery` is two settings: inside the cluster, and from outside. */
export const frontendSettings: readonly FrontendSetting[] = [
  { path: 'spec.families', read: (spec) => filled(spec.families) },
  { path: 'spec.familyPolicy', read: (spec) => spec.familyPolicy },
  { path: 'spec.sessionAffinity', read: (spec) => spec.sessionAffinity },
  { path: 'spec.delivery', read: (spec) => (outerDoors.has(spec.type) ? undefined : spec.delivery) },
  {
    path: 'spec.delivery of NodePort, LoadBalancer and ExternalIP',
    read: (spec) => (outerDoors.has(spec.type) ? spec.delivery : undefined),
  },
  { path: 'spec.clusterIP.addresses', read: (spec) => filled(spec.clusterIP?.addresses) },
  { path: 'spec.externalIP.addresses', read: (spec) => filled(spec.externalIP?.addresses) },
  { path: 'spec.externalName.host', read: (spec) => spec.externalName?.host },
  { path: 'spec.loadBalancer.class', read: (spec) => spec.loadBalancer?.class },
  { path: 'spec.loadBalancer.sourceRanges', read: (spec) => filled(spec.loadBalancer?.sourceRanges) },
  { path: 'spec.loadBalancer.allocateNodePorts', read: (spec) => spec.loadBalancer?.allocateNodePorts },
  { path: 'spec.loadBalancer.healthCheckNodePort', read: (spec) => spec.loadBalancer?.healthCheckNodePort },
  { path: 'spec.loadBalancer.requestedIP', read: (spec) => spec.loadBalancer?.requestedIP },
];

const filled = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

/**
 * @param ports of one frontend in one namespace, in any order
 * @returns for each port's name the conditions Accepted and Conflicted
 */
export function judgeFrontend(ports: readonly ServicePort[]): Map<string, JudgedCondition[]> {
  const accepted: ServicePort[] = [];
  const verdicts = new Map<string, JudgedCondition[]>();
  for (const port of ports.toSorted(byAge)) {
    const refusal = refusalBeside(port, accepted);
    if (refusal !== undefined) {
      verdicts.set(nameOf(port), [refusal, agrees]);
      continue;
    }
    verdicts.set(nameOf(port), [isAccepted, settingsBeside(port, accepted)]);
    accepted.push(port);
  }
  return verdicts;
}

/** Oldest first; of the same second the name decides. One that is not created yet is the youngest. */
export function byAge(a: ServicePort, b: ServicePort): number {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (left !== right) {
    if (left === undefined) return 1;
    return right === undefined || left < right ? -1 : 1;
  }
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

const nameOf = (port: ServicePort): string => port.metadata.name ?? '';

const isAccepted: JudgedCondition = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'the port is in effect',
};
const agrees: JudgedCondition = {
  type: 'Conflicted',
  status: 'False',
  reason: 'NoConflict',
  message: 'its settings are those of the frontend',
};

function refusalBeside(port: ServicePort, older: readonly ServicePort[]): JudgedCondition | undefined {
  for (const other of older) {
    if (!canShareFrontend(port.spec.type, other.spec.type)) {
      return refused(
        'FrontendTypes',
        `type ${port.spec.type} cannot share a frontend with type ${other.spec.type} of ServicePort "${nameOf(other)}", which is older`,
      );
    }
    const clash = clashBetween(port.spec, other.spec);
    if (clash !== undefined) {
      return refused(
        'FrontendConflict',
        `${clash} is taken by ServicePort "${nameOf(other)}", which is older`,
      );
    }
  }
  return undefined;
}

const refused = (reason: string, message: string): JudgedCondition => ({
  type: 'Accepted',
  status: 'False',
  reason,
  message,
});

/** DNS answers for a frontend are either its address, its endpoints or another name. */
function canShareFrontend(a: ServicePortType, b: ServicePortType): boolean {
  if (a === b) return true;
  const types = [a, b];
  if (types.includes('ExternalName')) return false;
  return !types.includes('Headless') || types.includes('ExternalIP');
}

/** What both claim, in words. */
function clashBetween(port: ServicePortSpec, other: ServicePortSpec): string | undefined {
  if (port.type !== other.type) return undefined;
  if (port.protocol === other.protocol && overlap(port, other)) {
    return `${portText(port)} of type ${port.type}`;
  }
  const isSameName = port.portName !== undefined && port.portName === other.portName;
  return isSameName ? `portName "${port.portName}" of type ${port.type}` : undefined;
}

/** Ports without a number (Headless, ExternalName) are about the name alone, of which there is one. */
function overlap(a: ServicePortSpec, b: ServicePortSpec): boolean {
  if (a.port === undefined || b.port === undefined) return a.port === b.port;
  return a.port <= (b.endPort ?? b.port) && b.port <= (a.endPort ?? a.port);
}

function portText({ port, endPort, protocol }: ServicePortSpec): string {
  if (port === undefined) return `the ${protocol} entry without a port`;
  return `port ${endPort === undefined || endPort === port ? port : `${port}-${endPort}`}/${protocol}`;
}

function settingsBeside(port: ServicePort, older: readonly ServicePort[]): JudgedCondition {
  const differing = frontendSettings.flatMap(({ path, read }) => {
    const own = read(port.spec);
    if (own === undefined) return [];
    const winner = older.find((other) => read(other.spec) !== undefined);
    if (winner === undefined || isDeepStrictEqual(read(winner.spec), own)) return [];
    return [`${path} (in effect: ${JSON.stringify(read(winner.spec))} of ServicePort "${nameOf(winner)}")`];
  });
  if (differing.length === 0) return agrees;
  return {
    type: 'Conflicted',
    status: 'True',
    reason: 'FrontendSettingDiffers',
    message: `the frontend has other values for ${differing.join(', ')}`,
  };
}
