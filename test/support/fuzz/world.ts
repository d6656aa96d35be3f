/** The server as standalone mode composes it, less its socket and its controllers, for hostile requests. */
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { coreKinds } from '../../../api/core/kinds.ts';
import { createAdmissionChain } from '../../../apiserver/admission/admission.ts';
import { groupsAuthorizer } from '../../../apiserver/auth/authorizers.ts';
import { impersonate, isImpersonationHeader } from '../../../apiserver/auth/impersonation.ts';
import { groupVersionsOf } from '../../../apiserver/discovery/documents.ts';
import { discoveryPaths, discoveryRouter } from '../../../apiserver/discovery/router.ts';
import { createEngine, type Engine, openApiDocuments } from '../../../apiserver/engine.ts';
import type { Handler } from '../../../apiserver/exchange.ts';
import { ping } from '../../../apiserver/health/checks.ts';
import { healthRouter } from '../../../apiserver/health/router.ts';
import { InFlight } from '../../../apiserver/http/in-flight.ts';
import type { Incoming, Server } from '../../../apiserver/http/incoming.ts';
import { pathsHandler } from '../../../apiserver/http/paths.ts';
import { createPipeline } from '../../../apiserver/http/pipeline.ts';
import { createRegistry } from '../../../apiserver/metrics/registry.ts';
import { createRequestMetrics } from '../../../apiserver/metrics/request-metrics.ts';
import { openApiRouter } from '../../../apiserver/openapi/router.ts';
import { systemRandom } from '../../../apiserver/registry/random.ts';
import {
  computedServicesKinds,
  servicesAdmission,
  storedServicesKinds,
} from '../../../apiserver/services.ts';
import { openEmbeddedStorage } from '../../../apiserver/storage/embedded/store.ts';
import type { Storage } from '../../../apiserver/storage/storage.ts';
import { versionInfo } from '../../../apiserver/version.ts';
import { type Clock, createManualClock, type ManualClock } from '../../../client/clock.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { HostileRequest } from './requests.ts';
import { samples } from './samples.ts';

const PREFIX = '/fuzz';
const START = Date.parse('2026-01-02T03:04:05.678Z');
/**
 * Milliseconds after which a request that has not answered waits for time to pass, not for threads or the disk:
 * a read for a revision that never comes; a write's commit may take long on a busy machine.
 */
const PATIENCE = { read: 20, write: 10_000 } as const;
/** Milliseconds that pass at a turn of the event loop from then on. */
const STEP = 100;

export interface FuzzAnswer {
  readonly code: number;
  /** Of a watch: what came before its client left. */
  readonly text: string;
  /** What the server logged as unforeseen. */
  readonly errors: readonly string[];
}

export interface FuzzWorld {
  readonly storage: Storage;
  send(request: HostileRequest): Promise<FuzzAnswer>;
  /** As `everythingIn`. */
  stored(): Promise<string>;
  /** Creates what of the samples is not there (any more). */
  restock(): Promise<FuzzAnswer[]>;
  stop(): Promise<void>;
}

export async function startFuzzWorld(): Promise<FuzzWorld> {
  const folder = temporaryFolder('fuzz');
  const storage = await openEmbeddedStorage({ directory: folder.join('store') });
  const clock = createManualClock(START);
  const errors: string[] = [];
  const log = pino(
    { level: 'error' },
    {
      write(line: string) {
        errors.push(line);
      },
    },
  );
  const engine = fuzzEngine(storage, clock, log);
  await engine.start();
  const serve = pipelineOf(engine, clock, log);
  const send = async (request: HostileRequest): Promise<FuzzAnswer> => {
    errors.length = 0;
    const answer = await whileTimePasses(
      clock,
      ask(serve, request),
      request.method === 'GET' ? PATIENCE.read : PATIENCE.write,
    );
    return { ...answer, errors: [...errors] };
  };
  return {
    storage,
    send,
    stored: () => everythingIn(storage),
    async restock() {
      const answers: FuzzAnswer[] = [];
      for (const { path, object } of samples) {
        if (path.endsWith('/endpointsubsets')) continue;
        answers.push(await send(post(path, object)));
      }
      return answers;
    },
    async stop() {
      await engine.stop();
      await storage.close();
      folder.remove();
    },
  };
}

