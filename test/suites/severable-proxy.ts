/** A TCP proxy on loopback that a test can cut: the fault between us and a server that neither side sees coming. */
import { once } from 'node:events';
import net from 'node:net';

export interface SeverableProxy {
  readonly port: number;
  /** Bytes that have come from the server since the start. */
  readonly received: () => number;
  /** Breaks every connection now. */
  sever(): void;
  /** Breaks each connection once that many more bytes have come from the server. */
  severAfter(bytes: number): void;
  /** Connections broken so far. */
  readonly severed: () => number;
  stop(): Promise<void>;
}

/** @param port where to listen; 0: anywhere */
export async function startSeverableProxy(targetPort: number, port = 0): Promise<SeverableProxy> {
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let received = 0;
  let severed = 0;
  let budget = Number.POSITIVE_INFINITY;

  const sever = (): void => {
    for (const pair of pairs) {
      pairs.delete(pair);
      severed++;
      for (const socket of pair) socket.resetAndDestroy();
    }
  };
  const server = net.createServer((client) => {
    const upstream = net.connect(targetPort, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [socket, other] of [pair, [upstream, client] as const]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      received += chunk.length;
      const passes = chunk.subarray(0, Math.max(0, budget));
      budget -= chunk.length;
      if (passes.length > 0 && !client.write(passes)) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
      if (budget > 0) return;
      budget = Number.POSITIVE_INFINITY;
      sever();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as net.AddressInfo;
  return {
    port: address.port,
    received: () => received,
    sever,
    severAfter(bytes) {
      budget = bytes;
    },
    severed: () => severed,
    async stop() {
      sever();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
