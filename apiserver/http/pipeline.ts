/**
 * A request's way, without a socket:
 *
 *   request info ─► deadline ─► authentication ─► in-flight limit ─► authorization ─┬► resource handler
 *                                                                                    └► path handler (Express)
 *
 * Every request that enters is answered and counted once, whatever happens inside: a refusal becomes its
 * Status, a crash becomes 500 and a log line with the audit id.
 */
import type { Logger } from 'pino';
import { ApiError } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import { authorizationAttributes } from '../auth/attributes.ts';
import { type Authenticator, isAnonymous, systemMasters } from '../auth/authenticator.ts';
import { forbiddenError } from '../auth/forbidden.ts';
import type { Impersonation } from '../auth/impersonation.ts';
import type { ApiRequest, ApiResponse, Authorizer, Handler, UserInfo } from '../exchange.ts';
import { headerValues, joinedHeaders } from '../headers.ts';
import type { RequestMetrics } from '../metrics/request-metrics.ts';
import { parseRequestInfo, type RequestInfo } from '../request-info.ts';
import { deadlineOf, isLongRunning } from './deadline.ts';
import { type InFlight, inFlightKind } from './in-flight.ts';
import type { Incoming, Reply, Server } from './incoming.ts';
import {
  deadlineExceeded,
  shuttingDown,
  statusResponse,
  textResponse,
  unauthorized,
  unforeseen,
} from './status-response.ts';
import { warningHeaders } from './warnings.ts';

/** Bytes of a request body (upstream: 3 MiB). */
export const maximumBodyBytes = 3 * 1024 * 1024;

export interface PipelineOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly impersonation: Impersonation;
  /** Requests for resources. */
  readonly resources: Handler;
  /** Everything else. */
  readonly paths: Handler;
  /** Headers that say who somebody is; handlers do not see them. Lower-case name. */
  readonly isIdentityHeader: (name: string) => boolean;
  readonly inFlight: InFlight;
  readonly metrics: RequestMetrics;
  readonly log: Logger;
  readonly clock: Clock;
  readonly newAuditId: () => string;
  /** Aborted when the server stops: new requests are refused, watches end. */
  readonly stopping: AbortSignal;
}

interface Exchange {
  readonly incoming: Incoming;
  readonly auditId: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly warnings: string[];
  /** The client left, the deadline passed, or (watches) the server stops. */
  readonly ended: AbortController;
  user: UserInfo | undefined;
}

export function createPipeline(options: PipelineOptions): Server {
  return async (incoming, write) => {
    const began = options.clock.now();
    const auditId = headerValues(incoming.rawHeaders, 'audit-id')[0] || options.newAuditId();
    const exchange = startExchange(incoming, auditId);
    if (exchange instanceof ApiError) {
      await write(replyTo(incoming, auditId, undefined, statusResponse(exchange), false));
      return;
    }
    const release: (() => void)[] = [];
    const leave = listenForEnd(exchange, options);
    try {
      const response = await answer(exchange, options, release);
      const bytes = await write(replyTo(incoming, auditId, exchange, response, options.stopping.aborted));
      const seconds = (options.clock.now() - began) / 1000;
      options.metrics.ended(exchange.info, dryRunOf(exchange.query), response.code, seconds, bytes);
    } finally {
      leave();
      for (const each of release) each();
    }
  };
}

