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
  const { clock, random } = options;
  const base = options.backoffBaseMilliseconds ?? defaultBaseMilliseconds;
  const cap = options.backoffCapMilliseconds ?? defaultCapMilliseconds;
  /** Insertion order is the order of work. */
  const ready = new Set<ObjectKey>();
  const working = new Set<ObjectKey>();
  /** Added while being worked on. */
  const again = new Set<ObjectKey>();
  const delayed = new Map<ObjectKey, { readonly at: number; readonly cancel: () => void }>();
  const failures = new Map<ObjectKey, number>();
  const takers: ((key: ObjectKey | undefined) => void)[] = [];
  let idlers: (() => void)[] = [];
  let closed = false;

  function take(): ObjectKey | undefined {
    for (const key of ready) {
      ready.delete(key);
      working.add(key);
      return key;
    }
    return undefined;
  }
  function hand(): void {
    while (takers.length > 0 && ready.size > 0) takers.shift()?.(take());
  }
  function checkIdle(): void {
    if (ready.size > 0 || working.size > 0) return;
    const waiting = idlers;
    idlers = [];
    for (const resolve of waiting) resolve();
  }
  function undelay(key: ObjectKey): void {
    delayed.get(key)?.cancel();
    delayed.delete(key);
  }

  function add(key: ObjectKey): void {
    if (closed) return;
    undelay(key);
    if (working.has(key)) {
      again.add(key);
      return;
    }
    ready.add(key);
    hand();
  }

  function addAfter(key: ObjectKey, milliseconds: number): void {
    if (closed) return;
    if (milliseconds <= 0) {
      add(key);
      return;
    }
    const at = clock.now() + milliseconds;
    const before = delayed.get(key);
    if (ready.has(key) || again.has(key) || (before !== undefined && before.at <= at)) return;
    before?.cancel();
    const cancel = clock.after(milliseconds, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { at, cancel });
  }

  return {
    add,
    addAfter,
    addBackoff(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const full = Math.min(cap, base * 2 ** Math.min(count, 30));
      // A quarter of jitter, so that keys which failed together do not come back together.
      addAfter(key, Math.ceil(full * (0.75 + 0.25 * random())));
    },
    forget(key) {
      failures.delete(key);
    },
    next() {
      if (closed) return Promise.resolve(undefined);
      const key = take();
      if (key !== undefined) return Promise.resolve(key);
      return new Promise((resolve) => {
        takers.push(resolve);
      });
    },
    done(key) {
      working.delete(key);
      if (again.delete(key)) add(key);
      checkIdle();
    },
    close() {
      closed = true;
      ready.clear();
      again.clear();
      failures.clear();
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      for (const resolve of takers.splice(0)) resolve(undefined);
      checkIdle();
    },
    whenIdle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        checkIdle();
      }),
    get ready() {
      return ready.size;
    },
    get working() {
      return working.size;
    },
    get delayed() {
      return delayed.size;
    },
  };
}
