/**
 * The TLS listener: HTTP/2 and HTTP/1.1 by ALPN on one port. Client certificates are asked for and never
 * required; which CA signed one is decided per authenticator, not here.
 */
import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type SecureServerOptions,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { PeerCertificates } from '../auth/authenticator.ts';
import { headerValues } from '../headers.ts';
import { readBody } from './body.ts';
import type { Incoming, Server } from './incoming.ts';
import { type NodeResponse, respond } from './respond.ts';

/** What the handshake needs; PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** CAs named to clients as a hint of which certificate to send; '' names none. */
  readonly clientCa: string;
}

export interface ListenerOptions {
  readonly tls: TlsMaterial;
  readonly serve: Server;
  /** Told of what went wrong beside any request: handshakes, crashes in writing. */
  readonly failed: (kind: 'handshake' | 'request', error: Error) => void;
}

export interface Listener {
  /** @throws ListenError, one line that says what to do */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** New connections use the new material; open ones go on. */
  reload(tls: TlsMaterial): void;
  /** Stops accepting, lets requests finish for at most `milliseconds`, then cuts what is left. */
  close(milliseconds: number): Promise<void>;
}

export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Bytes of all request headers; users with hundreds of groups are normal (upstream: 1 MiB). */
const maximumHeaderBytes = 1024 * 1024;
/** Header lines of one request. */
const maximumHeaderPairs = 4096;
/** Streams of one h2 connection at a time (upstream: 100 for servers of this kind). */
const maximumStreams = 100;
/** Above the 90 s after which Go's client drops an idle connection, so that it is never us who closes under it. */
const keepAliveMilliseconds = 120_000;
/** For a client to send its headers (upstream: 32 s). */
const headersMilliseconds = 32_000;

export function createListener({ tls, serve, failed }: ListenerOptions): Listener {
  const server = createSecureServer(serverOptions(tls));
  // Watches last for an hour; deadlines are the pipeline's.
  Object.assign(server, {
    keepAliveTimeout: keepAliveMilliseconds,
    headersTimeout: headersMilliseconds,
    requestTimeout: 0,
    maxHeadersCount: maximumHeaderPairs,
  });
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => {});
    closeWhenIdle(session);
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', (error) => failed('handshake', error));
  server.on('request', (request, response) => {
    const incoming = toIncoming(request, response);
    // A finished stream forgets its session.
    const session = 'stream' in request ? request.stream.session : undefined;
    const written = serve(incoming, async (reply) => {
      const bytes = await respond(incoming, response, reply);
      // What the client still sends of a refused body is not waited for.
      if ('stream' in request && !request.complete) request.stream.close();
      if (reply.closeConnection && session?.closed === false) session.close();
      return bytes;
    });
    written.catch((error: unknown) => {
      failed('request', error instanceof Error ? error : new Error(String(error)));
      breakOff(response);
    });
  });
  return {
    listen: (port, host) => listen(server, port, host),
    reload: (next) => server.setSecureContext(secureContext(next)),
    close: (milliseconds) => close(server, sessions, sockets, milliseconds),
  };
}

/** A quiet watch is not idle: only a session without streams is let go. */
function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0;
  session.on('stream', (stream) => {
    streams++;
    stream.once('close', () => streams--);
  });
  session.setTimeout(keepAliveMilliseconds, () => {
    if (streams === 0 && !session.closed) session.close();
  });
}

function serverOptions(tls: TlsMaterial): SecureServerOptions {
  const options: SecureServerOptions & { maxHeaderListPairs: number } = {
    ...secureContext(tls),
    allowHTTP1: true,
    ALPNProtocols: ['h2', 'http/1.1'],
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderListPairs: maximumHeaderPairs,
    settings: { maxConcurrentStreams: maximumStreams, maxHeaderListSize: maximumHeaderBytes },
  };
  // Read by the HTTP/1.1 half; the types know it for node:http only.
  return Object.assign(options, { maxHeaderSize: maximumHeaderBytes });
}

const secureContext = ({ cert, key, clientCa }: TlsMaterial) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  // Without a list Node would name every CA of the system.
  ca: clientCa === '' ? [] : [clientCa],
});

/** Certificates a client may send; longer chains are cut. */
const maximumChain = 10;

/** By connection (h2 session or socket), so that verdicts about a chain are kept as long as it lives. */
const peers = new WeakMap<object, PeerCertificates>();

function peerOf(connection: object, socket: Socket): PeerCertificates | undefined {
  const known = peers.get(connection);
  if (known !== undefined || !(socket instanceof TLSSocket)) return known;
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return undefined;
  const intermediates: X509Certificate[] = [];
  let last = leaf;
  for (let each = leaf.issuerCertificate; each !== undefined; each = each.issuerCertificate) {
    if (each.raw.equals(last.raw) || intermediates.length >= maximumChain) break;
    intermediates.push(each);
    last = each;
  }
  const peer = { leaf, intermediates };
  peers.set(connection, peer);
  return peer;
}

/**
 * Every response closes, the finished ones too. One error for all: the DOMException that `abort()` makes of its
 * own accord, with a stack, was 4 % of the CPU of a server under writes.
 */
const clientGone = Object.assign(new Error('the client is gone'), { name: 'AbortError' });

function toIncoming(request: IncomingMessage | Http2ServerRequest, response: NodeResponse): Incoming {
  const gone = new AbortController();
  response.once('close', () => gone.abort(clientGone));
  request.on('error', () => {});
  response.on('error', () => {});
  const session = 'stream' in request ? request.stream.session : undefined;
  const socket = session?.socket ?? request.socket;
  const declared = headerValues(request.rawHeaders, 'content-length')[0] ?? '';
  return {
    protocol: request.httpVersionMajor === 2 ? 'h2' : 'http/1.1',
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    rawHeaders: request.rawHeaders,
    peer: peerOf(session ?? socket, socket),
    remoteAddress: socket.remoteAddress ?? '',
    disconnected: gone.signal,
    readBody: (limit, signal) => readBody(request, declared, limit, signal),
  };
}

function breakOff(response: NodeResponse): void {
  if ('stream' in response) response.stream?.close();
  else response.destroy();
}

async function listen(server: Http2SecureServer, port: number, host: string): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.removeListener('error', refuse);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new ListenError('the server has no TCP address');
  return address;
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): ListenError {
  const where = `${host}:${port}`;
  const said: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is in use by another process: stop that one or choose another port`,
    EACCES: `not allowed to listen on ${where}: choose a port above 1023 or grant the right to bind it`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: choose another bind address`,
    ENOTFOUND: `the bind address ${host} cannot be resolved: use an IP address of this machine`,
  };
  return new ListenError(said[error.code ?? ''] ?? `cannot listen on ${where}: ${error.message}`, {
    cause: error,
  });
}

async function close(
  server: Http2SecureServer,
  sessions: ReadonlySet<ServerHttp2Session>,
  sockets: ReadonlySet<Socket>,
  milliseconds: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  const cut = setTimeout(() => {
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
  }, milliseconds);
  await closed;
  clearTimeout(cut);
}
