/** Plain requests over either protocol, showing the answer as it came: for tests of the wire. */
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';

export interface WireRequest {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

export interface WireTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface WireResponse {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly goaway: boolean;
}

export type WireProtocol = 'h2' | 'http/1.1';

export const protocols: readonly WireProtocol[] = ['http/1.1', 'h2'];

export function send(
  protocol: WireProtocol,
  url: string,
  tls: WireTls,
  request: WireRequest = {},
): Promise<WireResponse> {
  return protocol === 'h2' ? overHttp2(url, tls, request) : overHttp1(url, tls, request);
}

function overHttp1(
  url: string,
  tls: WireTls,
  { method = 'GET', headers = {}, body }: WireRequest,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { ...tls, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          code: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
          goaway: incoming.headers.connection === 'close',
        }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function overHttp2(
  url: string,
  tls: WireTls,
  { method = 'GET', headers = {}, body }: WireRequest,
): Promise<WireResponse> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const session = connect(origin, tls);
    let goaway = false;
    session.on('error', reject);
    session.on('goaway', () => {
      goaway = true;
    });
    const stream = session.request({ ...headers, ':method': method, ':path': `${pathname}${search}` });
    let answer: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => {
      answer = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const finish = () =>
        resolve({ code: Number(answer[':status']), headers: answer, body: Buffer.concat(chunks), goaway });
      // GOAWAY follows the answer; a round trip later it is there, or none was sent.
      session.once('close', finish);
      if (session.destroyed) finish();
      else if (!session.closed) session.ping(() => setImmediate(() => session.close()));
    });
    stream.end(body);
  });
}
