/**
 * The API server put together: listener, pipeline, authentication, authorization, resources and paths. It opens
 * nothing but its port; storage, caches and resources are given, so the same server stands in a cluster and in
 * the standalone process.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Kind } from '../api/kind.ts';
import type { Clock } from '../client/clock.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { impersonate, isImpersonationHeader } from './auth/impersonation.ts';
import { groupVersionsOf } from './discovery/documents.ts';
import { discoveryPaths, discoveryRouter } from './discovery/router.ts';
import type { Authorizer, Handler } from './exchange.ts';
import { type HealthCheck, ping } from './health/checks.ts';
import { type HealthChecks, healthPaths, healthRouter } from './health/router.ts';
import { InFlight, type InFlightLimits } from './http/in-flight.ts';
import { createListener, type Listener, type TlsMaterial } from './http/listener.ts';
import { pathsHandler } from './http/paths.ts';
import { createPipeline } from './http/pipeline.ts';
import { notReady } from './http/status-response.ts';
import { countHandshakeErrors } from './metrics/registry.ts';
import { createRequestMetrics } from './metrics/request-metrics.ts';
import { type OpenApiDocuments, openApiRouter } from './openapi/router.ts';
import type { RequestInfo } from './request-info.ts';
import type { VersionInfo } from './version.ts';

export interface ServerOptions {
  readonly kinds: readonly Kind[];
  /** Requests for resources: the dispatcher of `handlers/`. */
  readonly resources: Handler;
  /** Whether caches are loaded. Until then resources and discovery answer 503. */
  readonly ready: () => boolean;
  /** Beside ping and shutdown; `live` ones restart the process when they fail. */
  readonly checks: { readonly live: readonly HealthCheck[]; readonly ready: readonly HealthCheck[] };
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Headers that say who somebody is; lower-case name. */
  readonly isIdentityHeader: (name: string) => boolean;
  readonly openApi: OpenApiDocuments;
  readonly tls: TlsMaterial;
  readonly version: VersionInfo;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly inFlight?: InFlightLimits;
}

export interface CloseOptions {
  /** Milliseconds in which readyz already fails and requests are still served, so that balancers move on. */
  readonly delay: number;
  /** Milliseconds for requests in flight to finish before connections are cut. */
  readonly drain: number;
}

export interface ApiServer {
  /** Port 0 takes a free one. @throws ListenError */
  listen(port: number, host: string): Promise<void>;
  /** `https://host:port`. @throws Error before `listen` */
  readonly url: string;
  /** New connections see the new certificate or CA list. */
  reloadTls(tls: TlsMaterial): void;
  /** readyz fails → requests finish → watches end cleanly → connections close. */
  close(options: CloseOptions): Promise<void>;
}

export function createServer(options: ServerOptions): ApiServer {
  const { clock, log, registry } = options;
  const draining = new AbortController();
  const stopping = new AbortController();
  let address: { readonly host: string; readonly port: number } | undefined;
  const authority = () => (address === undefined ? '' : `${bracketed(address.host)}:${address.port}`);
  const pipeline = createPipeline({
    authenticator: options.authenticator,
    authorizer: options.authorizer,
    impersonation: impersonate,
    resources: whenReady(options.ready, options.resources),
    paths: composePaths(options, draining.signal, authority),
    isIdentityHeader: (name) => isImpersonationHeader(name) || options.isIdentityHeader(name),
    inFlight: new InFlight(options.inFlight),
    metrics: createRequestMetrics({ registry, served: servedBy(options.kinds) }),
    log,
    clock,
    newAuditId: randomUUID,
    stopping: stopping.signal,
  });
  const handshakeFailed = countHandshakeErrors(registry);
  const listener: Listener = createListener({
    tls: options.tls,
    serve: pipeline,
    failed(kind, error) {
      if (kind === 'handshake') handshakeFailed();
      else log.error({ err: error }, 'answer broken off');
    },
  });
  return {
    async listen(port, host) {
      address = { host, port: (await listener.listen(port, host)).port };
    },
    get url() {
      if (address === undefined) throw new Error('the server is not listening yet');
      return `https://${authority()}`;
    },
    reloadTls: (tls) => listener.reload(tls),
    async close({ delay, drain }) {
      draining.abort();
      if (delay > 0) await new Promise<void>((resolve) => clock.after(delay, resolve));
      stopping.abort();
      await listener.close(drain);
    },
  };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const whenReady =
  (ready: () => boolean, handler: Handler): Handler =>
  (request) =>
    ready() ? handler(request) : Promise.reject(notReady());

function composePaths(options: ServerOptions, draining: AbortSignal, address: () => string): Handler {
  const groupVersions = groupVersionsOf(options.kinds);
  const health = healthChecks(options, draining);
  const { clock, ready, log, openApi, version, registry } = options;
  return pathsHandler({
    routers: [
      healthRouter(health, log),
      discoveryRouter({ groupVersions, ready, address }),
      openApiRouter(openApi, () => new Date(clock.now())),
    ],
    listed: [
      ...healthPaths(health),
      ...discoveryPaths(groupVersions),
      '/openapi/v2',
      '/openapi/v3',
      ...[...openApi.v3.keys()].map((path) => `/openapi/v3/${path}`),
    ],
    version,
    registry,
  });
}

function healthChecks({ checks, ready }: ServerOptions, draining: AbortSignal): HealthChecks {
  const caches: HealthCheck = {
    name: 'informer-sync',
    check() {
      if (!ready()) throw new Error('the caches are still loading');
    },
  };
  const shutdown: HealthCheck = {
    name: 'shutdown',
    check() {
      if (draining.aborted) throw new Error('process is shutting down');
    },
  };
  const live = [ping, ...checks.live];
  return {
    healthz: [...live, ...checks.ready, caches],
    livez: live,
    readyz: [...live, ...checks.ready, caches, shutdown],
  };
}

function servedBy(kinds: readonly Kind[]): (info: RequestInfo) => boolean {
  const served = new Map(kinds.map((k) => [`${k.group}/${k.version}/${k.plural}`, k]));
  return ({ group, version, resource, subresource }) => {
    const kind = served.get(`${group}/${version}/${resource}`);
    return kind !== undefined && (subresource === '' || (subresource === 'status' && kind.statusSubresource));
  };
}