/** Our kinds and the stand-in's, without admission that waits for namespaces or hands out addresses. */
export const fuzzEngine = (storage: Storage, clock: Clock, log: pino.Logger): Engine =>
  createEngine({
    stored: [...storedServicesKinds, ...coreKinds],
    computed: computedServicesKinds,
    storage,
    keyPrefix: PREFIX,
    admission: () => createAdmissionChain([...servicesAdmission(groupsAuthorizer(), [])]),
    authorizer: groupsAuthorizer(),
    clock,
    random: systemRandom,
    log,
  });

/** Everything stored, with the revisions of it, as text. */
export async function everythingIn(storage: Storage): Promise<string> {
  const { entries, revision } = await storage.range(`${PREFIX}/`);
  const lines = entries.map((e) => `${e.key} ${e.revision} ${Buffer.from(e.value).toString('base64')}`);
  return [`revision ${revision}`, ...lines].join('\n');
}

const post = (target: string, object: object): HostileRequest => ({
  method: 'POST',
  target,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(object)),
});

function pipelineOf(engine: Engine, clock: ManualClock, log: pino.Logger): Server {
  const version = versionInfo('0.1.0');
  const registry = createRegistry(version);
  return createPipeline({
    authenticator: {
      method: 'test',
      authenticate: async () => ({
        kind: 'authenticated',
        user: { name: 'fuzz', groups: ['system:masters', 'system:authenticated'], extra: {} },
      }),
    },
    authorizer: groupsAuthorizer(),
    impersonation: impersonate,
    resources: engine.handler,
    paths: pathsOf(engine, clock, log, registry),
    isIdentityHeader: isImpersonationHeader,
    inFlight: new InFlight(),
    metrics: createRequestMetrics({ registry, served: () => false }),
    log,
    clock,
    newAuditId: () => 'audit',
    stopping: new AbortController().signal,
  });
}

function pathsOf(
  engine: Engine,
  clock: ManualClock,
  log: pino.Logger,
  registry: ReturnType<typeof createRegistry>,
): Handler {
  const version = versionInfo('0.1.0');
  const groupVersions = groupVersionsOf(engine.kinds);
  const checks = { healthz: [ping], livez: [ping], readyz: [ping] };
  const openApi = openApiDocuments(engine.kinds, {
    title: 'fuzz',
    version: version.gitVersion,
    patchTypes: [],
  });
  return pathsHandler({
    routers: [
      healthRouter(checks, log),
      discoveryRouter({ groupVersions, ready: () => true, address: () => 'host:1' }),
      openApiRouter(openApi, () => new Date(clock.now())),
    ],
    listed: discoveryPaths(groupVersions),
    version,
    registry,
  });
}

async function ask(serve: Server, request: HostileRequest): Promise<{ code: number; text: string }> {
  const left = new AbortController();
  const incoming: Incoming = {
    protocol: 'h2',
    method: request.method,
    target: request.target,
    rawHeaders: Object.entries(request.headers).flat(),
    peer: undefined,
    remoteAddress: '127.0.0.1',
    disconnected: left.signal,
    readBody: async () => request.body,
  };
  const answers: { code: number; text: string }[] = [];
  await serve(incoming, async ({ response }) => {
    const text =
      'body' in response ? Buffer.from(response.body).toString() : await briefly(response.stream, left);
    answers.push({ code: response.code, text });
    return 0;
  });
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) throw new Error(`answered ${answers.length} times`);
  return answer;
}

/** Reads a watch for a few turns, leaves, and sees it end. */
async function briefly(stream: AsyncIterable<Uint8Array | string>, left: AbortController): Promise<string> {
  const leaving = (async () => {
    for (let i = 0; i < 5; i++) await turn();
    left.abort();
  })();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  await leaving;
  return Buffer.concat(chunks).toString();
}

/** Some requests wait for a revision that never comes. */
async function whileTimePasses<T>(clock: ManualClock, promise: Promise<T>, patience: number): Promise<T> {
  const began = performance.now();
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  // Its failure is the caller's, also when it comes while time is made to pass here.
  done.catch(() => {});
  while (!settled) {
    await turn();
    if (performance.now() - began > patience) clock.advance(STEP);
  }
  return done;
}
