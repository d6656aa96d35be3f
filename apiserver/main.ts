/** `services-v3 apiserver`: flags, storage, cluster and server put together, and taken apart again in order. */

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Logger, pino } from 'pino';
import { errorText } from '../api/meta/error-text.ts';
import type { KubeObject } from '../api/meta/types.ts';
import { createClient } from '../client/client.ts';
import { sleep, systemClock } from '../client/clock.ts';
import { loadConnection } from '../client/kubeconfig.ts';
import { createReflector } from '../client/reflector.ts';
import { namespaces } from '../client/resources.ts';
import type { ApiClient } from '../client/types.ts';
import { createAdmissionChain } from './admission/admission.ts';
import { createNamespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { createClientNamespaceLookup, type NamespaceLookup } from './admission/namespace-lookup.ts';
import { type CertificateBundle, parseBundle } from './auth/certificate-chain.ts';
import { type Delegation, delegate } from './auth/delegation.ts';
import { reviewRate } from './auth/review-client.ts';
import { composeServer } from './compose.ts';
import { type ApiServerConfig, apiServerUsage, type EtcdConfig, parseApiServerConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { followServingCertificate, loadServingCertificate } from './http/serving-certificate.ts';
import { createRegistry, observeReviews } from './metrics/registry.ts';
import { createWatchMetrics } from './metrics/watch-metrics.ts';
import { systemRandom } from './registry/random.ts';
import type { ApiServer } from './server.ts';
import { computedServicesKinds, servicesAdmission, storedServicesKinds } from './services.ts';
import { openEmbeddedStorage } from './storage/embedded/store.ts';
import { openEtcdStorage } from './storage/etcd/store.ts';
import type { Storage } from './storage/storage.ts';
import { packageVersion, versionInfo } from './version.ts';

const failureExitCode = 1;

/**
 * Runs until SIGINT or SIGTERM.
 * @returns the exit code: 0, or 1 after one line on stderr that says what is wrong
 */
export async function apiserverMain(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(apiServerUsage);
    return 0;
  }
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const config = parseApiServerConfig(args, process.env);
    const log = pino({ level: config.logLevel }, pino.destination(2));
    process.on('unhandledRejection', (err) => log.error({ err }, 'nobody waited for this failure'));
    await runApiServer(config, { log, signal: stop.signal });
    return 0;
  } catch (error) {
    process.stderr.write(`services-v3 apiserver: ${errorText(error)}\n`);
    return failureExitCode;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

export interface RunOptions {
  readonly log: Logger;
  /** Ends the server, in order. */
  readonly signal: AbortSignal;
  readonly onListening?: (server: ApiServer) => void;
}

/** Milliseconds for requests in flight to finish after the delay. */
const drainMilliseconds = 60_000;

/**
 * Serves until the signal ends.
 * @throws StorageError, ClientError, ListenError, ApiError or Error: one line each, when it cannot start
 */
export async function runApiServer(config: ApiServerConfig, options: RunOptions): Promise<void> {
  const { log, signal } = options;
  // What runs beside the server outlives the signal: requests in flight still need it.
  const background = new AbortController();
  const closing: (() => Promise<void>)[] = [];
  try {
    const server = await start(config, log, background.signal, closing);
    await server.listen(config.port, config.host);
    log.info({ url: server.url }, 'serving');
    options.onListening?.(server);
    await untilAborted(signal);
    log.info('stopping');
    await server.close({ delay: config.shutdownDelay, drain: drainMilliseconds });
  } finally {
    background.abort();
    for (const close of closing.reverse()) await close();
  }
}

/** Opens everything; what it opens is closed by `closing`, last first, also when it fails halfway. */
async function start(
  config: ApiServerConfig,
  log: Logger,
  signal: AbortSignal,
  closing: (() => Promise<void>)[],
): Promise<ApiServer> {
  const version = versionInfo(await packageVersion());
  const registry = createRegistry(version);
  const clock = systemClock;
  const warn = (message: string): void => log.warn(message);
  const serving = await loadServingCertificate(config.serving, new Date(clock.now()));
  const clientCa = await loadClientCa(config.clientCaFile);
  const client = openClient(config, version.gitVersion);
  closing.push(() => client.close());
  const delegation = await delegate({
    client,
    clock,
    anonymous: config.anonymous,
    followCluster: !config.skipAuthenticationLookup,
    clientCa,
    loopbackToken: randomBytes(32).toString('base64url'),
    observe: observeReviews(registry),
    warn,
    signal,
  });
  const storage = await openStorage(config, log);
  closing.push(() => storage.close());
  const lookup = followNamespaces(client, signal, warn);
  const engine = createEngine({
    stored: storedServicesKinds,
    computed: computedServicesKinds,
    authorizer: delegation.authorizer,
    storage,
    keyPrefix: config.keyPrefix,
    admission: () =>
      createAdmissionChain([
        createNamespaceLifecycle({ lookup, sleep: (ms, aborted) => sleep(clock, ms, aborted) }),
        ...servicesAdmission(delegation.authorizer, config.controllerUsers),
      ]),
    clock,
    random: systemRandom,
    log,
    watchMetrics: createWatchMetrics(registry),
  });
  closing.push(() => engine.stop());
  const tls = (pair: typeof serving) => ({ ...pair, clientCa: delegation.clientCaHints() });
  const server = composeServer({
    engine,
    storage,
    authenticator: delegation.authenticator,
    authorizer: delegation.authorizer,
    isIdentityHeader: delegation.isIdentityHeader,
    tls: tls(serving),
    version,
    registry,
    log,
    clock,
    inFlight: config.inFlight,
  });
  followTls(config, serving, delegation, server, { log, signal });
  // Listening before the caches are loaded: then clients hear 503 with Retry-After, not "connection refused".
  void engine.start().catch((err: unknown) => log.error({ err }, 'the caches could not be loaded'));
  return server;
}

function openClient(config: ApiServerConfig, version: string): ApiClient {
  const connection = loadConnection(config.kubeconfig === undefined ? {} : { path: config.kubeconfig });
  return createClient(connection, { userAgent: `services-v3-apiserver/${version}`, rate: reviewRate });
}

async function loadClientCa(file: string | undefined): Promise<CertificateBundle | undefined> {
  if (file === undefined) return undefined;
  const pem = await readFlagFile('--client-ca-file', file);
  return parseBundle(pem.toString('utf8'), `--client-ca-file ${file}`);
}

async function openStorage(config: ApiServerConfig, log: Logger): Promise<Storage> {
  const { storage, keyPrefix } = config;
  if (storage.backend === 'embedded') return openEmbeddedStorage({ directory: storage.directory });
  const tls = await etcdTls(storage);
  return openEtcdStorage({
    endpoints: storage.endpoints,
    prefix: keyPrefix,
    ...(tls === undefined ? {} : { tls }),
    report: (problem, err) => log.warn({ err }, problem),
  });
}

async function etcdTls({ caFile, certFile, keyFile }: EtcdConfig) {
  if (caFile === undefined) {
    if (certFile === undefined) return undefined;
    throw new Error('--etcd-certfile needs --etcd-cafile');
  }
  const ca = await readFlagFile('--etcd-cafile', caFile);
  if (certFile === undefined || keyFile === undefined) return { ca };
  return {
    ca,
    cert: await readFlagFile('--etcd-certfile', certFile),
    key: await readFlagFile('--etcd-keyfile', keyFile),
  };
}

async function readFlagFile(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${flag} ${path}: ${code === 'ENOENT' ? 'no such file' : message}`, { cause });
  }
}

/** A copy of the cluster's namespaces, so that a create does not ask for its own each time. */
function followNamespaces(
  client: ApiClient,
  signal: AbortSignal,
  warn: (message: string) => void,
): NamespaceLookup {
  const known = new Map<string, KubeObject>();
  const nameOf = (object: KubeObject): string => object.metadata.name ?? '';
  const reflector = createReflector<KubeObject>({
    client: client.resource<KubeObject>(namespaces),
    clock: systemClock,
    random: Math.random,
    sink: {
      replace(objects) {
        known.clear();
        for (const object of objects) known.set(nameOf(object), object);
      },
      changed(type, object) {
        if (type === 'DELETED') known.delete(nameOf(object));
        else known.set(nameOf(object), object);
      },
    },
    onState(state) {
      if (state.kind === 'waiting') warn(`following namespaces: ${errorText(state.cause)}`);
    },
  });
  void reflector.run(signal);
  return createClientNamespaceLookup(client, (name) => known.get(name));
}

/** Keeps the handshake up to date with the certificate files and the cluster's CAs. */
function followTls(
  config: ApiServerConfig,
  initial: Awaited<ReturnType<typeof loadServingCertificate>>,
  delegation: Delegation,
  server: ApiServer,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): void {
  let pair = initial;
  const reload = (what: string): void => {
    server.reloadTls({ ...pair, clientCa: delegation.clientCaHints() });
    log.info(what);
  };
  delegation.onChange(() => reload('authentication settings changed'));
  void followServingCertificate({
    config: config.serving,
    current: initial,
    clock: systemClock,
    signal,
    warn: (message) => log.warn(message),
    changed(next) {
      pair = next;
      reload('serving certificate changed');
    },
  });
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
