/**
 * When a condition last changed. A type with a domain (`lb.example.com/Programmed`) has a writer that applies
 * a few fields and keeps no state: for it the server tells when the status changed. Types without a domain
 * are our controllers', which set the time themselves, as metav1.Condition demands.
 */
import { type FieldError, required } from '../../meta/field-error.ts';
import type { Condition } from '../../meta/types.ts';

interface WithConditions {
  status?: { conditions?: Condition[] };
}

/**
 * Sets the time of domain conditions where it is absent or the status changed. Lists are replaced, not
 * written to: what did not change may be shared with `old`.
 * @param old undefined on create
 * @param now RFC 3339 in UTC
 */
export function setTransitionTimes<S extends { conditions?: Condition[] }>(
  object: { status?: S },
  old: WithConditions | undefined,
  now: string,
): void {
  const { status } = object;
  if (status?.conditions === undefined) return;
  const before = new Map((old?.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const conditions = status.conditions.map((condition) =>
    hasDomain(condition) ? withTransitionTime(condition, before.get(condition.type), now) : condition,
  );
  object.status = { ...status, conditions };
}

const hasDomain = ({ type }: Condition): boolean => type.includes('/');

/** The static type says a time is there; of what a client sent that is not known yet. */
const timeOf = (condition: Partial<Condition> | undefined): string | undefined =>
  condition?.lastTransitionTime;

function withTransitionTime(condition: Condition, old: Condition | undefined, now: string): Condition {
  const hasChanged = old !== undefined && old.status !== condition.status;
  if (hasChanged) return { ...condition, lastTransitionTime: now };
  return { ...condition, lastTransitionTime: timeOf(condition) ?? timeOf(old) ?? now };
}

/** After `setTransitionTimes`: what still has no time is of a type whose writer has to say it. */
export const validateConditions = (object: WithConditions): FieldError[] =>
  (object.status?.conditions ?? []).flatMap((condition, i) =>
    timeOf(condition) === undefined ? [required(`status.conditions[${i}].lastTransitionTime`)] : [],
  );
