/** `services-v3 standalone`: flags, what people read, and signals around the process. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import pino from 'pino';
import { ListenError } from '../../apiserver/http/listener.ts';
import { StorageError } from '../../apiserver/storage/errors.ts';
import { FlagError } from '../../command/flags.ts';
import { parseStandaloneConfig, type StandaloneConfig, standaloneUsage } from './config.ts';
import { DataDirectoryError, type Standalone, startStandalone } from './standalone.ts';

/** Wrong flags, a directory or port that cannot be had: the operator's to mend. */
const USAGE_EXIT_CODE = 2;
const operatorErrors = [FlagError, StorageError, ListenError, DataDirectoryError] as const;

/** Runs until SIGINT or SIGTERM. @returns the exit code; what is wrong is one line on stderr */
export async function standaloneMain(args: readonly string[]): Promise<number> {
  try {
    const config = parseStandaloneConfig(args, process.env);
    if (config === 'help') {
      process.stdout.write(`${standaloneUsage}\n`);
      return 0;
    }
    await run(config);
    return 0;
  } catch (error) {
    if (operatorErrors.some((each) => error instanceof each)) {
      process.stderr.write(`services-v3 standalone: ${(error as Error).message}\n`);
      return USAGE_EXIT_CODE;
    }
    throw error;
  }
}

async function run(config: StandaloneConfig): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const standalone = await startStandalone(config, pino({ level: 'warn' }, pino.destination(2)));
  process.stdout.write(banner(standalone));
  await ended;
  process.stdout.write('\nstopping …\n');
  await standalone.stop();
}

function banner({ url, kubeconfig }: Standalone): string {
  const path = relative(process.cwd(), kubeconfig);
  const shown = path.startsWith('..') ? kubeconfig : path;
  const kubectl = `kubectl --kubeconfig ${shown}`;
  const example = existsSync('examples') ? `${kubectl} apply -f examples/` : `${kubectl} api-resources`;
  return `
Services v3 is running at ${url}
kubeconfig: ${shown}

Try, in another terminal:

  ${example}
  ${kubectl} get sg,sp,ept,eps,tp,sm -A
  ${kubectl} get eps -n shop --field-selector spec.client.nodeName=node-a -o wide

Ctrl-C stops it; what was stored stays.
`;
}
