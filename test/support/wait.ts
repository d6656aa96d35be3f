/** Waiting for something of another process to become true. The only place in the tests that polls. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long between two looks: short, because the tests' duration is the sum of these. */
const INTERVAL_MS = 50;
/** Generous: it bounds a hang on a busy machine and is never a measurement. */
const DEFAULT_TIMEOUT_MS = 60_000;

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Looked at before each try: throws to end the wait early, for instance because a process has died. */
  readonly check?: () => void;
}

/**
 * Calls `probe` until it gives something else than undefined or false.
 * @param what for the message: `timed out after 60 s waiting for <what>: <last error>`
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    options.check?.();
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const why = last === undefined ? '' : `: ${last instanceof Error ? last.message : String(last)}`;
      throw new Error(`timed out after ${timeoutMs / 1000} s waiting for ${what}${why}`, { cause: last });
    }
    await delay(options.intervalMs ?? INTERVAL_MS);
  }
}
