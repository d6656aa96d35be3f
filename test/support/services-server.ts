/**
 * Our own processes beside a real control plane, as an operator runs them: `services-v3 apiserver`, registered
 * with the aggregator, and `services-v3 controllers`, each with the rights of its service account in deploy/.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Authority, createAuthority } from './certificates.ts';
import { type ControlPlane, getOk } from './control-plane.ts';
import { freePort } from './ports.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { applyRights, register, SERVICE_HOST, unregister, waitForOpenApi } from './registration.ts';
import { projectRoot } from './requirements.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait.ts';

const COMMAND = path.join(projectRoot, 'cli', 'services-v3.ts');
const SYSTEM_NAMESPACE = 'services-v3-system';
/** Loading Node and the caches takes seconds on two busy cores. */
const START_TIMEOUT_MS = 120_000;

export interface ServicesServerOptions {
  /** `etcd` shares the control plane's etcd under a prefix of this server's own. */
  readonly storage: 'etcd' | 'embedded';
  readonly flags?: readonly string[];
}

export interface ServicesServer {
  readonly url: string;
  readonly port: number;
  readonly authority: Authority;
  readonly process: () => RunningProcess;
  /** kill -9, for tests of outages; the state stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and state. */
  restart(): Promise<void>;
  /** Removes the APIService, then ends the process. */
  stop(): Promise<void>;
}

/** Path of a kubeconfig with exactly the rights that deploy/ gives to the account. */
function accountKubeconfig(plane: ControlPlane, account: string): Promise<string> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${SYSTEM_NAMESPACE}`];
  return plane.kubeconfigFor(`system:serviceaccount:${SYSTEM_NAMESPACE}:${account}`, groups);
}

async function serverFlags(
  plane: ControlPlane,
  folder: TemporaryFolder,
  port: number,
  authority: Authority,
  options: ServicesServerOptions,
): Promise<string[]> {
  const pair = await authority.issueServer({ name: 'services-v3', hosts: [SERVICE_HOST, '127.0.0.1'] });
  const certFile = folder.join('tls.crt');
  const keyFile = folder.join('tls.key');
  writeFileSync(certFile, pair.certificate);
  writeFileSync(keyFile, pair.key, { mode: 0o600 });
  const storage =
    options.storage === 'etcd'
      ? [`--etcd-servers=${plane.etcd.endpoint}`, `--etcd-prefix=/services-v3-test-${port}`]
      : ['--storage=embedded', `--data-dir=${folder.join('data')}`];
  return [
    `--kubeconfig=${await accountKubeconfig(plane, 'services-v3-apiserver')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${certFile}`,
    `--tls-private-key-file=${keyFile}`,
    ...storage,
    ...(options.flags ?? []),
  ];
}

/**
 * Starts the server, registers it and waits for Available=True.
 * @throws with the end of its log, or with the availability controller's reason
 */
export async function startServicesServer(
  plane: ControlPlane,
  options: ServicesServerOptions,
): Promise<ServicesServer> {
  const folder = temporaryFolder('apiserver');
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const authority = await createAuthority('services-v3-ca');
  const registration = { port, ca: authority.certificate };
  // Before the start: the server reads kube-system's authentication settings first of all.
  await applyRights(plane);
  const flags = await serverFlags(plane, folder, port, authority, options);

  const launch = async (): Promise<RunningProcess> => {
    const started = await startProcess({
      command: process.execPath,
      args: [COMMAND, 'apiserver', ...flags],
      logFile: folder.join('apiserver.log'),
      name: 'services-v3 apiserver',
    });
    try {
      await waitFor(
        'services-v3 apiserver to be ready',
        () => getOk(`${url}/readyz`, { ca: authority.certificate }),
        {
          timeoutMs: START_TIMEOUT_MS,
          check: started.assertRunning,
        },
      );
    } catch (error) {
      const log = started.logTail();
      await started.stop({ graceMs: 0 });
      throw new Error(`${(error as Error).message}\n${log}`, { cause: error });
    }
    return started;
  };

  let current: RunningProcess | undefined;
  const stop = async (): Promise<void> => {
    await unregister(plane);
    await current?.stop();
    folder.remove();
  };
  try {
    current = await launch();
    await register(plane, registration);
    await waitForOpenApi(plane);
  } catch (error) {
    await stop();
    throw error;
  }
  const running = (): RunningProcess => {
    if (current === undefined) throw new Error('services-v3 apiserver was not started');
    return current;
  };
  return {
    url,
    port,
    authority,
    process: running,
    kill: async () => {
      running().signal('SIGKILL');
      await running().exited;
    },
    restart: async () => {
      if (!running().isRunning()) current = await launch();
    },
    stop,
  };
}

/** Starts the controllers against kube-apiserver; they wait for both APIs by themselves. */
export async function startControllers(
  plane: ControlPlane,
  flags: readonly string[] = [],
): Promise<RunningProcess> {
  const kubeconfig = await accountKubeconfig(plane, 'services-v3-controllers');
  const port = await freePort();
  const started = await startProcess({
    command: process.execPath,
    args: [COMMAND, 'controllers', `--kubeconfig=${kubeconfig}`, `--metrics-port=${port}`, ...flags],
    logFile: plane.folder.join(`controllers-${port}.log`),
    name: 'services-v3 controllers',
  });
  try {
    await waitFor(
      'services-v3 controllers to be ready',
      async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
      { timeoutMs: START_TIMEOUT_MS, check: started.assertRunning },
    );
  } catch (error) {
    const log = started.logTail();
    await started.stop({ graceMs: 0 });
    throw new Error(`${(error as Error).message}\n${log}`, { cause: error });
  }
  return started;
}
