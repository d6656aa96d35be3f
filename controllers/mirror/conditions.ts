/** v1's conditions as v3 carries them: under a type of our own, so that they cannot be taken for v3's. */
import type { Condition } from '../../api/meta/types.ts';
import { GROUP } from '../../api/services/v3alpha1/group.ts';
import type { StatusConditionModel } from './model.ts';

/** `v1.services.x-k8s.io/<Type>` */
export const V1_CONDITION_PREFIX = `v1.${GROUP}/`;

/** metav1.Condition's bounds, which v1 does not check and v3 does. */
const MAX_TYPE_LENGTH = 316;
const MAX_REASON_LENGTH = 1024;
const MAX_MESSAGE_LENGTH = 32_768;
const typePattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const reasonPattern = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
/** Stands for a reason that v1 left empty or wrote as metav1 does not allow. */
const REASON_UNKNOWN = 'Unknown';

/** The condition as v3 takes it; undefined where its type cannot be prefixed (it has a domain of its own). */
export function conditionModel(condition: Condition): StatusConditionModel | undefined {
  const { type, status, reason, message } = condition;
  const fits = typePattern.test(type) && V1_CONDITION_PREFIX.length + type.length <= MAX_TYPE_LENGTH;
  if (!fits || !['True', 'False', 'Unknown'].includes(status)) return undefined;
  const reasonFits = reasonPattern.test(reason ?? '') && reason.length <= MAX_REASON_LENGTH;
  return {
    type,
    status,
    reason: reasonFits ? reason : REASON_UNKNOWN,
    message: (message ?? '').slice(0, MAX_MESSAGE_LENGTH),
    lastTransitionTime: condition.lastTransitionTime ?? '',
    observedGeneration: condition.observedGeneration ?? -1,
  };
}

/** Back to metav1.Condition. */
export function conditionOf(model: StatusConditionModel, prefix = ''): Condition {
  const { lastTransitionTime, observedGeneration, ...rest } = model;
  return {
    ...rest,
    type: `${prefix}${model.type}`,
    ...(observedGeneration < 0 ? {} : { observedGeneration }),
    lastTransitionTime,
  };
}
