/** HTTP/1.1 over keep-alive connections: for servers without h2, proxies and plain http. */
import http from 'node:http';
import https from 'node:https';
import type { TlsMaterial } from '../connection.ts';
import { ClientError, systemCode } from '../errors.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

/** Between probes of an idle connection; under the 60 s after which cloud load balancers forget one. */
const keepAliveMilliseconds = 30_000;

export function createHttp1Transport(
  server: URL,
  tls: TlsMaterial,
  options: { readonly agent?: http.Agent } = {},
): Transport {
  const secure = server.protocol === 'https:';
  const own =
    options.agent ??
    (secure
      ? new https.Agent({ keepAlive: true, keepAliveMsecs: keepAliveMilliseconds, ...tls })
      : new http.Agent({ keepAlive: true, keepAliveMsecs: keepAliveMilliseconds }));
  const start = secure ? https.request : http.request;

  function send(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      if (request.signal?.aborted === true) {
        reject(new ClientError('Aborted', 'the request was cancelled', { unsent: true }));
        return;
      }
      const outgoing = start(
        {
          host: server.hostname.replace(/^\[|\]$/g, ''),
          port: server.port || (secure ? 443 : 80),
          method: request.method,
          path: request.path,
          headers:
            request.body === undefined
              ? request.headers
              : { ...request.headers, 'content-length': String(request.body.byteLength) },
          agent: own,
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        },
        (incoming) => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming });
        },
      );
      outgoing.on('error', (error) => {
        if (request.signal?.aborted === true) {
          reject(new ClientError('Aborted', 'the request was cancelled', { cause: error }));
          return;
        }
        // A kept connection that the server closed just as we wrote: Node says so with reusedSocket.
        const stale = outgoing.reusedSocket && systemCode(error) === 'ECONNRESET' && request.method === 'GET';
        reject(stale ? new ClientError('Unreachable', error.message, { cause: error, unsent: true }) : error);
      });
      outgoing.end(request.body);
    });
  }

  return {
    send,
    retire() {
      for (const idle of Object.values(own.freeSockets)) for (const socket of idle ?? []) socket.destroy();
    },
    close: () => own.destroy(),
  };
}
