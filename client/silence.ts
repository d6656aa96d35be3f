/** A signal that ends with its parent, or when nothing is heard for too long. */
import type { Clock } from './clock.ts';

export interface Silence {
  readonly signal: AbortSignal;
  readonly broken: boolean;
  heard(): void;
  cancel(): void;
}

/** @param milliseconds of silence that end it */
export function createSilence(clock: Clock, milliseconds: number, parent: AbortSignal): Silence {
  const own = new AbortController();
  let broken = false;
  let lastHeard = clock.now();
  let cancel: (() => void) | undefined;
  // One timer that re-arms, not one for each of 100,000 events.
  const arm = (wait: number): void => {
    cancel = clock.after(wait, () => {
      const quiet = clock.now() - lastHeard;
      if (quiet < milliseconds) return arm(milliseconds - quiet);
      broken = true;
      own.abort();
    });
  };
  arm(milliseconds);
  return {
    signal: AbortSignal.any([parent, own.signal]),
    get broken() {
      return broken;
    },
    heard() {
      lastHeard = clock.now();
    },
    cancel: () => cancel?.(),
  };
}
