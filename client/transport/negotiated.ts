/**
 * Picks HTTP/2 where the server offers it and HTTP/1.1 otherwise, by ALPN on the first connection; starts
 * over with new TLS material when credentials rotate.
 */
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Credentials, TlsMaterial } from '../connection.ts';
import { ClientError } from '../errors.ts';
import { createHttp1Transport } from './http1.ts';
import { createHttp2Transport } from './http2.ts';
import type { Transport } from './transport.ts';

/** A TCP and TLS handshake that takes longer has failed. */
const connectTimeoutMilliseconds = 10_000;

export interface TransportPool {
  /** The transport for these credentials. */
  transport(credentials: Credentials): Promise<Transport>;
  close(): void;
}

export function createTransportPool(server: URL): TransportPool {
  let current: { readonly tls: TlsMaterial; readonly transport: Promise<Transport> } | undefined;
  return {
    transport(credentials) {
      if (current === undefined || !sameTls(current.tls, credentials.tls)) {
        const before = current;
        const transport = choose(server, credentials);
        current = { tls: credentials.tls, transport };
        transport.catch(() => {
          if (current?.transport === transport) current = undefined;
        });
        before?.transport.then(
          (old) => old.retire(),
          () => undefined,
        );
      }
      return current.transport;
    },
    close() {
      current?.transport.then(
        (t) => t.close(),
        () => undefined,
      );
    },
  };
}

async function choose(server: URL, credentials: Credentials): Promise<Transport> {
  if (server.protocol === 'http:') return createHttp1Transport(server, credentials.tls);
  if (credentials.agent !== undefined) {
    return createHttp1Transport(server, credentials.tls, { agent: credentials.agent });
  }
  const first = await connectTls(server, credentials.tls);
  if (first.alpnProtocol !== 'h2') {
    first.destroy();
    return createHttp1Transport(server, credentials.tls);
  }
  let waiting: Duplex | undefined = first;
  return createHttp2Transport({
    authority: server.origin,
    async connect() {
      if (waiting !== undefined && !waiting.destroyed) {
        const socket = waiting;
        waiting = undefined;
        return socket;
      }
      return connectTls(server, credentials.tls);
    },
  });
}

function connectTls(server: URL, material: TlsMaterial): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = server.hostname.replace(/^\[|\]$/g, '');
    const servername = material.servername ?? (isIpLiteral(host) ? undefined : host);
    const { servername: _, ...rest } = material;
    const socket = tls.connect({
      host,
      port: Number(server.port || 443),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...rest,
      ...(servername === undefined ? {} : { servername }),
    });
    socket.setTimeout(connectTimeoutMilliseconds);
    socket.once('timeout', () =>
      socket.destroy(
        new ClientError(
          'Timeout',
          `no TLS handshake with ${server.host} in ${connectTimeoutMilliseconds / 1000} s`,
          {
            unsent: true,
          },
        ),
      ),
    );
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.removeListener('error', reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

const isIpLiteral = (host: string): boolean => host.includes(':') || /^\d+(\.\d+){3}$/.test(host);

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  const same = (x: string | Buffer | undefined, y: string | Buffer | undefined): boolean =>
    x === y || (x !== undefined && y !== undefined && Buffer.from(x).equals(Buffer.from(y)));
  return (
    a === b ||
    (same(a.ca, b.ca) &&
      same(a.cert, b.cert) &&
      same(a.key, b.key) &&
      a.servername === b.servername &&
      a.rejectUnauthorized === b.rejectUnauthorized)
  );
}
