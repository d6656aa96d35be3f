/** A signal that ends with its parents or when the time is over, whichever comes first. */
import type { Clock } from './clock.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  readonly expired: boolean;
  cancel(): void;
}

export function createDeadline(
  clock: Clock,
  milliseconds: number,
  parents: readonly (AbortSignal | undefined)[],
): Deadline {
  const controller = new AbortController();
  let expired = false;
  const stop = clock.after(milliseconds, () => {
    expired = true;
    controller.abort();
  });
  const signals = parents.filter((s) => s !== undefined);
  const abort = (): void => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) controller.abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    cancel() {
      stop();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
