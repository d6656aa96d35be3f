/**
 * An Endpoint as seen by a group: the same backend may be ready for one group and held back by a gate of
 * another. Topology, tables and status all ask here, so that they cannot disagree.
 */
import type { Condition, ConditionStatus } from '../../../meta/types.ts';
import type { ServiceGroupSpec } from '../service-group/schema.ts';
import type { Endpoint } from './schema.ts';

export interface EndpointState {
  /** Ready by its own conditions, gates aside. */
  readonly conditionsReady: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

export interface GroupEndpointState extends EndpointState {
  /** Ready for the group: `conditionsReady` and every gate passed. */
  readonly ready: boolean;
  /** Gates that hold the endpoint back, in the group's order. */
  readonly waitingFor: readonly string[];
  /** Gates that are not True but have held for `gateTimeoutSeconds`, so that they pass (reason GateTimeout). */
  readonly timedOut: readonly string[];
  /** Whether the group's `publish` lets the endpoint have traffic. */
  readonly admitted: boolean;
  /** Whether nothing but gates keeps the endpoint from being admitted. */
  readonly pending: boolean;
}

/** What of a group decides how it sees an endpoint. */
export type GroupView = Pick<ServiceGroupSpec, 'publish' | 'readinessGates' | 'gateTimeoutSeconds'>;

/**
 * The endpoint's own facts. Serving absent is True and Terminating absent is False, as EndpointSlice reads
 * nil; only for a Pod is Serving absent False too, because the controller that knows better has not spoken
 * yet. Ready absent follows from the two.
 */
export function endpointState(endpoint: Endpoint): EndpointState {
  const isPod = endpoint.spec.targetRef?.kind === 'Pod';
  const serving = isTrue(endpoint, 'Serving') ?? !isPod;
  const terminating = isTrue(endpoint, 'Terminating') ?? false;
  const conditionsReady = isTrue(endpoint, 'Ready') ?? (serving && !terminating);
  return { conditionsReady, serving, terminating };
}

/** @param now left out: gates hold for ever, whatever the group's timeout; so the answer needs no clock */
export function endpointForGroup(endpoint: Endpoint, group: GroupView, now?: Date): GroupEndpointState {
  const state = endpointState(endpoint);
  const closed = (group.readinessGates ?? [])
    .map((gate) => gate.conditionType)
    .filter((type) => isTrue(endpoint, type) !== true);
  const timedOut = closed.filter((type) => hasTimedOut(endpoint, type, group.gateTimeoutSeconds, now));
  const waitingFor = closed.filter((type) => !timedOut.includes(type));
  const gatesPass = waitingFor.length === 0;
  const fits = fitsPublish[group.publish](state);
  return {
    ...state,
    ready: state.conditionsReady && gatesPass,
    waitingFor,
    timedOut,
    admitted: group.publish === 'All' || (fits && gatesPass),
    pending: group.publish !== 'All' && fits && !gatesPass,
  };
}

const fitsPublish: Readonly<Record<ServiceGroupSpec['publish'], (state: EndpointState) => boolean>> = {
  Ready: (state) => state.conditionsReady,
  Serving: (state) => state.serving,
  All: () => true,
};

/** The status of a condition; undefined: the endpoint does not carry it. */
export function conditionStatus(endpoint: Endpoint, type: string): ConditionStatus | undefined {
  return findCondition(endpoint, type)?.status;
}

function findCondition(endpoint: Endpoint, type: string): Condition | undefined {
  return endpoint.status?.conditions?.find((condition) => condition.type === type);
}

/** Unknown is not True. */
function isTrue(endpoint: Endpoint, type: string): boolean | undefined {
  const status = conditionStatus(endpoint, type);
  return status === undefined ? undefined : status === 'True';
}

/** A gate holds from when its condition last changed; from the endpoint's creation if nobody ever set it. */
function hasTimedOut(
  endpoint: Endpoint,
  type: string,
  timeoutSeconds: number | undefined,
  now: Date | undefined,
): boolean {
  if (timeoutSeconds === undefined || now === undefined) return false;
  const since = Date.parse(
    findCondition(endpoint, type)?.lastTransitionTime ?? endpoint.metadata.creationTimestamp ?? '',
  );
  return now.getTime() - since >= timeoutSeconds * 1000;
}
