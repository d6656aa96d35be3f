/**
 * From the Endpoints that are to those that should be: the writes between them, and no other.
 *
 * 1. An Endpoint whose backend became another one (target's uid) or moved (addresses) is deleted and made
 *    anew, so that no condition somebody put on the old one survives.
 * 2. At most one write per changed half: spec with metadata, and status.
 * 3. What others put there stays: weight, conditions of other types, annotations, reserved labels.
 */
import { isDeepStrictEqual } from 'node:util';
import type { OwnerReference } from '../../api/meta/types.ts';
import { API_VERSION, DEFAULT_NETWORK, RESERVED_LABEL_PREFIX } from '../../api/services/v3alpha1/group.ts';
import type { Endpoint, EndpointSpec } from '../../api/services/v3alpha1/types.ts';
import { mergeConditions, sameConditions, type WantedCondition } from './conditions.ts';

/** An Endpoint as its source (a pod, an entry of a slice) wants it. */
export interface WantedEndpoint {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
  readonly spec: EndpointSpec;
  readonly conditions: readonly WantedCondition[];
  /** Told with a new state, but no reason for a write by itself. */
  readonly triggerTime: string | undefined;
}

export interface EndpointChange {
  readonly live: Endpoint;
  readonly wanted: Endpoint;
  readonly main: boolean;
  readonly status: boolean;
}

/** Done in this order. */
export interface EndpointWrites {
  readonly delete: readonly Endpoint[];
  readonly create: readonly Endpoint[];
  readonly change: readonly EndpointChange[];
}

/** @param now RFC 3339 with whole seconds */
export function difference(
  live: readonly Endpoint[],
  wanted: readonly WantedEndpoint[],
  now: string,
): EndpointWrites {
  const remaining = new Map(live.map((e) => [e.metadata.name ?? '', e]));
  const remove: Endpoint[] = [];
  const create: Endpoint[] = [];
  const change: EndpointChange[] = [];
  for (const want of wanted) {
    const current = remaining.get(want.name);
    remaining.delete(want.name);
    if (current === undefined) {
      create.push(created(want, now));
    } else if (isOtherBackend(current.spec, want.spec)) {
      remove.push(current);
      create.push(created(want, now));
    } else {
      const next = changed(current, want, now);
      if (next.main || next.status) change.push(next);
    }
  }
  remove.push(...remaining.values());
  return { delete: remove.filter((e) => e.metadata.deletionTimestamp === undefined), create, change };
}

function isOtherBackend(live: EndpointSpec, wanted: EndpointSpec): boolean {
  return (
    live.targetRef?.uid !== wanted.targetRef?.uid ||
    live.fqdn !== wanted.fqdn ||
    !isDeepStrictEqual(addressSet(live), addressSet(wanted))
  );
}

const addressSet = (spec: EndpointSpec): readonly string[] =>
  (spec.addresses ?? []).map((a) => `${a.network || DEFAULT_NETWORK} ${a.ip}`).toSorted();

function created(want: WantedEndpoint, now: string): Endpoint {
  return {
    apiVersion: API_VERSION,
    kind: 'Endpoint',
    metadata: {
      name: want.name,
      namespace: want.namespace,
      labels: { ...want.labels },
      ownerReferences: [want.owner],
    },
    spec: want.spec,
    status: statusWith([], want, now),
  };
}

function changed(live: Endpoint, want: WantedEndpoint, now: string): EndpointChange {
  const labels = { ...reservedOf(live.metadata.labels), ...want.labels };
  const spec: EndpointSpec = { ...want.spec, weight: live.spec.weight };
  const owners = [
    ...(live.metadata.ownerReferences ?? []).filter((o) => o.controller !== true && o.uid !== want.owner.uid),
    want.owner,
  ];
  const conditions = live.status?.conditions ?? [];
  const status = statusWith(conditions, want, now);
  const main =
    !isDeepStrictEqual(live.metadata.labels ?? {}, labels) ||
    !isDeepStrictEqual(withoutAbsent(live.spec), withoutAbsent(spec)) ||
    !isDeepStrictEqual(live.metadata.ownerReferences ?? [], owners);
  const wanted: Endpoint = {
    ...live,
    metadata: { ...live.metadata, labels, ownerReferences: owners },
    spec,
    status,
  };
  return { live, wanted, main, status: !sameConditions(conditions, status.conditions) };
}

function statusWith(
  live: Parameters<typeof mergeConditions>[0],
  want: WantedEndpoint,
  now: string,
): { conditions: ReturnType<typeof mergeConditions>; lastChangeTriggerTime?: string } {
  return {
    conditions: mergeConditions(live, want.conditions, now),
    ...(want.triggerTime === undefined ? {} : { lastChangeTriggerTime: want.triggerTime }),
  };
}

function reservedOf(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels ?? {}).filter(([key]) => key.startsWith(RESERVED_LABEL_PREFIX)),
  );
}

/** An empty list and an absent one are the same on the wire. */
function withoutAbsent(spec: EndpointSpec): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(spec).filter(([, v]) => v !== undefined && !(Array.isArray(v) && v.length === 0)),
  );
}
