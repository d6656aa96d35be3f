/**
 * A whole small cluster's API in one process:
 *
 *   data dir ── lock, store, certificates, kubeconfig
 *       │
 *   engine (our kinds + core stand-in) ── server ◄── kubectl
 *       ▲                                   ▲
 *       └── service allocation              └── controllers, namespace controller (over the wire, as elsewhere)
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { coreKinds } from '../../api/core/kinds.ts';
import { createAdmissionChain } from '../../apiserver/admission/admission.ts';
import { createNamespaceLifecycle } from '../../apiserver/admission/namespace-lifecycle.ts';
import { createStoredNamespaceLookup } from '../../apiserver/admission/namespace-lookup.ts';
import { unionAuthenticator } from '../../apiserver/auth/authenticator.ts';
import { groupsAuthorizer, unionAuthorizer } from '../../apiserver/auth/authorizers.ts';
import { parseBundle } from '../../apiserver/auth/certificate-chain.ts';
import {
  type CertificateDirectory,
  openCertificateDirectory,
} from '../../apiserver/auth/certificate-directory.ts';
import type { KeyPair } from '../../apiserver/auth/certificates.ts';
import { clientCertificateAuthenticator } from '../../apiserver/auth/client-certificate.ts';
import { noTokens } from '../../apiserver/auth/static-token.ts';
import { composeServer } from '../../apiserver/compose.ts';
import { createEngine, type Engine, type EngineContext } from '../../apiserver/engine.ts';
import { createRegistry } from '../../apiserver/metrics/registry.ts';
import { systemRandom } from '../../apiserver/registry/random.ts';
import type { ApiServer } from '../../apiserver/server.ts';
import { computedServicesKinds, servicesAdmission, storedServicesKinds } from '../../apiserver/services.ts';
import { openEmbeddedStorage } from '../../apiserver/storage/embedded/store.ts';
import { isStorageError } from '../../apiserver/storage/errors.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import { clusterVersionInfo, packageVersion } from '../../apiserver/version.ts';
import { createClient } from '../../client/client.ts';
import { sleep, systemClock } from '../../client/clock.ts';
import { staticConnection } from '../../client/connection.ts';
import type { ApiClient } from '../../client/types.ts';
import { runControllers } from '../../controllers/manager.ts';
import type { StandaloneConfig } from './config.ts';
import { type KubeconfigContent, writeKubeconfig } from './kubeconfig.ts';
import { ensureNamespaces, runNamespaceController } from './namespaces.ts';
import { selfReviewers, selfReviews } from './self-reviews.ts';
import { createServiceAdmission, followServices } from './service-admission.ts';
import { defaultRanges, ServiceAllocator } from './service-allocator.ts';

const KEY_PREFIX = '/services-v3';
/** Whose core API the stand-in follows. */
const KUBERNETES_VERSION = '1.36.0';
const CONTROLLER_USER = 'system:services-v3-controllers';
const MASTERS = 'system:masters';
/** Keys that each controller works on at once; the server is in our own process. */
const WORKERS = 8;
/** How long requests in flight may take to finish at the end (milliseconds). */
const DRAIN_MILLISECONDS = 2_000;

const authorizer = unionAuthorizer([groupsAuthorizer(), selfReviewers]);

export interface Standalone {
  /** `https://host:port` */
  readonly url: string;
  /** Path. */
  readonly kubeconfig: string;
  /** Ends controllers, server and store, in this order. */
  stop(): Promise<void>;
}

/** Something of the data directory beside the store cannot be kept; the message names it. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/**
 * Resolves when kubectl can be used.
 * @throws StorageError (store locked or not writable), DataDirectoryError, ListenError (port in use)
 */
