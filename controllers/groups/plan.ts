/** What a ServiceGroup's status says about its members. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { endpointForGroup } from '../../api/services/v3alpha1/endpoint/readiness.ts';
import type { Endpoint, ServiceGroup, ServiceGroupZone } from '../../api/services/v3alpha1/types.ts';
import { type WantedCondition, withConditions } from '../runtime/conditions.ts';

export interface GroupPlan {
  /** undefined: the status is as it should be. */
  readonly write: ServiceGroup | undefined;
  /** Whether a gate's timeout may change the answer without any event. */
  readonly hasDeadline: boolean;
}

/** @param now milliseconds */
export function planGroup(group: ServiceGroup, members: readonly Endpoint[], now: number): GroupPlan {
  const date = new Date(now);
  const counts = { total: 0, ready: 0, serving: 0, terminating: 0 };
  const zones = new Map<string, ServiceGroupZone>();
  let admitted = 0;
  let waiting = 0;
  for (const endpoint of members) {
    const state = endpointForGroup(endpoint, group.spec, date);
    const zone = zones.get(endpoint.spec.zone ?? '') ?? {
      zone: endpoint.spec.zone ?? '',
      total: 0,
      ready: 0,
    };
    zones.set(zone.zone, zone);
    counts.total += 1;
    zone.total += 1;
    if (state.ready) {
      counts.ready += 1;
      zone.ready += 1;
    }
    if (state.serving) counts.serving += 1;
    if (state.terminating) counts.terminating += 1;
    if (state.admitted) admitted += 1;
    if (state.waitingFor.length > 0) waiting += 1;
  }
  const { generation } = group.metadata;
  const live = group.status?.conditions ?? [];
  const conditions = withConditions(live, [populated(counts.total, admitted)], [], now, generation);
  const status: ServiceGroup['status'] = {
    ...group.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    endpoints: counts,
    zones: [...zones.values()].toSorted((a, b) => (a.zone < b.zone ? -1 : 1)),
    conditions: [...conditions],
  };
  return {
    write: isDeepStrictEqual(comparable(group.status), comparable(status)) ? undefined : { ...group, status },
    hasDeadline: waiting > 0 && group.spec.gateTimeoutSeconds !== undefined,
  };
}

/** An absent list and an empty one are the same on the wire. */
const comparable = (status: ServiceGroup['status']): unknown => ({
  ...status,
  zones: status?.zones ?? [],
  conditions: status?.conditions ?? [],
});

function populated(total: number, admitted: number): WantedCondition {
  const type = 'Populated';
  if (admitted > 0) {
    return {
      type,
      status: 'True',
      reason: 'EndpointsAdmitted',
      message: 'at least one endpoint may receive traffic',
    };
  }
  if (total === 0) {
    return { type, status: 'False', reason: 'NoEndpoints', message: 'no endpoint matches the selector' };
  }
  return { type, status: 'False', reason: 'NoneAdmitted', message: 'no endpoint may receive traffic' };
}
