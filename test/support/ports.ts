/**
 * Free TCP ports on loopback for servers that must be told their port before they start.
 * Taken from below the kernels' ephemeral range (32768 on Linux, 49152 elsewhere): a port from inside it could
 * be lost to somebody's outgoing connection between our probe and the server's bind.
 */
import { randomInt } from 'node:crypto';
import net from 'node:net';

const FIRST_PORT = 15_000;
const LAST_PORT = 32_700;
/** Probes before giving up; with 17,000 ports to choose from, more failures mean something else is wrong. */
const ATTEMPTS = 200;

const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that was free a moment ago and is given to nobody else in this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}`);
}
