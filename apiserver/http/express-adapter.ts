/**
 * Runs an Express application as a Handler. Express builds on node:http's own request and response and breaks on
 * those of HTTP/2 (5.x: "Cannot read properties of undefined (reading 'readable')"); here it gets a request and
 * response of node:http that have no socket, whatever protocol the client speaks, and what it writes is collected
 * as an ApiResponse. Bodies of these routes are small documents; resources and watches do not pass through here.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Express } from 'express';
import type { ApiRequest, ApiResponse, Handler } from '../exchange.ts';

/** Bytes a route may answer with; the largest document is OpenAPI v2. */
const maximumBytes = 64 * 1024 * 1024;

const requests = new WeakMap<object, ApiRequest>();

/** The request behind an Express request, for routes that need the caller or the signal. */
export function apiRequestOf(request: object): ApiRequest {
  const found = requests.get(request);
  if (found === undefined) throw new Error('not a request of this adapter');
  return found;
}

export function expressHandler(app: Express): Handler {
  return (request) =>
    new Promise<ApiResponse>((resolve, reject) => {
      const incoming = toIncomingMessage(request);
      const outgoing = new CollectedResponse(incoming, resolve, reject);
      requests.set(incoming, request);
      app(
        incoming as Parameters<Express>[0],
        outgoing as unknown as Parameters<Express>[1],
        (error?: unknown) => {
          reject(error ?? new Error(`no route answered ${request.path}`));
        },
      );
    });
}

/** Only reading routes are served: the body is always empty. */
function toIncomingMessage(request: ApiRequest): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = request.method;
  const query = request.query.toString();
  message.url = query === '' ? request.path : `${request.path}?${query}`;
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.httpVersion = '1.1';
  Object.assign(message.headers, request.headers);
  message.push(null);
  message.complete = true;
  return message;
}

class CollectedResponse extends ServerResponse {
  readonly #chunks: Buffer[] = [];
  readonly #resolve: (response: ApiResponse) => void;
  readonly #reject: (error: Error) => void;
  #bytes = 0;
  #ended = false;

  constructor(
    request: IncomingMessage,
    resolve: (response: ApiResponse) => void,
    reject: (error: Error) => void,
  ) {
    super(request);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override writeHead(code: number, ...rest: unknown[]): this {
    this.statusCode = code;
    const headers = rest.at(-1);
    if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
      for (const [name, value] of Object.entries(headers)) this.setHeader(name, value as string);
    }
    return this;
  }

  override write(chunk: unknown, encoding?: unknown): boolean {
    this.#collect(chunk, encoding);
    return true;
  }

  override end(chunk?: unknown, encoding?: unknown): this {
    if (this.#ended) return this;
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') this.#collect(chunk, encoding);
    this.#ended = true;
    this.finished = true;
    if (this.#bytes <= maximumBytes) this.#resolve(this.#collected());
    this.emit('finish');
    this.emit('close');
    return this;
  }

  #collect(chunk: unknown, encoding: unknown): void {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    this.#bytes += bytes.byteLength;
    if (this.#bytes > maximumBytes)
      this.#reject(new Error(`a route answered more than ${maximumBytes} bytes`));
    else this.#chunks.push(bytes);
  }

  #collected(): ApiResponse {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.getHeaders())) {
      if (value === undefined || name === 'content-length' || name === 'transfer-encoding') continue;
      headers[name] = Array.isArray(value) ? value.join(', ') : String(value);
    }
    return { code: this.statusCode, headers, body: Buffer.concat(this.#chunks, this.#bytes) };
  }
}
