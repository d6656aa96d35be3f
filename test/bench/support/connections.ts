/** HTTP/2 connections of the load process, tuned as Go's transport is, which every Kubernetes client uses. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Target } from './protocol.ts';

/** Bytes a stream and a connection may be ahead of the reader (golang.org/x/net/http2 transport.go). */
const STREAM_WINDOW = 4 << 20;
const CONNECTION_WINDOW = 1 << 30;

export async function openSession({ origin, ca, cert, key }: Target): Promise<ClientHttp2Session> {
  const session = connect(origin, { ca, cert, key, settings: { initialWindowSize: STREAM_WINDOW } });
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve());
    session.once('error', reject);
  });
  session.setLocalWindowSize(CONNECTION_WINDOW);
  session.on('error', () => undefined);
  return session;
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string;
}

/** Sends the headers and, if any, the body. */
export function send(session: ClientHttp2Session, exchange: Exchange): ClientHttp2Stream {
  const { method, path, body, contentType } = exchange;
  const stream = session.request(
    {
      ':method': method,
      ':path': path,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return stream;
}

/** Bytes of an answer that are kept, for a refusal's message and a write's resourceVersion. */
const KEPT_BYTES = 4096;

export interface Answered {
  readonly bytes: number;
  readonly head: string;
}

/** @throws with the answer's beginning unless the status is 2xx */
export function answered(stream: ClientHttp2Stream, exchange: Exchange): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let bytes = 0;
    let head = '';
    stream.once('response', (headers) => {
      status = headers[':status'] ?? 0;
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (head.length < KEPT_BYTES) head += chunk.toString('utf8', 0, KEPT_BYTES);
    });
    stream.once('error', reject);
    stream.once('end', () => {
      if (status >= 200 && status < 300) resolve({ bytes, head });
      else reject(new Error(`${exchange.method} ${exchange.path} answered ${status}: ${head}`));
    });
  });
}
