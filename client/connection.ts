/** Where a server is and how we prove who we are: what every way of configuration comes down to. */
import type { Agent } from 'node:http';

export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  /** false: do not check the server's certificate (insecure-skip-tls-verify). */
  readonly rejectUnauthorized?: boolean;
}

/** Credentials at one moment: tokens rotate and exec plugins renew certificates. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Set where a proxy stands between: then HTTP/1.1 goes through this agent. */
  readonly agent?: Agent;
}

export interface Connection {
  /** `https://host:port[/prefix]`, without a slash at the end. */
  readonly server: string;
  /** Asked before each request; must be cheap (it caches what is costly). */
  credentials(): Promise<Credentials>;
}

/** A connection whose credentials never change: tests, and the server in our own process. */
export function staticConnection(options: {
  readonly server: string;
  readonly tls?: TlsMaterial;
  readonly headers?: Readonly<Record<string, string>>;
}): Connection {
  const credentials: Credentials = { headers: options.headers ?? {}, tls: options.tls ?? {} };
  return { server: options.server.replace(/\/+$/, ''), credentials: () => Promise.resolve(credentials) };
}
