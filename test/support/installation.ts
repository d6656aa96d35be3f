/**
 * Services v3 installed beside a control plane, as an operator would run it: the API server and the
 * controllers as processes of their own, registered by APIService, with the rights of `deploy/`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { freePort } from './ports.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { applyRights, register, SERVICE_HOST, unregister, waitForOpenApi } from './registration.ts';
import { projectRoot } from './requirements.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait.ts';

export interface InstallationOptions {
  /** The control plane's etcd under a prefix of its own, or the embedded store. */
  readonly storage?: 'etcd' | 'embedded';
  /** Without them only the API runs. */
  readonly controllers?: boolean;
}

export interface Installation {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  readonly folder: TemporaryFolder;
  readonly apiserver: RunningProcess;
  /** Ends what is running and starts it again on the same port and store. */
  restartApiServer(): Promise<void>;
  startControllers(): Promise<void>;
  stopControllers(): Promise<void>;
  stop(): Promise<void>;
}

export const CONTROLLERS_USER = 'system:serviceaccount:services-v3-system:services-v3-controllers';
const APISERVER_USER = 'system:serviceaccount:services-v3-system:services-v3-apiserver';
const SERVICE_ACCOUNT_GROUPS = ['system:serviceaccounts', 'system:serviceaccounts:services-v3-system'];

/** Starts, registers and waits until the APIService is available and kubectl knows the kinds. */
export async function install(plane: ControlPlane, options: InstallationOptions = {}): Promise<Installation> {
  const folder = temporaryFolder('installation');
  const port = await freePort();
  const kubeconfig = await plane.kubeconfigFor(APISERVER_USER, SERVICE_ACCOUNT_GROUPS);
  const storage =
    options.storage === 'etcd'
      ? ['--etcd-servers', plane.etcd.endpoint, '--etcd-prefix', `/services-v3-${port}`]
      : ['--data-dir', folder.join('store')];
  const args = [
    '--secure-port',
    String(port),
    '--bind-address',
    '127.0.0.1',
    '--kubeconfig',
    kubeconfig,
    ...storage,
  ];
  const tls = [
    '--cert-dir',
    folder.join('certificates'),
    '--tls-hosts',
    `${SERVICE_HOST},localhost,127.0.0.1`,
  ];
  // Rights come first: the server reads the cluster's settings when it starts.
  await applyRights(plane);
  const startServer = () => startCommand(folder, 'apiserver', [...args, ...tls]);
  let apiserver = await startServer();
  let controllers: RunningProcess | undefined;
  const caFile = folder.join('certificates', 'ca.crt');
  const ca = await waitFor('the server’s certificates', () => readText(caFile), {
    check: () => apiserver.assertRunning(),
  });
  const installation: Installation = {
    port,
    ca,
    folder,
    get apiserver() {
      return apiserver;
    },
    async restartApiServer() {
      await apiserver.stop();
      apiserver = await startServer();
    },
    async startControllers() {
      const config = await plane.kubeconfigFor(CONTROLLERS_USER, SERVICE_ACCOUNT_GROUPS);
      controllers = await startCommand(folder, 'controllers', ['--kubeconfig', config]);
    },
    async stopControllers() {
      await controllers?.stop();
    },
    async stop() {
      await controllers?.stop();
      // While an APIService has no server behind it, no namespace of the control plane can end.
      await unregister(plane);
      await apiserver.stop();
      folder.remove();
    },
  };
  try {
    await register(plane, { port, ca });
    await waitForOpenApi(plane);
    if (options.controllers !== false) await installation.startControllers();
  } catch (error) {
    const tail = apiserver.logTail();
    await installation.stop();
    throw new Error(`${(error as Error).message}\n${tail}`, { cause: error });
  }
  return installation;
}

function startCommand(
  folder: TemporaryFolder,
  name: string,
  args: readonly string[],
): Promise<RunningProcess> {
  return startProcess({
    name: `services-v3 ${name}`,
    command: process.execPath,
    args: [path.join(projectRoot, 'cli', 'services-v3.ts'), name, ...args],
    logFile: folder.join(`${name}.log`),
  });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
