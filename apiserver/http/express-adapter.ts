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
      requests.set(incoming, request);
      const outgoing = collectingResponse(incoming, { resolve, reject });
      app(incoming as Parameters<Express>[0], outgoing as Parameters<Express>[1], (error?: unknown) => {
        reject(error ?? new Error(`no route answered ${request.path}`));
      });
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

interface Outcome {
  resolve(response: ApiResponse): void;
  reject(error: Error): void;
}

/**
 * A response that keeps what is written. Its methods are the object's own because Express exchanges the
 * prototype of every response it sees.
 */
function collectingResponse(request: IncomingMessage, outcome: Outcome): ServerResponse {
  const response = new ServerResponse(request);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  const collect = (chunk: unknown, encoding: unknown): void => {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const part = toBuffer(chunk, encoding);
    bytes += part.byteLength;
    if (bytes > maximumBytes) outcome.reject(new Error(`a route answered more than ${maximumBytes} bytes`));
    else chunks.push(part);
  };
  return Object.assign(response, {
    writeHead(code: number, ...rest: unknown[]) {
      response.statusCode = code;
      for (const [name, value] of Object.entries(headersOf(rest))) response.setHeader(name, String(value));
      return response;
    },
    write(chunk: unknown, encoding?: unknown) {
      collect(chunk, encoding);
      return true;
    },
    end(chunk?: unknown, encoding?: unknown) {
      if (ended) return response;
      ended = true;
      collect(chunk, encoding);
      outcome.resolve({
        code: response.statusCode,
        headers: collectedHeaders(response),
        body: Buffer.concat(chunks, bytes),
      });
      response.emit('finish');
      response.emit('close');
      return response;
    },
  });
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk !== 'string') return Buffer.from(chunk as Uint8Array);
  return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
}

/** The last argument of `writeHead`, where it is an object of headers. */
function headersOf(rest: readonly unknown[]): Readonly<Record<string, unknown>> {
  const last = rest.at(-1);
  return typeof last === 'object' && last !== null && !Array.isArray(last) ? { ...last } : {};
}

function collectedHeaders(response: ServerResponse): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.getHeaders())) {
    // The length is that of what is sent in the end, compressed or not.
    if (value === undefined || name === 'content-length' || name === 'transfer-encoding') continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return headers;
}
