/**
 * What the ServiceMirror of a Service should say. Pure; `undefined` where it says so already, because nothing
 * is written at rest. The condition Synced carries the time of the last change.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatTime } from '../../../api/meta/time.ts';
import type { Condition } from '../../../api/meta/types.ts';
import { FRONTEND_LABEL, ORIGIN_LABEL } from '../../../api/services/v3alpha1/group.ts';
import type {
  MirrorConflict,
  MirrorPhase,
  ServiceMirror,
  ServiceMirrorStatus,
  ServicePort,
} from '../../../api/services/v3alpha1/types.ts';
import { fromV3 } from '../from-v3.ts';
import type { Carrier, Names, ObjectName } from '../names.ts';
import type { Applied } from './apply.ts';
import type { ImportPlan, V3Object } from './plan.ts';

export type SyncedReason =
  | 'Synced'
  | 'NameTaken'
  | 'ForeignPorts'
  | 'Refused'
  | 'OriginMissing'
  | 'Paused'
  | 'AuthorityNotImplemented';

interface Finding {
  readonly phase: MirrorPhase;
  readonly reason: SyncedReason;
  readonly message: string;
}

const CONDITION = 'Synced';

/** Metadata and spec to write; undefined where they are as they should be. */
export function wantedMirror(
  plan: ImportPlan,
  mirror: ServiceMirror | undefined,
): Pick<ServiceMirror, 'metadata' | 'spec'> | undefined {
  const { namespace, name, origin } = plan.model;
  const stash = plan.stash as unknown as Record<string, unknown>;
  if (mirror === undefined) {
    return {
      metadata: { namespace, name, labels: { [FRONTEND_LABEL]: name, [ORIGIN_LABEL]: origin } },
      spec: { authority: 'V1', paused: false, stash },
    };
  }
  if (isDeepStrictEqual(mirror.spec.stash, stash)) return undefined;
  return { metadata: mirror.metadata, spec: { ...mirror.spec, stash } };
}

/** The status after an import. */
export function importStatus(
  plan: ImportPlan,
  applied: Pick<Applied, 'objects' | 'refused'>,
  mirror: ServiceMirror | undefined,
  read: (desired: V3Object) => V3Object | undefined,
  now: Date,
): ServiceMirrorStatus | undefined {
  const answer = (desired: V3Object): V3Object | undefined =>
    applied.objects.get(`${desired.kind}/${desired.metadata.name}`) ?? read(desired);
  const status = {
    base: plan.base as unknown as Record<string, unknown>,
    objects: namesWithUids(plan, answer) as unknown as Record<string, unknown>,
    ...listed('conflicts', conflictsOf(plan.foreignPorts, mirror, now)),
    ...listed(
      'lossy',
      plan.lossy.map((loss) => ({ ...loss })),
    ),
  };
  return changedStatus(mirror, status, finding(plan, applied), now);
}

const listed = <K extends string, T>(field: K, items: T[]): { [P in K]?: T[] } =>
  (items.length === 0 ? {} : { [field]: items }) as { [P in K]?: T[] };

function finding(plan: ImportPlan, { refused }: Pick<Applied, 'refused'>): Finding {
  const [taken] = plan.nameTaken;
  if (taken !== undefined) {
    return { phase: 'Error', reason: 'NameTaken', message: several(plan.nameTaken.map((o) => o.message)) };
  }
  if (refused.length > 0) {
    const texts = refused.map((r) => `${r.kind} "${r.name}": ${r.message}`);
    return { phase: 'Error', reason: 'Refused', message: several(texts) };
  }
  if (plan.foreignPorts.length > 0) {
    const names = plan.foreignPorts.map((port) => `"${port.metadata.name}"`).join(', ');
    return {
      phase: 'Conflicted',
      reason: 'ForeignPorts',
      message: `ServicePorts ${names} of this frontend are older than its mirror and were left alone; delete them, or give them another frontend`,
    };
  }
  return { phase: 'Synced', reason: 'Synced', message: 'v3 says what the v1 Service says' };
}

/** How many of several messages of one kind are shown; the rest is counted. */
const MAX_MESSAGES = 5;

function several(messages: readonly string[]): string {
  const shown = messages.slice(0, MAX_MESSAGES).join('; ');
  return messages.length <= MAX_MESSAGES ? shown : `${shown}; and ${messages.length - MAX_MESSAGES} more`;
}

/** The status of a mirror on which nothing is done now, for the reason given. Base and names stay. */
export function idleStatus(
  mirror: ServiceMirror,
  reason: 'OriginMissing' | 'Paused' | 'AuthorityNotImplemented',
  message: string,
  now: Date,
): ServiceMirrorStatus | undefined {
  const phase: MirrorPhase =
    reason === 'OriginMissing'
      ? 'Error'
      : reason === 'Paused'
        ? (mirror.status?.phase ?? 'Pending')
        : 'Pending';
  const { conditions, phase: _, ...kept } = mirror.status ?? {};
  return changedStatus(mirror, kept, { phase, reason, message }, now);
}

function changedStatus(
  mirror: ServiceMirror | undefined,
  facts: Omit<ServiceMirrorStatus, 'phase' | 'conditions'>,
  { phase, reason, message }: Finding,
  now: Date,
): ServiceMirrorStatus | undefined {
  const before = mirror?.status?.conditions?.find((condition) => condition.type === CONDITION);
  const withTime = (lastTransitionTime: string): ServiceMirrorStatus => {
    const condition: Condition = {
      type: CONDITION,
      status: reason === 'Synced' ? 'True' : reason === 'Paused' ? 'Unknown' : 'False',
      lastTransitionTime,
      reason,
      message,
    };
    const others = (mirror?.status?.conditions ?? []).filter((c) => c.type !== CONDITION);
    return { ...facts, phase, conditions: [...others, condition] };
  };
  const unchanged = withTime(before?.lastTransitionTime ?? '');
  return isDeepStrictEqual(mirror?.status, unchanged) ? undefined : withTime(formatTime(now));
}

/** A conflict that stands keeps its time. */
function conflictsOf(
  ports: readonly ServicePort[],
  mirror: ServiceMirror | undefined,
  now: Date,
): MirrorConflict[] {
  return ports.map((port) => {
    const conflict = {
      field: `v3:ServicePort[${port.metadata.name}]`,
      v3: port.spec.type,
      winner: 'V3' as const,
    };
    const known = mirror?.status?.conflicts?.find((c) => c.field === conflict.field && c.v3 === conflict.v3);
    return { ...conflict, time: known?.time ?? formatTime(now) };
  });
}

/** Every carrier with its object, as the server knows it; what is not there has no entry. */
function namesWithUids(plan: ImportPlan, answer: (desired: V3Object) => V3Object | undefined): Names {
  const { namespace, name } = plan.model;
  const { names } = fromV3({ namespace, name }, plan.desired);
  const objects = new Map(
    [...plan.desired.groups, ...plan.desired.ports, ...plan.desired.policies].map((object) => [
      `${object.kind}/${object.metadata.name}`,
      object,
    ]),
  );
  const entries = (Object.entries(names) as [Carrier, ObjectName][]).flatMap(([carrier, known]) => {
    const desired = objects.get(`${known.kind}/${known.name}`);
    const uid = desired === undefined ? undefined : answer(desired)?.metadata.uid;
    return uid === undefined ? [] : [[carrier, { kind: known.kind, name: known.name, uid }] as const];
  });
  return Object.fromEntries(entries) as Names;
}
