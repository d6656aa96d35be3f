/**
 * Forgets old history on a timer. Each round compacts to where the store stood a round ago, so that history
 * reaches back between one and two intervals.
 */
import type { Clock } from '../../client/clock.ts';
import type { Revision } from './storage.ts';

/** As kube-apiserver (--etcd-compaction-interval). */
export const COMPACTION_INTERVAL_MILLISECONDS = 300_000;

export interface CompactionTarget {
  currentRevision(): Promise<Revision>;
  compact(revision: Revision): Promise<void>;
  /** Whether this process is to do the round: with a shared store, one of them is enough. */
  claim?(): Promise<boolean>;
}

/** @returns how to stop; resolves when no round is on its way */
export function startCompaction(
  target: CompactionTarget,
  clock: Clock,
  intervalMilliseconds: number,
  report: (problem: string, error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let cancel = (): void => {};
  let running: Promise<void> = Promise.resolve();
  let previous: Revision | undefined;

  const round = async (): Promise<void> => {
    try {
      const mine = (await target.claim?.()) ?? true;
      const revision = await target.currentRevision();
      if (mine && previous !== undefined && !stopped) await target.compact(previous);
      previous = revision;
    } catch (error) {
      report('history could not be compacted; it is tried again in the next round', error);
    }
  };
  const schedule = (): void => {
    cancel = clock.after(intervalMilliseconds, () => {
      running = round().then(() => {
        if (!stopped) schedule();
      });
    });
  };
  schedule();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
