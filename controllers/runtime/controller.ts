/** Runs a reconciler over the keys of a queue: the one place where outcomes become what happens next. */

import { isReason } from '../../api/meta/api-error.ts';
import { errorText } from '../../api/meta/error-text.ts';
import type { Clock } from '../../client/clock.ts';
import { createDeadline } from '../../client/deadline.ts';
import { type Log, silentLog } from './log.ts';
import { type ControllerMetrics, noMetrics } from './metrics.ts';
import type { ObjectKey, Outcome, Reconciler } from './types.ts';
import { createWorkqueue, type Workqueue } from './workqueue.ts';

export interface ControllerOptions {
  readonly reconciler: Reconciler;
  readonly clock: Clock;
  readonly random: () => number;
  /** Keys worked on at once. */
  readonly workers: number;
  readonly log?: Log;
  readonly metrics?: ControllerMetrics;
}

export interface Controller {
  readonly name: string;
  readonly queue: Workqueue;
  /** Works until the signal ends and what is under way has ended; never throws. */
  run(signal: AbortSignal): Promise<void>;
}

/** A reconcile that takes longer is abandoned and retried: a request limit is 70 s. */
const reconcileTimeoutMilliseconds = 180_000;

/** Our copy lagged behind the store: everyday life, and the next attempt sees the new state. */
const isRace = (cause: unknown): boolean => isReason(cause, 'Conflict', 'AlreadyExists', 'NotFound');

export const done: Outcome = { kind: 'done' };

export function createController(options: ControllerOptions): Controller {
  const { reconciler, clock, random } = options;
  const log = options.log ?? silentLog;
  const metrics = options.metrics ?? noMetrics;
  const queue = createWorkqueue({ clock, random });
  metrics.watchQueue(reconciler.name, () => queue.ready);

  async function reconcile(key: ObjectKey, signal: AbortSignal): Promise<Outcome> {
    const deadline = createDeadline(clock, reconcileTimeoutMilliseconds, [signal]);
    try {
      return await reconciler.reconcile(key, deadline.signal);
    } catch (cause) {
      // A reconciler says what it knows as an outcome; what it throws is a fault that may pass.
      return { kind: 'retry', cause };
    } finally {
      deadline.cancel();
    }
  }

  function settle(key: ObjectKey, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'done':
        queue.forget(key);
        return;
      case 'after':
        queue.forget(key);
        queue.addAfter(key, outcome.milliseconds);
        return;
      case 'retry':
        log[isRace(outcome.cause) ? 'debug' : 'warn'](
          { controller: reconciler.name, key, error: errorText(outcome.cause) },
          'will retry',
        );
        queue.addBackoff(key);
        return;
      case 'stop':
        log.error(
          { controller: reconciler.name, key, error: errorText(outcome.cause) },
          'given up until it changes',
        );
        queue.forget(key);
        return;
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      const began = clock.now();
      const outcome = await reconcile(key, signal);
      metrics.reconciled(reconciler.name, outcome.kind, (clock.now() - began) / 1000);
      if (!signal.aborted) settle(key, outcome);
      queue.done(key);
    }
  }

  return {
    name: reconciler.name,
    queue,
    async run(signal) {
      const stop = (): void => queue.close();
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      await Promise.all(Array.from({ length: options.workers }, () => work(signal)));
    },
  };
}
