/** Sends requests as they are over either protocol, and bytes that are no requests. */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import type { WireProtocol, WireTls } from '../wire-client.ts';
import type { HostileRequest } from './requests.ts';

/** Milliseconds after which a connection that the server keeps open is closed from here. */
const PATIENCE = 300;

/** Milliseconds without an answer after which a request is given up: more than a read waits for a revision to come (3 s). */
const UNANSWERED = 5_000;

/** A stream that the server did not look at, because it was closing the connection (it does so on strangers). */
const REFUSED = -1;

export interface HostileWire {
  /** The status code; a stream is left once its head is there. 0: broken off, or given up. */
  send(protocol: WireProtocol, request: HostileRequest): Promise<number>;
  /** Opens a connection, writes the bytes, and sees it end. */
  throwAt(protocol: WireProtocol, bytes: Uint8Array): Promise<void>;
  close(): void;
}

export function hostileWire(url: string, tls: WireTls): HostileWire {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let session: ClientHttp2Session | undefined;
  const openSession = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    session = connect(url, tls);
    session.on('error', () => {});
    return session;
  };
  return {
    async send(protocol, request) {
      if (protocol !== 'h2') return overHttp1({ ...tls, hostname, port, agent }, request);
      const code = await overHttp2(openSession(), request);
      if (code !== REFUSED) return code;
      session?.close();
      return overHttp2(openSession(), request);
    },
    throwAt: (protocol, bytes) =>
      new Promise((resolve) => {
        const options = { ...tls, host: hostname, port: Number(port), ALPNProtocols: [protocol] };
        const socket = tlsConnect(options, () => socket.end(bytes));
        socket.setTimeout(PATIENCE, () => socket.destroy());
        socket.on('error', () => {});
        socket.on('data', () => {});
        socket.once('close', () => resolve());
      }),
    close() {
      agent.destroy();
      session?.destroy();
    },
  };
}

function overHttp2(session: ClientHttp2Session, request: HostileRequest): Promise<number> {
  return new Promise((resolve) => {
    let code = 0;
    const stream = session.request(
      { ...request.headers, ':method': request.method, ':path': request.target },
      // Said outright: otherwise Node ends a GET at once and the body becomes a write after the end.
      { endStream: false },
    );
    stream.on('response', (headers) => {
      code = Number(headers[':status']);
      if (headers['content-length'] === undefined) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      resolve(stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? REFUSED : code);
    });
    stream.setTimeout(UNANSWERED, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.resume();
    stream.end(request.body);
  });
}

function overHttp1(options: object, { method, target, headers, body }: HostileRequest): Promise<number> {
  return new Promise((resolve) => {
    let code = 0;
    // Left out, Node would send the body of a DELETE without its length, as the beginning of another request.
    const sized = body.length === 0 ? headers : { ...headers, 'content-length': String(body.length) };
    const outgoing = httpsRequest({ ...options, method, path: target, headers: sized }, (incoming) => {
      code = incoming.statusCode ?? 0;
      if (incoming.headers['content-length'] === undefined) incoming.destroy();
      incoming.on('error', () => {});
      incoming.resume();
    });
    outgoing.on('error', () => resolve(code));
    outgoing.on('close', () => resolve(code));
    outgoing.setTimeout(UNANSWERED, () => outgoing.destroy());
    outgoing.end(body);
  });
}
