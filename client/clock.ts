/** Time as an argument: the system's, and one that tests move by hand. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @returns how to cancel */
  after(milliseconds: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface ManualClock extends Clock {
  /** Moves time on, running what falls due in the order of its time. */
  advance(milliseconds: number): void;
  /** How many timers wait. */
  readonly pending: number;
}

export function createManualClock(start = 0): ManualClock {
  let now = start;
  let sequence = 0;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const nextDue = (limit: number): number | undefined => {
    let best: { id: number; at: number } | undefined;
    for (const [id, timer] of timers) {
      if (timer.at <= limit && (best === undefined || timer.at < best.at)) best = { id, at: timer.at };
    }
    return best?.id;
  };
  return {
    now: () => now,
    after(milliseconds, run) {
      const id = sequence++;
      timers.set(id, { at: now + Math.max(0, milliseconds), run });
      return () => {
        timers.delete(id);
      };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (let id = nextDue(end); id !== undefined; id = nextDue(end)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (timer === undefined) continue;
        now = Math.max(now, timer.at);
        timer.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Resolves after the time, or at once when the signal ends. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(milliseconds, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
