/**
 * Waiting for the caches to reach a revision. Consistent reads ask the store only for a number, and share the
 * question: who comes while one is on its way must have a later one, but all of them the same.
 */
import type { Clock } from '../../../client/clock.ts';
import type { Revision } from '../storage.ts';

interface Waiter {
  readonly revision: Revision;
  readonly resolve: () => void;
}

export interface FreshnessSource {
  /** The store's latest revision, linearizable. */
  currentRevision(): Promise<Revision>;
  /** Asks the store watch to say how far it is. */
  requestProgress(): void;
}

export class Freshness {
  readonly #source: FreshnessSource;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #reached: Revision;
  #asking: Promise<Revision> | undefined;
  #askingNext: Promise<Revision> | undefined;

  constructor(source: FreshnessSource, clock: Clock, reached: Revision) {
    this.#source = source;
    this.#clock = clock;
    this.#reached = reached;
  }

  /** Whether somebody waits for a revision. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** The caches are at `revision` now. */
  advance(revision: Revision): void {
    this.#reached = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** @throws what the store says, or the signal's reason */
  async consistent(signal: AbortSignal): Promise<Revision> {
    signal.throwIfAborted();
    const target = await this.#currentRevision();
    if (this.#reached < target) await this.#reach(target, undefined, signal);
    return this.#reached;
  }

  /** @throws the signal's reason */
  async waitUntil(revision: Revision, milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (this.#reached >= revision) return true;
    signal.throwIfAborted();
    return this.#reach(revision, milliseconds, signal);
  }

  #reach(revision: Revision, milliseconds: number | undefined, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        this.#waiters.delete(waiter);
        cancelTimer?.();
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        finish();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        revision,
        resolve: () => {
          finish();
          resolve(true);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
      const cancelTimer =
        milliseconds === undefined
          ? undefined
          : this.#clock.after(milliseconds, () => {
              finish();
              resolve(false);
            });
      this.#source.requestProgress();
    });
  }

  #currentRevision(): Promise<Revision> {
    if (this.#asking === undefined) return this.#ask();
    this.#askingNext ??= this.#asking
      .catch(() => {})
      .then(() => {
        this.#askingNext = undefined;
        return this.#ask();
      });
    return this.#askingNext;
  }

  #ask(): Promise<Revision> {
    const asking = this.#source.currentRevision().finally(() => {
      this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }
}
