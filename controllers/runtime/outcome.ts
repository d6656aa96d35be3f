/** From what a request threw to what happens to its key: one reading for every controller. */
import { isReason } from '../../api/meta/api-error.ts';
import type { Outcome } from './types.ts';

/** What a failed write means for the key. */
export function outcomeOf(error: unknown): Outcome {
  // Nothing is created in a namespace that is going; what is there goes with it.
  if (isReason(error, 'Forbidden') && error.message.includes('because it is being terminated')) {
    return { kind: 'done' };
  }
  if (isReason(error, 'Invalid', 'BadRequest')) return { kind: 'stop', cause: error };
  return { kind: 'retry', cause: error };
}
