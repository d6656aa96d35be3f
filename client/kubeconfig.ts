/**
 * From a kubeconfig (file, KUBECONFIG, ~/.kube/config, or the service account of a pod) to a Connection.
 * Parsing and authentication plugins are @kubernetes/client-node's; what can be wrong is checked here, so
 * that each mistake is one line that says what to do.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Connection, Credentials, TlsMaterial } from './connection.ts';
import { ClientError, systemCode } from './errors.ts';

export interface KubeconfigSource {
  /** Path of a kubeconfig. Unset: KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  readonly path?: string;
  /** Unset: the file's current-context. */
  readonly context?: string;
}

/**
 * How long credentials are kept before the plugins are asked again. Service account tokens are re-read by
 * client-node every 60 s; exec credentials carry their own expiry; a second spares one file read a request.
 */
const credentialsMilliseconds = 1_000;

/** @throws ClientError Config */
export function loadConnection(
  source: KubeconfigSource = {},
  now: () => number = () => Date.now(),
): Connection {
  const where = source.path ?? process.env.KUBECONFIG ?? 'the default kubeconfig';
  const config = parse(source.path, where);
  if (source.context !== undefined) config.setCurrentContext(source.context);
  const cluster = checkContext(config, where);
  const server = checkServer(cluster.server, where);
  checkFiles(config, where);
  let cached: { readonly at: number; readonly value: Promise<Credentials> } | undefined;
  return {
    server,
    credentials() {
      if (cached === undefined || now() - cached.at >= credentialsMilliseconds) {
        const value = readCredentials(config, where, cluster.proxyUrl !== undefined);
        cached = { at: now(), value };
        value.catch(() => {
          cached = undefined;
        });
      }
      return cached.value;
    },
  };
}

function parse(path: string | undefined, where: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) {
      config.loadFromDefault();
    } else {
      config.loadFromFile(path);
    }
  } catch (error) {
    throw new ClientError('Config', `cannot read kubeconfig ${where}: ${why(error)}`, { cause: error });
  }
  return config;
}

function why(error: unknown): string {
  const code = systemCode(error);
  if (code === 'ENOENT') return 'no such file (give the right path with --kubeconfig)';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return error instanceof Error ? `it is not a kubeconfig (${error.message.split('\n', 1)[0]})` : 'unknown';
}

function checkContext(
  config: KubeConfig,
  where: string,
): { readonly server: string; readonly proxyUrl?: string } {
  const name = config.getCurrentContext() as string | undefined;
  if (name === undefined || name === '') {
    throw new ClientError('Config', `kubeconfig ${where} has no current-context: set it or give --context`);
  }
  const context = config.getContextObject(name);
  if (context === null) {
    const known = config.contexts.map((c) => c.name).join(', ');
    throw new ClientError(
      'Config',
      `kubeconfig ${where} has no context "${name}" (it has: ${known || 'none'})`,
    );
  }
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    throw new ClientError(
      'Config',
      `kubeconfig ${where}: context "${name}" names cluster "${context.cluster}", which is not in the file`,
    );
  }
  if (config.getUser(context.user) === null) {
    throw new ClientError(
      'Config',
      `kubeconfig ${where}: context "${name}" names user "${context.user}", which is not in the file`,
    );
  }
  return {
    server: cluster.server,
    ...(cluster.proxyUrl === undefined || cluster.proxyUrl === '' ? {} : { proxyUrl: cluster.proxyUrl }),
  };
}

function checkServer(server: string, where: string): string {
  let url: URL;
  try {
    url = new URL(server);
  } catch (error) {
    throw new ClientError('Config', `kubeconfig ${where}: server "${server}" is not a URL`, { cause: error });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ClientError('Config', `kubeconfig ${where}: server "${server}" must begin with https://`);
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** Files and inline data that can be wrong, checked before the first connection fails in a cryptic way. */
function checkFiles(config: KubeConfig, where: string): void {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const files: readonly (readonly [string, string | undefined])[] = [
    ['certificate-authority', cluster?.caFile],
    ['client-certificate', user?.certFile],
    ['client-key', user?.keyFile],
  ];
  for (const [field, file] of files) {
    if (file === undefined || file === '') continue;
    if (!existsSync(file) || !statSync(file).isFile()) {
      throw new ClientError('Config', `kubeconfig ${where}: ${field} ${file}: no such file`);
    }
  }
}

async function readCredentials(config: KubeConfig, where: string, proxied: boolean): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(withPlainHttp(config, options));
  } catch (error) {
    const text = error instanceof Error ? error.message.trim().split('\n', 1)[0] : String(error);
    throw new ClientError('Config', `kubeconfig ${where}: authentication failed: ${text}`, { cause: error });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const tls: TlsMaterial = {
    ...(options.ca === undefined ? {} : { ca: options.ca as Buffer }),
    ...(options.cert === undefined ? {} : { cert: options.cert as Buffer }),
    ...(options.key === undefined ? {} : { key: options.key as Buffer }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
  checkPem(tls, where);
  return { headers, tls, ...(proxied ? { agent: options.agent as Agent } : {}) };
}

/**
 * client-node refuses `http://` servers unless TLS checks are off; there is nothing to check on a plain
 * connection, which `kubectl proxy` offers.
 */
function withPlainHttp(config: KubeConfig, options: RequestOptions): RequestOptions {
  const cluster = config.getCurrentCluster();
  if (cluster?.server.startsWith('http:') === true && !cluster.skipTLSVerify) {
    (cluster as { skipTLSVerify: boolean }).skipTLSVerify = true;
  }
  return options;
}

function checkPem(tls: TlsMaterial, where: string): void {
  const check = (
    field: string,
    value: string | Buffer | undefined,
    read: (v: string | Buffer) => unknown,
  ) => {
    if (value === undefined) return;
    try {
      read(value);
    } catch (error) {
      throw new ClientError('Config', `kubeconfig ${where}: ${field} is not valid PEM data`, {
        cause: error,
      });
    }
  };
  check('certificate-authority', tls.ca, (v) => new X509Certificate(v));
  check('client-certificate', tls.cert, (v) => new X509Certificate(v));
  check('client-key', tls.key, (v) => createPrivateKey(v));
}
