/** Conditions of an Endpoint that we write, beside those of others that we keep. */
import type { Condition, ConditionStatus } from '../../api/meta/types.ts';

/** The types that the endpoints controller owns; all others belong to somebody else. */
const ownTypes: ReadonlySet<string> = new Set(['Ready', 'Serving', 'Terminating']);

export interface WantedCondition {
  readonly type: 'Ready' | 'Serving' | 'Terminating';
  readonly status: ConditionStatus;
  readonly reason: string;
  /** When it became so, where the source knows (RFC 3339). */
  readonly since?: string | undefined;
}

/**
 * The list to store: ours as wanted, in place of what we wrote before; others' as they are.
 * The transition time of a condition whose status did not change stays.
 * @param now RFC 3339, for a transition whose time the source does not know
 */
export function mergeConditions(
  live: readonly Condition[],
  wanted: readonly WantedCondition[],
  now: string,
): Condition[] {
  const ours = wanted.map(({ type, status, reason, since }): Condition => {
    const before = live.find((c) => c.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : (since ?? now);
    return { type, status, lastTransitionTime, reason, message: '' };
  });
  return [...ours, ...live.filter((c) => !ownTypes.has(c.type))];
}

/** Whether a reader would notice: order and times of transitions do not count, type, status and reason do. */
export function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  if (a.length !== b.length) return false;
  const byType = new Map(a.map((c) => [c.type, c]));
  return b.every((c) => {
    const other = byType.get(c.type);
    return other !== undefined && other.status === c.status && other.reason === c.reason;
  });
}

export const statusOf = (value: boolean): ConditionStatus => (value ? 'True' : 'False');
