/**
 * Keys that wait for work.
 *
 *   add ──► ready ──next()──► working ──done()──► (gone, or ready again if it was added meanwhile)
 *   addAfter ──► delayed ──time──► ready
 *
 * 1. A key is ready at most once, however often it is added.
 * 2. A key is worked on by one worker at a time; an add meanwhile is kept and comes after.
 * 3. A key delayed twice comes at the earlier time.
 */
import type { Clock } from '../../client/clock.ts';
import type { ObjectKey } from './types.ts';

export interface WorkqueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** After the first failure of a key; doubles. Default 10 ms, as client-go (5 ms) for local faults. */
  readonly backoffBaseMilliseconds?: number;
  /** Default 2 minutes: long enough to spare a broken server, short enough to heal unattended. */
  readonly backoffCapMilliseconds?: number;
}

const defaultBaseMilliseconds = 10;
const defaultCapMilliseconds = 120_000;

export interface Workqueue {
  add(key: ObjectKey): void;
  addAfter(key: ObjectKey, milliseconds: number): void;
  /** Again after a time that doubles with each failure since `forget`. */
  addBackoff(key: ObjectKey): void;
  /** The key went well: its next failure starts small again. */
  forget(key: ObjectKey): void;
  /** The next key, which the caller must give back by `done`; undefined: the queue is closed. */
  next(): Promise<ObjectKey | undefined>;
  done(key: ObjectKey): void;
  /** Takes nothing more, drops what waits; `next` answers undefined. Work under way is not touched. */
  close(): void;
  /** Resolves when nothing is ready or worked on (delayed keys may wait). */
  whenIdle(): Promise<void>;
  readonly ready: number;
  readonly working: number;
  readonly delayed: number;
}

export function createWorkqueue(options: WorkqueueOptions): Workqueue {
  return new KeyQueue(options);
}

class KeyQueue implements Workqueue {
  readonly #options: WorkqueueOptions;
  /** Insertion order is the order of work. */
  readonly #ready = new Set<ObjectKey>();
  readonly #working = new Set<ObjectKey>();
  /** Added while being worked on. */
  readonly #again = new Set<ObjectKey>();
  readonly #delayed = new Map<ObjectKey, { readonly at: number; readonly cancel: () => void }>();
  readonly #failures = new Map<ObjectKey, number>();
  readonly #takers: ((key: ObjectKey | undefined) => void)[] = [];
  #idlers: (() => void)[] = [];
  #closed = false;

  constructor(options: WorkqueueOptions) {
    this.#options = options;
  }

  get ready(): number {
    return this.#ready.size;
  }

  get working(): number {
    return this.#working.size;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  add(key: ObjectKey): void {
    if (this.#closed) return;
    this.#undelay(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    this.#hand();
  }

  addAfter(key: ObjectKey, milliseconds: number): void {
    if (this.#closed) return;
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const { clock } = this.#options;
    const at = clock.now() + milliseconds;
    const before = this.#delayed.get(key);
    if (this.#ready.has(key) || this.#again.has(key) || (before !== undefined && before.at <= at)) return;
    before?.cancel();
    const cancel = clock.after(milliseconds, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  addBackoff(key: ObjectKey): void {
    const {
      random,
      backoffBaseMilliseconds = defaultBaseMilliseconds,
      backoffCapMilliseconds = defaultCapMilliseconds,
    } = this.#options;
    const count = this.#failures.get(key) ?? 0;
    this.#failures.set(key, count + 1);
    const full = Math.min(backoffCapMilliseconds, backoffBaseMilliseconds * 2 ** Math.min(count, 30));
    // A quarter of jitter, so that keys which failed together do not come back together.
    this.addAfter(key, Math.ceil(full * (0.75 + 0.25 * random())));
  }

  forget(key: ObjectKey): void {
    this.#failures.delete(key);
  }

  next(): Promise<ObjectKey | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#take();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  done(key: ObjectKey): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
    this.#checkIdle();
  }

  close(): void {
    this.#closed = true;
    this.#ready.clear();
    this.#again.clear();
    this.#failures.clear();
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
    this.#checkIdle();
  }

  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.#checkIdle();
    });
  }

  #take(): ObjectKey | undefined {
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#working.add(key);
      return key;
    }
    return undefined;
  }

  #hand(): void {
    while (this.#takers.length > 0 && this.#ready.size > 0) this.#takers.shift()?.(this.#take());
  }

  #checkIdle(): void {
    if (this.#ready.size > 0 || this.#working.size > 0) return;
    const waiting = this.#idlers;
    this.#idlers = [];
    for (const resolve of waiting) resolve();
  }

  #undelay(key: ObjectKey): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
