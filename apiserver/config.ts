/**
 * The flags of `services-v3 apiserver`, named as kube-apiserver's where there is one. Each may come from the
 * environment as well (`--etcd-servers` is SERVICES_V3_ETCD_SERVERS); the flag wins. A wrong value is one line
 * that names the flag, the value and what is allowed.
 */
import { resolve } from 'node:path';
import {
  FlagError,
  type LogLevel,
  listOf,
  logLevels,
  maxPort,
  oneOf,
  parseFlags,
  wholeNumber,
} from '../command/flags.ts';
import { defaultInFlightLimits, type InFlightLimits } from './http/in-flight.ts';

export interface EtcdConfig {
  readonly backend: 'etcd';
  readonly endpoints: readonly string[];
  /** Paths of PEM files. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export interface EmbeddedConfig {
  readonly backend: 'embedded';
  /** Absolute. */
  readonly directory: string;
}

/** Given, or made by us in a directory. */
export type ServingConfig =
  | { readonly source: 'files'; readonly certFile: string; readonly keyFile: string }
  | { readonly source: 'directory'; readonly directory: string; readonly hosts: readonly string[] };

export interface ApiServerConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly storage: EtcdConfig | EmbeddedConfig;
  /** In front of every key, without '/' at its end. */
  readonly keyPrefix: string;
  readonly serving: ServingConfig;
  /** Unset: KUBECONFIG, ~/.kube/config or the pod's service account. */
  readonly kubeconfig: string | undefined;
  /** Do not read the cluster's authentication ConfigMap: no front proxy, client certificates by `clientCaFile` only. */
  readonly skipAuthenticationLookup: boolean;
  readonly clientCaFile: string | undefined;
  readonly anonymous: boolean;
  readonly inFlight: InFlightLimits;
  /** Milliseconds in which readyz fails already and requests are still served. */
  readonly shutdownDelay: number;
  /** User names of our controllers. */
  readonly controllerUsers: readonly string[];
  readonly logLevel: LogLevel;
}

const defaultPort = 8443;
const defaultPrefix = '/services-v3';
const defaultDirectory = '.services-v3/apiserver';
const defaultControllerUser = 'system:serviceaccount:services-v3-system:services-v3-controllers';
/** The name that deploy/ gives the Service; a serving certificate of our own making is for it. */
const defaultHosts = 'services-v3-apiserver.services-v3-system.svc,localhost,127.0.0.1';

export const apiServerUsage = `Usage: services-v3 apiserver [flags]

The aggregated API server, behind a kube-apiserver. Every flag may be an environment variable: SERVICES_V3_ and
the flag's name in capitals, with _ for -.

  --secure-port PORT              port of HTTPS, 0 for a free one                       (default ${defaultPort})
  --bind-address IP               address that port is bound to                         (default 0.0.0.0)
  --tls-cert-file PATH            serving certificate, PEM; needs --tls-private-key-file. Re-read when it changes
  --tls-private-key-file PATH     its key, PEM
  --cert-dir PATH                 without those: where a CA and certificate of our own are kept
                                                                                        (default <data-dir>/certificates)
  --tls-hosts H1,H2               names and addresses that certificate is for
  --storage etcd|embedded         (default etcd where --etcd-servers is given, else embedded)
  --etcd-servers URL1,URL2        http:// or https://
  --etcd-prefix PATH              in front of every key; several installs may share one etcd  (default ${defaultPrefix})
  --etcd-cafile, --etcd-certfile, --etcd-keyfile PATH   PEM, for https
  --data-dir PATH                 of the embedded store                                 (default ${defaultDirectory})
  --kubeconfig PATH               of the cluster that authenticates and authorizes
                                                     (default: KUBECONFIG, ~/.kube/config, in-cluster)
  --authentication-skip-lookup    do not read kube-system/extension-apiserver-authentication
  --client-ca-file PATH           CA of client certificates, instead of the cluster's
  --anonymous-auth true|false     whether requests without credentials are system:anonymous   (default true)
  --max-requests-inflight N       reading requests at once                              (default ${defaultInFlightLimits.reading})
  --max-mutating-requests-inflight N                                                    (default ${defaultInFlightLimits.changing})
  --shutdown-delay-duration SECONDS  serve on after readyz fails, for balancers to notice      (default 0)
  --controller-users U1,U2        who may write labels under services.x-k8s.io/
                                                     (default ${defaultControllerUser})
  --log-level LEVEL               ${logLevels.join(', ')}                   (default info)
`;

