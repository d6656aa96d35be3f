/** A real etcd on loopback, plain or with TLS and password authentication, that tests may pause and kill. */
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { requireBinary } from '../../hack/envtest/binaries.ts';
import { type Authority, createAuthority, type KeyPair } from './certificates.ts';
import { freePort } from './ports.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait.ts';

export interface EtcdOptions {
  /** Serve TLS only, ask clients for a certificate of the same authority. */
  readonly tls?: boolean;
  /** Turn authentication on, with user `root` and this password. */
  readonly rootPassword?: string;
  /** Wait for the disk at every write. Off by default: tests that kill etcd and look for lost writes turn it on. */
  readonly fsync?: boolean;
  /** Extra command line flags, for instance `--quota-backend-bytes=16777216`. */
  readonly flags?: readonly string[];
}

export interface EtcdTls {
  readonly authority: Authority;
  readonly client: KeyPair;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface EtcdServer {
  /** `http://127.0.0.1:<port>`, or https. */
  readonly endpoint: string;
  readonly port: number;
  readonly pid: () => number;
  readonly tls: EtcdTls | undefined;
  readonly logFile: string;
  /** Freezes the process: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** kill -9; the data folder stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill`. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

interface Layout {
  readonly folder: TemporaryFolder;
  readonly options: EtcdOptions;
  readonly port: number;
  readonly peerPort: number;
  readonly tls: EtcdTls | undefined;
  readonly serving: { readonly cert: string; readonly key: string } | undefined;
}

async function prepareTls(folder: TemporaryFolder): Promise<Pick<Layout, 'tls' | 'serving'>> {
  const authority = await createAuthority('etcd-ca');
  const server = await authority.issueServer(['127.0.0.1', 'localhost']);
  const client = await authority.issueClient('root');
  const write = (name: string, text: string): string => {
    const file = folder.join(name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    tls: {
      authority,
      client,
      caFile: write('ca.crt', authority.cert),
      certFile: write('client.crt', client.cert),
      keyFile: write('client.key', client.key),
    },
    serving: { cert: write('server.crt', server.cert), key: write('server.key', server.key) },
  };
}

function commandLine({ folder, options, port, peerPort, tls, serving }: Layout): string[] {
  const scheme = tls === undefined ? 'http' : 'https';
  const client = `${scheme}://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    '--name=test',
    `--data-dir=${folder.join('data')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    '--log-level=warn',
    '--watch-progress-notify-interval=5s',
    ...(options.fsync === true ? [] : ['--unsafe-no-fsync']),
    ...(tls === undefined || serving === undefined
      ? []
      : [
          `--cert-file=${serving.cert}`,
          `--key-file=${serving.key}`,
          `--trusted-ca-file=${tls.caFile}`,
          '--client-cert-auth',
        ]),
    ...(options.flags ?? []),
  ];
}

function agentFor(tls: EtcdTls | undefined): https.RequestOptions {
  return tls === undefined ? {} : { ca: tls.authority.cert, cert: tls.client.cert, key: tls.client.key };
}

/** One request to etcd's JSON gateway; etcd answers GET /health and POST /v3/… there. */
function call(endpoint: string, tls: EtcdTls | undefined, path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method: body === undefined ? 'GET' : 'POST', agent: false, ...agentFor(tls) };
    const send = endpoint.startsWith('https:') ? https.request : http.request;
    const request = send(`${endpoint}${path}`, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`etcd answered ${response.statusCode} on ${path}: ${text.trim()}`));
      });
    });
    request.setTimeout(2_000, () => request.destroy(new Error('etcd does not answer')));
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function enableAuthentication(
  endpoint: string,
  tls: EtcdTls | undefined,
  password: string,
): Promise<void> {
  const post = (path: string, body: unknown): Promise<string> => call(endpoint, tls, path, body);
  await post('/v3/auth/user/add', { name: 'root', password });
  await post('/v3/auth/role/add', { name: 'root' });
  await post('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await post('/v3/auth/enable', {});
}

/** @throws with the end of etcd's log if it does not come up */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServer> {
  const binary = requireBinary('etcd');
  const folder = temporaryFolder('etcd');
  const security = options.tls === true ? await prepareTls(folder) : { tls: undefined, serving: undefined };
  const layout: Layout = {
    folder,
    options,
    port: await freePort(),
    peerPort: await freePort(),
    ...security,
  };
  const { tls } = layout;
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${layout.port}`;
  const logFile = folder.join('etcd.log');

  const launch = async (): Promise<RunningProcess> => {
    const started = await startProcess({ command: binary, args: commandLine(layout), logFile });
    try {
      await waitFor('etcd to be healthy', async () => (await call(endpoint, tls, '/health')) !== '', {
        check: started.assertRunning,
      });
    } catch (error) {
      await started.stop({ graceMs: 0 });
      throw error;
    }
    return started;
  };

  let current = await launch();
  if (options.rootPassword !== undefined) await enableAuthentication(endpoint, tls, options.rootPassword);

  return {
    endpoint,
    port: layout.port,
    pid: () => current.pid,
    tls,
    logFile,
    pause: () => current.signal('SIGSTOP'),
    resume: () => current.signal('SIGCONT'),
    kill: async () => {
      current.signal('SIGKILL');
      await current.exited;
    },
    restart: async () => {
      if (!current.isRunning()) current = await launch();
    },
    stop: async () => {
      await current.stop();
      folder.remove();
    },
  };
}
