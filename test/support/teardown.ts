/**
 * What must not outlive the test process: child processes first, then folders. Runs once, synchronously,
 * when the process exits or is told to (SIGINT, SIGTERM, SIGHUP). kill -9 of the tests is the one end that
 * leaves something behind.
 */
import os from 'node:os';

type Stage = 'processes' | 'folders';

const stages: Record<Stage, (() => void)[]> = { processes: [], folders: [] };
let armed = false;

/** @param work must be synchronous: nothing asynchronous happens after `exit` */
export function onTeardown(stage: Stage, work: () => void): void {
  stages[stage].push(work);
  if (armed) return;
  armed = true;
  process.once('exit', tearDown);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // `process.exit` runs the exit handler above; 128 + n is what a shell reports for a signal.
    process.once(signal, () => process.exit(128 + os.constants.signals[signal]));
  }
}

function tearDown(): void {
  for (const work of [...stages.processes, ...stages.folders]) {
    try {
      work();
    } catch (error) {
      console.error(`teardown: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