export async function startStandalone(config: StandaloneConfig, log: Logger): Promise<Standalone> {
  const closing: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return { ...(await start(config, log, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Opens everything; what it opens is closed by `closing`, last first, also when it fails halfway. */
async function start(
  config: StandaloneConfig,
  log: Logger,
  closing: (() => Promise<void>)[],
): Promise<Omit<Standalone, 'stop'>> {
  const storage = await openStore(config);
  closing.push(() => storage.close());
  const certificates = await openCertificates(config);
  const { engine, allocator } = assemble(storage, log);
  closing.push(() => engine.stop());
  const server = await assembleServer(engine, storage, certificates, log);
  await server.listen(config.port, config.host);
  closing.push(() => server.close({ delay: 0, drain: DRAIN_MILLISECONDS }));
  await engine.start();
  const services = engine.cacheOf('', 'services');
  if (services !== undefined) followServices(allocator, engine.feed, services);
  const kubeconfig = join(config.dataDirectory, 'kubeconfig');
  const user = await certificates.client('admin', 'kubernetes-admin', [MASTERS]);
  saveKubeconfig(kubeconfig, { server: server.url, ca: certificates.ca.cert, user });
  const controllers = await startControllers(config, server, certificates, engine, log);
  closing.push(() => controllers.stop());
  return { url: server.url, kubeconfig };
}

/** With --reset the store is emptied, but only once its lock says that nobody uses it. */
async function openStore({ dataDirectory, reset }: StandaloneConfig): Promise<Storage> {
  const directory = join(dataDirectory, 'store');
  if (!reset) return openEmbeddedStorage({ directory });
  try {
    await (await openEmbeddedStorage({ directory })).close();
  } catch (error) {
    // A store that cannot be read is a reason to reset it; one in use or out of reach is not.
    if (!isStorageError(error, 'Corrupt')) throw error;
  }
  await rm(directory, { recursive: true, force: true });
  return openEmbeddedStorage({ directory });
}

async function openCertificates({ dataDirectory, host }: StandaloneConfig): Promise<CertificateDirectory> {
  const hosts = [...new Set([host, '127.0.0.1', 'localhost'])];
  try {
    return await openCertificateDirectory(join(dataDirectory, 'certificates'), hosts, new Date());
  } catch (cause) {
    throw new DataDirectoryError((cause as Error).message, { cause });
  }
}

function saveKubeconfig(file: string, content: KubeconfigContent): void {
  try {
    writeKubeconfig(file, content);
  } catch (cause) {
    throw new DataDirectoryError(`cannot write ${file}: ${(cause as Error).message}`, { cause });
  }
}

function assemble(storage: Storage, log: Logger): { engine: Engine; allocator: ServiceAllocator } {
  const allocator = new ServiceAllocator(defaultRanges, () => Date.now(), Math.random);
  const admission = ({ cache, feed }: EngineContext) => {
    const namespaces = cache('', 'namespaces');
    return createAdmissionChain([
      createNamespaceLifecycle({
        lookup: createStoredNamespaceLookup({
          prefix: namespaces.prefix,
          snapshot: () => namespaces.snapshot(),
          consistent: (signal) => feed.consistent(signal),
        }),
        sleep: (milliseconds, signal) => sleep(systemClock, milliseconds, signal),
      }),
      createServiceAdmission(allocator, (signal) => feed.consistent(signal)),
      ...servicesAdmission(groupsAuthorizer(), [CONTROLLER_USER]),
    ]);
  };
  const engine = createEngine({
    stored: [...storedServicesKinds, ...coreKinds],
    computed: [...computedServicesKinds, ...selfReviews(authorizer)],
    authorizer,
    storage,
    keyPrefix: KEY_PREFIX,
    admission,
    clock: systemClock,
    random: systemRandom,
    log,
  });
  return { engine, allocator };
}

async function assembleServer(
  engine: Engine,
  storage: Storage,
  certificates: CertificateDirectory,
  log: Logger,
): Promise<ApiServer> {
  const version = clusterVersionInfo(KUBERNETES_VERSION, await packageVersion());
  const clientCa = parseBundle(certificates.ca.cert, 'client CA');
  const byCertificate = clientCertificateAuthenticator({ ca: () => clientCa, now: () => new Date() });
  return composeServer({
    engine,
    storage,
    authenticator: unionAuthenticator([byCertificate, noTokens], { anonymous: true }),
    authorizer,
    isIdentityHeader: () => false,
    tls: { ...certificates.serving, clientCa: certificates.ca.cert },
    version,
    registry: createRegistry(version),
    log,
    clock: systemClock,
  });
}

async function startControllers(
  config: StandaloneConfig,
  server: ApiServer,
  certificates: CertificateDirectory,
  engine: Engine,
  log: Logger,
): Promise<{ stop(): Promise<void> }> {
  const ca = certificates.ca.cert;
  const identity = await certificates.client('controllers', CONTROLLER_USER, [MASTERS]);
  const client = clientOf(server.url, ca, identity);
  const stopping = new AbortController();
  await ensureNamespaces(client);
  const { signal } = stopping;
  const common = { client, clock: systemClock, random: Math.random, log };
  const running = [runNamespaceController({ ...common, kinds: engine.kinds }, signal)];
  if (config.controllers) {
    running.push(
      runControllers({
        ...common,
        signal,
        topologyKeys: [],
        mirrorNamespaces: [],
        workers: WORKERS,
        newId: randomUUID,
      }),
    );
  }
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      await client.close();
    },
  };
}

const clientOf = (server: string, ca: string, { cert, key }: KeyPair): ApiClient =>
  createClient(staticConnection({ server, tls: { ca, cert, key } }), {
    userAgent: 'services-v3-controllers',
  });
