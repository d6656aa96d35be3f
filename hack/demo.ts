/**
 * `npm run demo`: v1 Services into v3, before your eyes. On a machine with kube-apiserver (npm run envtest, or
 * KUBEBUILDER_ASSETS) a real control plane is started and Services v3 installed beside it; elsewhere it all
 * runs in the standalone process. The Services are those of ../shared where it is there, else the project's
 * own test data.
 */
import path from 'node:path';
import { pino } from 'pino';
import { startStandalone } from '../cli/standalone/standalone.ts';
import { createClient } from '../client/client.ts';
import { loadConnection } from '../client/kubeconfig.ts';
import { startControlPlane } from '../test/support/control-plane.ts';
import { loadCorpus } from '../test/support/corpus.ts';
import { mirrorCorpus, reportTable } from '../test/support/corpus-run.ts';
import { install } from '../test/support/installation.ts';
import { missingRequirement, projectRoot, sharedFolder } from '../test/support/requirements.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { findBinary } from './envtest/binaries.ts';

/** For one wave of Services, on a busy machine. */
const WAVE_TIMEOUT_MILLISECONDS = 180_000;
const BAR_WIDTH = 32;

interface Place {
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

async function main(): Promise<number> {
  const waves = loadCorpus(manifests());
  const place = await start();
  try {
    const client = createClient(loadConnection({ path: place.kubeconfig }));
    const report = await mirrorCorpus({
      client,
      waves,
      timeoutMilliseconds: WAVE_TIMEOUT_MILLISECONDS,
      progress,
    });
    await client.close();
    process.stdout.write(`\n${reportTable(report)}\n`);
    for (const problem of report.problems) process.stdout.write(`${problem}\n`);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    say('stopping …');
    await place.stop();
  }
}

function manifests(): string {
  if (missingRequirement('shared-data') === undefined) return path.join(sharedFolder(), 'data', 'services');
  const own = path.join(projectRoot, 'test', 'data', 'services');
  say(`${sharedFolder()} is not there: only the project's own Services are used`);
  return own;
}

/** A real control plane where its binaries are, else standalone. */
async function start(): Promise<Place> {
  const needed = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
  const missing = needed.filter((name) => findBinary(name) === undefined);
  if (missing.length > 0) {
    say(`no ${missing.join(', ')} here (npm run envtest builds them): using standalone mode`);
    const folder = temporaryFolder('demo');
    const config = {
      dataDirectory: folder.path,
      host: '127.0.0.1',
      port: 0,
      reset: false,
      controllers: true,
    };
    const standalone = await startStandalone(config, pino({ level: 'error' }, pino.destination(2)));
    return {
      kubeconfig: standalone.kubeconfig,
      async stop() {
        await standalone.stop();
        folder.remove();
      },
    };
  }
  say('starting etcd, kube-apiserver and kube-controller-manager 1.36 …');
  const plane = await startControlPlane({ controllerManager: true });
  try {
    say('installing Services v3 beside them …');
    const installation = await install(plane, { storage: 'etcd' });
    return {
      kubeconfig: plane.kubeconfig,
      async stop() {
        await installation.stop();
        await plane.stop();
      },
    };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function progress(step: string, done: number, total: number): void {
  const filled = total === 0 ? BAR_WIDTH : Math.round((done / total) * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
  const line = `${step.padEnd(22)} ${bar} ${done}/${total}`;
  // On a terminal the line is redrawn; in a log only its last state is of use.
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? '\n' : ''}`);
  else if (done === total) say(line);
}

process.exitCode = await main();
