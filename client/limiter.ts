/** How much one client may ask of a server: so many requests at once, and so many a second. */
import type { Clock } from './clock.ts';

export interface RateLimit {
  /** Requests a second, in the long run. */
  readonly perSecond: number;
  /** Requests that may come at once after quiet. */
  readonly burst: number;
}

export interface Limiter {
  /** Waits for a place; first come, first served. The returned function gives it back, once. */
  acquire(): Promise<() => void>;
}

/** @param concurrency requests at once */
export function createLimiter(clock: Clock, concurrency: number, rate: RateLimit | undefined): Limiter {
  const waiting: (() => void)[] = [];
  let free = concurrency;
  let tokens = rate?.burst ?? 0;
  let filledAt = clock.now();
  let wakeUp: (() => void) | undefined;

  /** @returns milliseconds until a token is there, 0 when one was taken */
  function takeToken(): number {
    if (rate === undefined) return 0;
    const now = clock.now();
    tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
    filledAt = now;
    if (tokens >= 1) {
      tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - tokens) / rate.perSecond) * 1000);
  }

  function pump(): void {
    while (free > 0 && waiting.length > 0 && wakeUp === undefined) {
      const wait = takeToken();
      if (wait > 0) {
        wakeUp = clock.after(wait, () => {
          wakeUp = undefined;
          pump();
        });
        return;
      }
      free -= 1;
      waiting.shift()?.();
    }
  }

  function release(): () => void {
    let returned = false;
    return () => {
      if (returned) return;
      returned = true;
      free += 1;
      pump();
    };
  }

  return {
    acquire() {
      return new Promise((resolve) => {
        waiting.push(() => resolve(release()));
        pump();
      });
    },
  };
}
