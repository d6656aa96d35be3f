/** The flags of `services-v3 standalone`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface StandaloneConfig {
  /** Holds the store, the certificates and the kubeconfig. Absolute. */
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Start from an empty store. */
  readonly reset: boolean;
  /** Without the controllers: only the API. */
  readonly controllers: boolean;
}

export const DEFAULT_DATA_DIRECTORY = '.services-v3';
export const DEFAULT_PORT = 6480;

export const standaloneUsage = `Usage: npm start -- [flags]      (or: services-v3 standalone [flags])

Runs the API server, the controllers and the embedded store in one process, with a small stand-in for the
core API (namespaces, nodes, pods, services, …), so that everything can be tried with kubectl alone.

  --data-dir <folder>   where state is kept                     (default ${DEFAULT_DATA_DIRECTORY})
  --port <number>       where to listen; 0 takes a free port    (default SERVICES_V3_PORT, else ${DEFAULT_PORT})
  --host <address>      the address to listen on                (default 127.0.0.1)
  --reset               begin with an empty store
  --no-controllers      serve the API only
  --help                this text`;

/** A flag that cannot be used: the message is one line that names it, its value and what is allowed. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** @throws FlagError */
export function parseStandaloneConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StandaloneConfig | 'help' {
  const values = parseFlags(args);
  if (values.help === true) return 'help';
  return {
    dataDirectory: resolve(values['data-dir'] ?? DEFAULT_DATA_DIRECTORY),
    host: values.host ?? '127.0.0.1',
    port: parsePort(values.port ?? environment.SERVICES_V3_PORT),
    reset: values.reset === true,
    controllers: values['no-controllers'] !== true,
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'data-dir': { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        reset: { type: 'boolean' },
        'no-controllers': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new FlagError(`${message}; see services-v3 standalone --help`);
  }
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new FlagError(`--port ${text}: must be a number from 0 to 65535`);
}
