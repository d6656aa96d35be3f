/** `services-v3 standalone` as a child process, as `npm start` runs it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type KubectlOptions, kubectl, kubectlOutput } from './kubectl.ts';
import { type CommandResult, type RunningProcess, runCommand, startProcess } from './processes.ts';
import { projectRoot } from './requirements.ts';
import { waitFor } from './wait.ts';

export interface StandaloneProcess {
  readonly process: RunningProcess;
  /** What it printed when it was ready, stderr included. */
  readonly banner: string;
  /** Path. */
  readonly kubeconfig: string;
  kubectl(args: readonly string[], options?: Omit<KubectlOptions, 'kubeconfig'>): Promise<CommandResult>;
  /** @throws with kubectl's stderr where it fails */
  output(...args: string[]): Promise<string>;
}

const command = path.join(projectRoot, 'cli', 'services-v3.ts');
const LAST_LINE_OF_BANNER = 'what was stored stays.';

let starts = 0;

/** Resolves when the banner is there. @throws with its output where it ends before */
export async function startStandalone(
  dataDirectory: string,
  ...flags: readonly string[]
): Promise<StandaloneProcess> {
  starts += 1;
  const logFile = `${dataDirectory}.${starts}.log`;
  const child = await startProcess({
    name: 'services-v3 standalone',
    command: process.execPath,
    args: [command, 'standalone', '--data-dir', dataDirectory, '--port', '0', ...flags],
    logFile,
    cwd: projectRoot,
  });
  const banner = await waitFor(
    'the banner',
    () => {
      const text = readFileSync(logFile, 'utf8');
      return text.includes(LAST_LINE_OF_BANNER) && text;
    },
    { check: child.assertRunning },
  );
  const kubeconfig = path.join(dataDirectory, 'kubeconfig');
  return {
    process: child,
    banner,
    kubeconfig,
    kubectl: (args, options = {}) => kubectl(args, { cwd: projectRoot, ...options, kubeconfig }),
    output: (...args) => kubectlOutput(args, { cwd: projectRoot, kubeconfig }),
  };
}

/** A command that must end but runs on is ended after this (milliseconds); its code is then that of success. */
const END_MILLISECONDS = 30_000;

/** Runs any subcommand to its end, which must come by itself. */
export const runToEnd = (...args: readonly string[]): Promise<CommandResult> =>
  runCommand(process.execPath, [command, ...args], {
    cwd: projectRoot,
    signal: AbortSignal.timeout(END_MILLISECONDS),
  });
