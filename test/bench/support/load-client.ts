/** Load in a process of its own, so that it shares no event loop with the bench or a server. */
import { fork } from 'node:child_process';
import path from 'node:path';
import type { Answer, Command, EventsResult, OpenWatchesCommand, RunCommand, RunResult } from './protocol.ts';

export interface LoadClient {
  run(command: Omit<RunCommand, 'op'>): Promise<RunResult>;
  openWatches(command: Omit<OpenWatchesCommand, 'op'>): Promise<void>;
  awaitEvents(events: number): Promise<EventsResult>;
  closeWatches(): Promise<void>;
  stop(): void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function startLoadClient(): LoadClient {
  const child = fork(path.join(import.meta.dirname, 'load-process.ts'), { stdio: 'inherit' });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  });
  child.once('exit', (code, signal) => {
    const error = new Error(`the load process ended with ${signal ?? `code ${code}`}`);
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  });
  const tell = (command: Command): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      child.send({ id, command });
    });
  return {
    run: (command) => tell({ op: 'run', ...command }) as Promise<RunResult>,
    openWatches: async (command) => void (await tell({ op: 'open-watches', ...command })),
    awaitEvents: (events) => tell({ op: 'await-events', events }) as Promise<EventsResult>,
    closeWatches: async () => void (await tell({ op: 'close-watches' })),
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}
