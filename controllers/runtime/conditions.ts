/** Conditions in a status that several writers share: each replaces its own types and keeps the rest. */
import { formatTime } from '../../api/meta/time.ts';
import type { Condition } from '../../api/meta/types.ts';

export type WantedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * @param removed types of ours that no longer apply
 * @param now milliseconds; becomes the transition time of a status that changed
 * @returns the same list when nothing changed
 */
export function withConditions(
  live: readonly Condition[],
  wanted: readonly WantedCondition[],
  removed: readonly string[],
  now: number,
  observedGeneration?: number,
): readonly Condition[] {
  const next = new Map(live.filter((c) => !removed.includes(c.type)).map((c) => [c.type, c]));
  let changed = next.size !== live.length;
  for (const want of wanted) {
    const before = next.get(want.type);
    if (before !== undefined && isSame(before, want) && before.observedGeneration === observedGeneration)
      continue;
    changed = true;
    next.set(want.type, {
      ...want,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastTransitionTime:
        before?.status === want.status ? before.lastTransitionTime : formatTime(new Date(now)),
    });
  }
  return changed ? [...next.values()] : live;
}

const isSame = (a: WantedCondition, b: WantedCondition): boolean =>
  a.status === b.status && a.reason === b.reason && a.message === b.message;
