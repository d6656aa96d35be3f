/** /metrics for Prometheus, /healthz and /readyz for the kubelet. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { systemCode } from '../client/errors.ts';
import { FlagError } from '../command/flags.ts';

export interface Diagnostics {
  /** The port in use, which differs from the wanted one only where that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** @throws FlagError where the port is taken */
export async function serveDiagnostics(options: {
  readonly port: number;
  readonly address: string;
  readonly registry: Registry;
  readonly isReady: () => boolean;
}): Promise<Diagnostics> {
  const server = createServer((request, response) => {
    const answer = (code: number, type: string, text: string): void => {
      response.writeHead(code, { 'content-type': type }).end(text);
    };
    switch (request.url) {
      case '/healthz':
        return answer(200, 'text/plain', 'ok');
      case '/readyz':
        return options.isReady()
          ? answer(200, 'text/plain', 'ok')
          : answer(503, 'text/plain', 'controllers are still reading collections');
      case '/metrics':
        options.registry.metrics().then(
          (text) => answer(200, options.registry.contentType, text),
          () => answer(500, 'text/plain', 'metrics failed'),
        );
        return;
      default:
        return answer(404, 'text/plain', '404 page not found');
    }
  });
  await listen(server, options.port, options.address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const why = systemCode(error) === 'EADDRINUSE' ? 'it is in use' : error.message;
      reject(new FlagError(`--metrics-port: cannot listen on ${address}:${port}: ${why}`, { cause: error }));
    });
    server.listen(port, address, resolve);
  });
}
