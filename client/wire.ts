/**
 * JSON over HTTP to one API server. What a caller sees is a value, an ApiError with the server's Status, or a
 * ClientError.
 *
 * Sent again are only requests that certainly did nothing, or that may be done twice:
 * 429 (refused before work began), 503 with Retry-After (the server is starting or shedding), a request that
 * never left, and for GET also 500/504 with Retry-After.
 */
import { ApiError } from '../api/meta/api-error.ts';
import { decodeBody, decodeFailure } from './body.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import type { Connection } from './connection.ts';
import { createDeadline } from './deadline.ts';
import { ClientError, connectionError } from './errors.ts';
import { createLimiter, type Limiter, type RateLimit } from './limiter.ts';
import { decodeLines } from './ndjson.ts';
import { createTransportPool, type TransportPool } from './transport/negotiated.ts';
import type { TransportResponse } from './transport/transport.ts';

export interface WireOptions {
  readonly userAgent?: string;
  /** Requests at once, watches not counted. Default 64: a third of the streams that kube-apiserver allows. */
  readonly concurrency?: number;
  /** Unset: no limit of our own (the server's priority and fairness decides). */
  readonly rate?: RateLimit;
  /** Until the head of an answer; a server's own limit is 60 s. Default 70 s. */
  readonly requestTimeoutMilliseconds?: number;
  readonly clock?: Clock;
}

const defaultConcurrency = 64;
const defaultRequestTimeoutMilliseconds = 70_000;
/** Times one request is sent at most. */
const maxAttempts = 5;
/** Seconds; a server that asks for more is not waited for within a request. */
const maxRetryAfterSeconds = 30;

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type StreamRequest = WireRequest & { readonly signal: AbortSignal };

/** What the verbs are made of. */
export interface Wire {
  /** The decoded JSON body (undefined when empty). */
  json(request: WireRequest): Promise<unknown>;
  /** The JSON values of a streamed body; outside the concurrency limit. */
  stream(request: StreamRequest): AsyncGenerator<unknown, void, void>;
  /** Ends what is under way, streams included. */
  close(): void;
}

export function createWire(connection: Connection, options: WireOptions = {}): Wire {
  return new HttpWire(connection, options);
}

class HttpWire implements Wire {
  readonly #connection: Connection;
  readonly #options: WireOptions;
  readonly #pool: TransportPool;
  readonly #clock: Clock;
  readonly #limiter: Limiter;
  /** The server's own path, without a slash at the end. */
  readonly #prefix: string;
  readonly #closing = new AbortController();

  constructor(connection: Connection, options: WireOptions) {
    const url = new URL(connection.server);
    this.#connection = connection;
    this.#options = options;
    this.#pool = createTransportPool(url);
    this.#clock = options.clock ?? systemClock;
    this.#limiter = createLimiter(this.#clock, options.concurrency ?? defaultConcurrency, options.rate);
    this.#prefix = url.pathname.replace(/\/+$/, '');
  }

  async json(request: WireRequest): Promise<unknown> {
    const { server } = this.#connection;
    const timeout = this.#options.requestTimeoutMilliseconds ?? defaultRequestTimeoutMilliseconds;
    const release = await this.#limiter.acquire();
    const deadline = createDeadline(this.#clock, timeout, [this.#closing.signal, request.signal]);
    try {
      const response = await this.#send({ ...request, signal: deadline.signal });
      return await decodeBody(response);
    } catch (error) {
      if (deadline.expired) {
        throw new ClientError('Timeout', `no answer from ${server} in ${timeout / 1000} s`, { cause: error });
      }
      throw asFailure(server, error);
    } finally {
      deadline.cancel();
      release();
    }
  }

  async *stream(request: StreamRequest): AsyncGenerator<unknown, void, void> {
    const signal = AbortSignal.any([this.#closing.signal, request.signal]);
    let response: TransportResponse | undefined;
    try {
      response = await this.#send({ ...request, signal });
      yield* decodeLines(response.body);
    } catch (error) {
      if (!signal.aborted) throw asFailure(this.#connection.server, error);
    } finally {
      response?.body.destroy();
    }
  }

  close(): void {
    this.#closing.abort();
    this.#pool.close();
  }

  /** The head of an answer below 400, after as many attempts as make sense. */
  async #send(request: WireRequest): Promise<TransportResponse> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(request);
      if (answer.kind === 'response') return answer.response;
      const wait = attempt < maxAttempts ? retryDelay(request.method, answer, attempt) : undefined;
      if (wait === undefined || request.signal?.aborted === true) throw answer.error;
      await sleep(this.#clock, wait, request.signal);
    }
  }

  async #attempt(request: WireRequest): Promise<Attempt> {
    let response: TransportResponse;
    try {
      response = await this.#sendOnce(request);
    } catch (error) {
      if (error instanceof ClientError) return { kind: 'unreachable', error };
      throw error;
    }
    if (response.status < 400) return { kind: 'response', response };
    return {
      kind: 'refused',
      status: response.status,
      retryAfterSeconds: retryAfter(response),
      error: await decodeFailure(response),
    };
  }

  async #sendOnce(request: WireRequest): Promise<TransportResponse> {
    try {
      const credentials = await this.#connection.credentials();
      const transport = await this.#pool.transport(credentials);
      const body = encodeBody(request.body);
      return await transport.send({
        method: request.method,
        path: this.#prefix + request.path + queryString(request.query),
        headers: {
          ...credentials.headers,
          accept: 'application/json',
          'user-agent': this.#options.userAgent ?? 'services-v3',
          ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
        },
        body,
        signal: request.signal,
      });
    } catch (error) {
      throw connectionError(this.#connection.server, error);
    }
  }
}

type Attempt =
  | { readonly kind: 'response'; readonly response: TransportResponse }
  | { readonly kind: 'unreachable'; readonly error: ClientError }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly retryAfterSeconds: number | undefined;
      readonly error: ApiError;
    };

/** @returns milliseconds until the next attempt, undefined: do not repeat it */
function retryDelay(
  method: string,
  failure: Exclude<Attempt, { kind: 'response' }>,
  attempt: number,
): number | undefined {
  if (failure.kind === 'unreachable') {
    // A connection that closed under us is made anew, once; a server that is down is the caller's to wait for.
    return failure.error.unsent && failure.error.code === 'Unreachable' && attempt === 1 ? 0 : undefined;
  }
  const seconds = failure.retryAfterSeconds;
  if (failure.status === 429) return Math.min(seconds ?? 1, maxRetryAfterSeconds) * 1000;
  if (seconds === undefined || seconds > maxRetryAfterSeconds) return undefined;
  const harmless = failure.status === 503 || (method === 'GET' && failure.status >= 500);
  return harmless ? seconds * 1000 : undefined;
}

function asFailure(server: string, error: unknown): unknown {
  return error instanceof ApiError ? error : connectionError(server, error);
}

function retryAfter(response: TransportResponse): number | undefined {
  const value = response.headers['retry-after'];
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined;
  return Number(value);
}

function encodeBody(body: unknown): Uint8Array | undefined {
  return body === undefined ? undefined : Buffer.from(JSON.stringify(body));
}

function queryString(query: WireRequest['query']): string {
  if (query === undefined) return '';
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
