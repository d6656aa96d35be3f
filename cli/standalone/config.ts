/** The flags of `services-v3 standalone`. */
import { resolve } from 'node:path';
import { maxPort, parseFlags, wholeNumber } from '../../command/flags.ts';

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

const DEFAULT_DATA_DIRECTORY = '.services-v3';
const DEFAULT_PORT = 6480;

export const standaloneUsage = `Usage: npm start -- [flags]      (or: services-v3 standalone [flags])

Runs the API server, the controllers and the embedded store in one process, with a small stand-in for the
core API (namespaces, nodes, pods, services, …), so that everything can be tried with kubectl alone.

  --data-dir <folder>   where state is kept                     (default ${DEFAULT_DATA_DIRECTORY})
  --port <number>       where to listen; 0 takes a free port    (default SERVICES_V3_PORT, else ${DEFAULT_PORT})
  --host <address>      the address to listen on                (default 127.0.0.1)
  --reset               begin with an empty store
  --no-controllers      serve the API only
  --help                this text`;

const flags = {
  'data-dir': { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  reset: { type: 'boolean' },
  'no-controllers': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws FlagError */
export function parseStandaloneConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StandaloneConfig | 'help' {
  const values = parseFlags('standalone', args, flags);
  if (values.help === true) return 'help';
  return {
    dataDirectory: resolve(values['data-dir'] ?? DEFAULT_DATA_DIRECTORY),
    host: values.host ?? '127.0.0.1',
    port: wholeNumber('port', values.port ?? environment.SERVICES_V3_PORT, {
      fallback: DEFAULT_PORT,
      most: maxPort,
    }),
    reset: values.reset === true,
    controllers: values['no-controllers'] !== true,
  };
}