const flags = {
  'secure-port': { type: 'string' },
  'bind-address': { type: 'string' },
  'tls-cert-file': { type: 'string' },
  'tls-private-key-file': { type: 'string' },
  'cert-dir': { type: 'string' },
  'tls-hosts': { type: 'string' },
  storage: { type: 'string' },
  'etcd-servers': { type: 'string' },
  'etcd-prefix': { type: 'string' },
  'etcd-cafile': { type: 'string' },
  'etcd-certfile': { type: 'string' },
  'etcd-keyfile': { type: 'string' },
  'data-dir': { type: 'string' },
  kubeconfig: { type: 'string' },
  'authentication-skip-lookup': { type: 'boolean' },
  'client-ca-file': { type: 'string' },
  'anonymous-auth': { type: 'string' },
  'max-requests-inflight': { type: 'string' },
  'max-mutating-requests-inflight': { type: 'string' },
  'shutdown-delay-duration': { type: 'string' },
  'controller-users': { type: 'string' },
  'log-level': { type: 'string' },
} as const;

type Flag = keyof typeof flags;
type Values = Readonly<Partial<Record<Flag, string>>>;

/** @throws FlagError */
export function parseApiServerConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ApiServerConfig {
  const values = readValues(args, environment);
  const dataDirectory = resolve(values['data-dir'] ?? defaultDirectory);
  return {
    host: values['bind-address'] ?? '0.0.0.0',
    port: number(values, 'secure-port', defaultPort, maxPort),
    storage: storageOf(values, dataDirectory),
    keyPrefix: prefixOf(values),
    serving: servingOf(values, dataDirectory),
    kubeconfig: values.kubeconfig,
    skipAuthenticationLookup: boolean(values, 'authentication-skip-lookup', 'false'),
    clientCaFile: values['client-ca-file'],
    anonymous: boolean(values, 'anonymous-auth', 'true'),
    inFlight: {
      reading: number(values, 'max-requests-inflight', defaultInFlightLimits.reading, 100_000),
      changing: number(values, 'max-mutating-requests-inflight', defaultInFlightLimits.changing, 100_000),
    },
    shutdownDelay: number(values, 'shutdown-delay-duration', 0, 3_600) * 1_000,
    controllerUsers: listOf(values['controller-users'] ?? defaultControllerUser),
    logLevel: oneOf('log-level', values['log-level'], logLevels, 'info'),
  };
}

function readValues(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Values {
  const values: Partial<Record<Flag, string>> = {};
  for (const flag of Object.keys(flags) as Flag[]) {
    const value = environment[`SERVICES_V3_${flag.toUpperCase().replaceAll('-', '_')}`];
    if (value !== undefined && value !== '') values[flag] = value;
  }
  for (const [flag, value] of Object.entries(parseFlags('apiserver', args, flags)))
    values[flag as Flag] = String(value);
  return values;
}

function storageOf(values: Values, directory: string): EtcdConfig | EmbeddedConfig {
  const endpoints = listOf(values['etcd-servers'] ?? '');
  const backend = oneOf(
    'storage',
    values.storage,
    ['etcd', 'embedded'],
    endpoints.length > 0 ? 'etcd' : 'embedded',
  );
  if (backend === 'embedded') return { backend, directory };
  if (endpoints.length === 0)
    throw new FlagError('--storage etcd needs --etcd-servers, such as http://127.0.0.1:2379');
  for (const endpoint of endpoints) {
    if (!/^https?:\/\/[^/\s]+$/.test(endpoint)) {
      throw new FlagError(`--etcd-servers ${endpoint}: must be http://host:port or https://host:port`);
    }
  }
  const caFile = values['etcd-cafile'];
  const certFile = values['etcd-certfile'];
  const keyFile = values['etcd-keyfile'];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new FlagError('--etcd-certfile and --etcd-keyfile: give both or neither');
  }
  return { backend, endpoints, caFile, certFile, keyFile };
}

function prefixOf(values: Values): string {
  const prefix = values['etcd-prefix'] ?? defaultPrefix;
  if (/^\/[^/]+(?:\/[^/]+)*$/.test(prefix)) return prefix;
  throw new FlagError(
    `--etcd-prefix ${prefix}: must begin with / and not end with it, such as ${defaultPrefix}`,
  );
}

function servingOf(values: Values, dataDirectory: string): ServingConfig {
  const certFile = values['tls-cert-file'];
  const keyFile = values['tls-private-key-file'];
  if (certFile !== undefined && keyFile !== undefined) return { source: 'files', certFile, keyFile };
  if (certFile !== undefined || keyFile !== undefined) {
    throw new FlagError('--tls-cert-file and --tls-private-key-file: give both or neither');
  }
  const hosts = listOf(values['tls-hosts'] ?? defaultHosts);
  return {
    source: 'directory',
    directory: resolve(values['cert-dir'] ?? `${dataDirectory}/certificates`),
    hosts,
  };
}

function number(values: Values, flag: Flag, fallback: number, most: number): number {
  return wholeNumber(flag, values[flag], { fallback, most });
}

function boolean(values: Values, flag: Flag, fallback: 'true' | 'false'): boolean {
  return oneOf(flag, values[flag], ['true', 'false'], fallback) === 'true';
}
