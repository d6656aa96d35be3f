/** `services-v3 controllers`: flags, connection, signals around the manager. */
import { randomUUID } from 'node:crypto';
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import { ApiError } from '../api/meta/api-error.ts';
import { createClient } from '../client/client.ts';
import { systemClock } from '../client/clock.ts';
import { ClientError } from '../client/errors.ts';
import { loadConnection } from '../client/kubeconfig.ts';
import type { ApiClient } from '../client/types.ts';
import { FlagError } from '../command/flags.ts';
import { type ControllersConfig, controllersUsage, parseControllersConfig } from './config.ts';
import { serveDiagnostics } from './diagnostics.ts';
import { runControllers } from './manager.ts';

/**
 * Runs until SIGINT or SIGTERM.
 * @returns the exit code: 0, or 2 after one line on stderr that says what is wrong
 */
export async function controllersMain(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(controllersUsage);
    return 0;
  }
  try {
    await run(args);
    return 0;
  } catch (error) {
    if (error instanceof ApiError) {
      process.stderr.write(`services-v3 controllers: the API server refused us: ${error.message}\n`);
      return 2;
    }
    if (error instanceof FlagError || error instanceof ClientError) {
      process.stderr.write(`services-v3 controllers: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

/** Requests that may come at once under --qps, in seconds of it; client-go's ratio is 1.5 to 2. */
const burstSeconds = 2;

async function run(args: readonly string[]): Promise<void> {
  const config = parseControllersConfig(args);
  const connection = loadConnection({
    ...(config.kubeconfig === undefined ? {} : { path: config.kubeconfig }),
    ...(config.context === undefined ? {} : { context: config.context }),
  });
  const log = pino({ level: config.logLevel }, pino.destination(2));
  const client = createClient(connection, {
    userAgent: 'services-v3-controllers',
    ...(config.qps === 0 ? {} : { rate: { perSecond: config.qps, burst: config.qps * burstSeconds } }),
  });
  try {
    // A wrong address, certificate or CA is the operator's to mend: said now, in one line, before anything runs.
    await client.request('GET', '/version');
    await runWith(client, config, log);
  } finally {
    await client.close();
  }
}

async function runWith(client: ApiClient, config: ControllersConfig, log: Logger): Promise<void> {
  const registry = new Registry();
  let ready = false;
  const diagnostics =
    config.metricsPort === 0
      ? undefined
      : await serveDiagnostics({
          port: config.metricsPort,
          address: config.metricsAddress,
          registry,
          isReady: () => ready,
        });
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await runControllers({
      client,
      clock: systemClock,
      random: Math.random,
      newId: randomUUID,
      log,
      signal: stop.signal,
      topologyKeys: config.topologyKeys,
      mirrorNamespaces: config.mirrorNamespaces,
      workers: config.workers,
      registry,
      onReady: () => {
        ready = true;
      },
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await diagnostics?.close();
  }
}
