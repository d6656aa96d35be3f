/** Child processes of the tests: logs go into a file, and none of them outlives the test process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onTeardown } from './teardown.ts';

/** After this SIGTERM becomes SIGKILL: kube-apiserver drains for seconds, nobody needs longer. */
const DEFAULT_GRACE_MS = 15_000;
/** How much of a log goes into an error message. */
const LOG_TAIL_LINES = 12;

export interface ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** stdout and stderr are appended to it. */
  readonly logFile: string;
  /** For messages; the command's base name unless told. */
  readonly name?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  readonly isRunning: () => boolean;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL; settles when the process is gone. Safe to call twice. */
  stop(options?: { readonly graceMs?: number }): Promise<Exit>;
  logTail(): string;
  /** @throws with the end of the log if the process has ended; for `waitFor`'s `check` */
  assertRunning(): void;
}

const running = new Set<ChildProcess>();

onTeardown('processes', () => {
  for (const child of running) {
    // A stopped (SIGSTOP) process dies of SIGKILL as well.
    child.kill('SIGKILL');
  }
});

/** Names and ids of the children that have not ended, for the check that tests leave none. */
export function runningProcesses(): string[] {
  return [...running].map((child) => `${path.basename(child.spawnfile)} (${child.pid})`);
}

/** @throws if the command cannot be started */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, [...(options.args ?? [])], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const name = options.name ?? path.basename(options.command);
  let ended: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      running.delete(child);
      resolve(ended);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} has no process id`);
  running.add(child);

  const logTail = (): string =>
    readFileSync(options.logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');

  return {
    name,
    pid,
    logFile: options.logFile,
    exited,
    isRunning: () => ended === undefined,
    signal: (signal) => {
      child.kill(signal);
    },
    stop: async ({ graceMs = DEFAULT_GRACE_MS } = {}) => {
      if (ended !== undefined) return ended;
      child.kill('SIGTERM');
      // A paused process would not see SIGTERM before it runs again.
      child.kill('SIGCONT');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
    logTail,
    assertRunning: () => {
      if (ended === undefined) return;
      throw new Error(`${name} ended with ${ended.signal ?? `code ${ended.code}`}:\n${logTail()}`);
    },
  };
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Ends the command with SIGTERM; the result is then what it had printed, code -1. */
  readonly signal?: AbortSignal;
}

/** Runs a command to its end. A failing command is a result, not an exception. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A command that ends without reading its input breaks the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    const abort = (): void => {
      child.kill('SIGTERM');
    };
    options.signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      running.delete(child);
      reject(new Error(`${command} could not be started: ${error.message}`));
    });
    child.once('close', (code) => {
      running.delete(child);
      options.signal?.removeEventListener('abort', abort);
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
  });
}
