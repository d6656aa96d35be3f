/** The load process: does what it is told over IPC, on a loop of its own. */
import { run } from './load-run.ts';
import { awaitEvents, closeWatches, openWatches } from './load-watch.ts';
import type { Answer, Command, Envelope } from './protocol.ts';

async function obey(command: Command): Promise<unknown> {
  switch (command.op) {
    case 'run':
      return run(command);
    case 'open-watches':
      return openWatches(command);
    case 'await-events':
      return awaitEvents(command.events);
    case 'close-watches':
      return closeWatches();
  }
}

process.on('message', async ({ id, command }: Envelope) => {
  let answer: Answer;
  try {
    answer = { id, result: await obey(command) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer);
});
// The bench has ended, however it ended.
process.on('disconnect', () => process.exit());