function startExchange(incoming: Incoming, auditId: string): Exchange | ApiError {
  const mark = incoming.target.indexOf('?');
  const path = mark < 0 ? incoming.target : incoming.target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : incoming.target.slice(mark + 1));
  try {
    const info = parseRequestInfo({ method: incoming.method, path, query });
    return { incoming, auditId, query, info, warnings: [], ended: new AbortController(), user: undefined };
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** Ties the exchange to its client and, for a watch, to the server. Returns how to untie. */
function listenForEnd({ incoming, ended, info }: Exchange, { stopping }: PipelineOptions): () => void {
  const sources = isLongRunning(info) ? [incoming.disconnected, stopping] : [incoming.disconnected];
  const end = () => ended.abort();
  for (const source of sources) {
    if (source.aborted) end();
    source.addEventListener('abort', end, { once: true });
  }
  return () => {
    for (const source of sources) source.removeEventListener('abort', end);
  };
}

/** Never rejects. */
async function answer(
  exchange: Exchange,
  options: PipelineOptions,
  release: (() => void)[],
): Promise<ApiResponse> {
  try {
    const limit = deadlineOf(exchange.info, exchange.query);
    if (limit === undefined) return await admit(exchange, options, release);
    const late = startDeadline(limit, exchange, options);
    release.push(late.cancel);
    return await Promise.race([admit(exchange, options, release), late.passed]);
  } catch (error) {
    if (error instanceof ApiError) return statusResponse(error);
    if (exchange.incoming.disconnected.aborted) return statusResponse(deadlineExceeded());
    options.metrics.aborted(exchange.info);
    options.log.error(
      { err: error, auditId: exchange.auditId, method: exchange.incoming.method, path: exchange.info.path },
      'request failed',
    );
    return statusResponse(unforeseen(exchange.auditId));
  }
}

/**
 * When the time is over the request's signal ends, and the answer, where none has begun, is 504, whatever the
 * handler still does. A stream that has begun is broken off.
 */
function startDeadline(
  milliseconds: number,
  { ended, info }: Exchange,
  { clock, metrics }: PipelineOptions,
): { readonly passed: Promise<never>; readonly cancel: () => void } {
  const timeout = Promise.withResolvers<never>();
  // Nobody listens any more once the handler has answered.
  timeout.promise.catch(() => {});
  const cancel = clock.after(milliseconds, () => {
    metrics.terminated(info, 504);
    timeout.reject(deadlineExceeded());
    ended.abort();
  });
  return { passed: timeout.promise, cancel };
}

async function admit(
  exchange: Exchange,
  options: PipelineOptions,
  release: (() => void)[],
): Promise<ApiResponse> {
  const { info, incoming } = exchange;
  if (options.stopping.aborted) throw shuttingDown();
  const caller = await authenticate(exchange, options);
  exchange.user = caller;
  const refused = enterInFlight(exchange, caller, options, release);
  if (refused !== undefined) return refused;
  const user = await options.impersonation(caller, incoming.rawHeaders, options.authorizer);
  exchange.user = user;
  await authorize(exchange, user, options);
  const request = toApiRequest(exchange, user, options);
  return info.isResource ? options.resources(request) : options.paths(request);
}

async function authenticate(exchange: Exchange, options: PipelineOptions): Promise<UserInfo> {
  const { rawHeaders, peer } = exchange.incoming;
  const result = await options.authenticator.authenticate({ rawHeaders, peer });
  if (result.kind === 'authenticated') {
    options.metrics.authenticated('success', result.user.name);
    return result.user;
  }
  options.metrics.authenticated(result.kind === 'refused' ? 'error' : 'failure', '');
  if (result.kind === 'refused') {
    options.log.info({ auditId: exchange.auditId, why: result.cause.message }, 'authentication refused');
  }
  throw unauthorized();
}

/** Watches and `system:masters` are not limited. */
function enterInFlight(
  { info }: Exchange,
  user: UserInfo,
  { inFlight, metrics }: PipelineOptions,
  release: (() => void)[],
): ApiResponse | undefined {
  if (isLongRunning(info)) {
    release.push(metrics.longRunning(info));
    return undefined;
  }
  if (user.groups.includes(systemMasters)) return undefined;
  const kind = inFlightKind(info.verb);
  const leave = inFlight.enter(kind);
  if (leave === undefined) {
    metrics.terminated(info, 429);
    return textResponse(429, 'Too many requests, please try again later.', { 'retry-after': '1' });
  }
  metrics.inFlight(kind, inFlight.current(kind));
  release.push(() => {
    leave();
    metrics.inFlight(kind, inFlight.current(kind));
  });
  return undefined;
}

async function authorize(exchange: Exchange, user: UserInfo, options: PipelineOptions): Promise<void> {
  const attributes = authorizationAttributes(exchange.info, exchange.query, user);
  let decision: Awaited<ReturnType<Authorizer['authorize']>>;
  try {
    decision = await options.authorizer.authorize(attributes);
  } catch (cause) {
    options.metrics.authorized('error');
    throw cause instanceof ApiError
      ? new ApiError('InternalError', `Internal error occurred: authorization failed: ${cause.message}`)
      : cause;
  }
  options.metrics.authorized(decision.allowed ? 'allowed' : 'denied');
  if (!decision.allowed) throw forbiddenError(attributes, decision.reason);
}

function toApiRequest(exchange: Exchange, user: UserInfo, options: PipelineOptions): ApiRequest {
  const { incoming, ended } = exchange;
  const mark = incoming.target.indexOf('?');
  let body: Promise<Uint8Array> | undefined;
  return {
    method: incoming.method,
    path: mark < 0 ? incoming.target : incoming.target.slice(0, mark),
    query: exchange.query,
    headers: joinedHeaders(incoming.rawHeaders, (name) => !options.isIdentityHeader(name)),
    body: () => {
      body ??= incoming.readBody(maximumBodyBytes, ended.signal);
      return body;
    },
    info: exchange.info,
    user,
    signal: ended.signal,
    warnings: exchange.warnings,
    auditId: exchange.auditId,
  };
}

/** The headers every answer has. */
function replyTo(
  incoming: Incoming,
  auditId: string,
  exchange: Exchange | undefined,
  response: ApiResponse,
  stopping: boolean,
): Reply {
  const headers = { 'audit-id': auditId, 'cache-control': 'no-cache, private', ...response.headers };
  const unknownCaller = exchange?.user === undefined || isAnonymous(exchange.user);
  return {
    response: { ...response, headers },
    warnings: warningHeaders(exchange?.warnings ?? []),
    signal: exchange?.ended.signal ?? incoming.disconnected,
    compressible: exchange === undefined || !isLongRunning(exchange.info),
    // One connection carries a hundred streams of h2: strangers do not get to keep one (CVE-2023-44487).
    closeConnection: stopping || response.code === 413 || (incoming.protocol === 'h2' && unknownCaller),
  };
}

const dryRunOf = (query: URLSearchParams): string => query.getAll('dryRun').sort().join(',');
