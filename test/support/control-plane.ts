/**
 * A whole Kubernetes control plane on loopback, of real binaries: etcd, kube-apiserver with RBAC and the
 * aggregator, and, if asked for, kube-controller-manager. No kubelet and no scheduler: pods and nodes in it
 * are objects that tests write.
 */
import { writeFileSync } from 'node:fs';
import https from 'node:https';
import { writeKubeconfig } from '../../cli/standalone/kubeconfig.ts';
import { requireBinary } from '../../hack/envtest/binaries.ts';
import { type Authority, createAuthority, createSigningKey, type KeyPair } from './certificates.ts';
import { type EtcdServer, startEtcd } from './etcd.ts';
import { type KubectlOptions, kubectl, kubectlOutput } from './kubectl.ts';
import { freePort } from './ports.ts';
import { type CommandResult, type RunningProcess, startProcess } from './processes.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait.ts';

/** Dual stack and wide enough for every cluster IP that the public manifests ask for. */
const SERVICE_RANGES = '10.0.0.0/8,fd00:10:96::/112';
/** kube-apiserver's own address in `default/kubernetes`; a loopback one is refused. RFC 5737 documentation range. */
const ADVERTISED_ADDRESS = '192.0.2.1';
const START_TIMEOUT_MS = 180_000;

/** Off: what would meddle with pods and nodes that have no kubelet, and what needs a cloud. */
const DISABLED_CONTROLLERS = [
  'node-ipam-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'pod-garbage-collector-controller',
  'persistentvolume-attach-detach-controller',
  'persistentvolume-binder-controller',
  'ttl-controller',
];

export interface ControlPlaneOptions {
  /** Also start kube-controller-manager: namespaces end, garbage is collected, slices are made. */
  readonly controllerManager?: boolean;
  readonly apiserverFlags?: readonly string[];
}

export interface ControlPlane {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** PEM of the authority of kube-apiserver's certificate and of client certificates. */
  readonly ca: string;
  readonly clientAuthority: Authority;
  readonly frontProxyAuthority: Authority;
  /** Client certificate of a member of system:masters. */
  readonly admin: KeyPair;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly etcd: EtcdServer;
  readonly folder: TemporaryFolder;
  readonly processes: readonly RunningProcess[];
  /** Path of a kubeconfig for a user who may do what RBAC gives them. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  kubectl(args: readonly string[], options?: Partial<KubectlOptions>): Promise<CommandResult>;
  /** @throws with stderr if the command fails */
  kubectlOutput(args: readonly string[], options?: Partial<KubectlOptions>): Promise<string>;
  /** Creates a namespace and, with kube-controller-manager, waits until pods can be created in it. */
  createNamespace(name: string): Promise<void>;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

interface Credentials {
  readonly clientAuthority: Authority;
  readonly frontProxyAuthority: Authority;
  readonly admin: KeyPair;
  readonly controllerManager: KeyPair;
  readonly files: Readonly<
    Record<
      'ca' | 'cert' | 'key' | 'frontProxyCa' | 'proxyCert' | 'proxyKey' | 'tokenKey' | 'tokenPublicKey',
      string
    >
  >;
  readonly clusterCaKeyFile: string;
}

async function prepareCredentials(folder: TemporaryFolder): Promise<Credentials> {
  const clientAuthority = await createAuthority('kubernetes-ca');
  const frontProxyAuthority = await createAuthority('front-proxy-ca');
  const server = await clientAuthority.issueServer([
    '127.0.0.1',
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    '10.0.0.1',
  ]);
  const proxy = await frontProxyAuthority.issueClient('front-proxy-client');
  const tokens = createSigningKey();
  const write = (name: string, text: string): string => {
    const file = folder.join(name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    clientAuthority,
    frontProxyAuthority,
    admin: await clientAuthority.issueClient('admin', ['system:masters']),
    controllerManager: await clientAuthority.issueClient('system:kube-controller-manager'),
    clusterCaKeyFile: write('ca.key', clientAuthority.key),
    files: {
      ca: write('ca.crt', clientAuthority.cert),
      cert: write('apiserver.crt', server.cert),
      key: write('apiserver.key', server.key),
      frontProxyCa: write('front-proxy-ca.crt', frontProxyAuthority.cert),
      proxyCert: write('front-proxy.crt', proxy.cert),
      proxyKey: write('front-proxy.key', proxy.key),
      tokenKey: write('service-account.key', tokens.privateKey),
      tokenPublicKey: write('service-account.pub', tokens.publicKey),
    },
  };
}

function apiserverFlags(
  port: number,
  etcd: EtcdServer,
  { files }: Credentials,
  options: ControlPlaneOptions,
): string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--advertise-address=${ADVERTISED_ADDRESS}`,
    `--etcd-servers=${etcd.endpoint}`,
    '--authorization-mode=RBAC',
    '--anonymous-auth=true',
    '--allow-privileged=true',
    `--service-cluster-ip-range=${SERVICE_RANGES}`,
    `--client-ca-file=${files.ca}`,
    `--tls-cert-file=${files.cert}`,
    `--tls-private-key-file=${files.key}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${files.tokenKey}`,
    `--service-account-key-file=${files.tokenPublicKey}`,
    '--enable-aggregator-routing=false',
    `--requestheader-client-ca-file=${files.frontProxyCa}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-uid-headers=X-Remote-Uid',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${files.proxyCert}`,
    `--proxy-client-key-file=${files.proxyKey}`,
    // Without kube-controller-manager nobody makes the service accounts that this plugin asks for.
    ...(options.controllerManager === true ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...(options.apiserverFlags ?? []),
  ];
}

function controllerManagerFlags(port: number, kubeconfig: string, credentials: Credentials): string[] {
  const { files, clusterCaKeyFile } = credentials;
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${files.tokenKey}`,
    `--root-ca-file=${files.ca}`,
    `--cluster-signing-cert-file=${files.ca}`,
    `--cluster-signing-key-file=${clusterCaKeyFile}`,
    `--controllers=*,${DISABLED_CONTROLLERS.map((name) => `-${name}`).join(',')}`,
    '--leader-elect=false',
    // Resyncs repair what an event missed; a test would otherwise wait the default five minutes for one.
    '--namespace-sync-period=10s',
    '--resource-quota-sync-period=10s',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

/** One GET; answers undefined unless the status is 200. */
export function getOk(url: string, identity: { ca: string } & Partial<KeyPair>): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const { ca, cert, key } = identity;
    const request = https.get(url, { ca, cert, key, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve(response.statusCode === 200 ? text : undefined));
    });
    request.once('error', reject);
  });
}

/**
 * Starts everything and waits for kube-apiserver's /readyz; takes about ten seconds.
 * @throws with the end of the log of whatever did not start; nothing is left running then
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const apiserverBinary = requireBinary('kube-apiserver');
  const controllerManagerBinary =
    options.controllerManager === true ? requireBinary('kube-controller-manager') : undefined;

  const folder = temporaryFolder('control-plane');
  const processes: RunningProcess[] = [];
  const etcd = await startEtcd();
  const stop = async (): Promise<void> => {
    // Clients first: a server that drains would wait for their watches.
    for (const each of processes.toReversed()) await each.stop();
    await etcd.stop();
    folder.remove();
  };

  try {
    const credentials = await prepareCredentials(folder);
    const { clientAuthority, admin } = credentials;
    const ca = clientAuthority.cert;
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const kubeconfig = writeKubeconfig(folder.join('admin.kubeconfig'), {
      server: url,
      ca,
      user: admin,
    });

    const apiserver = await startProcess({
      command: apiserverBinary,
      args: apiserverFlags(port, etcd, credentials, options),
      logFile: folder.join('kube-apiserver.log'),
    });
    processes.push(apiserver);
    await waitFor('kube-apiserver to be ready', () => getOk(`${url}/readyz`, { ca, ...admin }), {
      timeoutMs: START_TIMEOUT_MS,
      check: apiserver.assertRunning,
    });

    if (controllerManagerBinary !== undefined) {
      const own = writeKubeconfig(folder.join('controller-manager.kubeconfig'), {
        server: url,
        ca,
        user: credentials.controllerManager,
      });
      const managerPort = await freePort();
      const manager = await startProcess({
        command: controllerManagerBinary,
        args: controllerManagerFlags(managerPort, own, credentials),
        logFile: folder.join('kube-controller-manager.log'),
      });
      processes.push(manager);
      // Its certificate is self-signed in memory, so health is asked for through what it does: it makes this account.
      await waitFor(
        'kube-controller-manager to make service accounts',
        async () => (await kubectl(['get', 'serviceaccount', 'default'], { kubeconfig })).code === 0,
        { timeoutMs: START_TIMEOUT_MS, intervalMs: 250, check: manager.assertRunning },
      );
    }

    return {
      url,
      ca,
      clientAuthority,
      frontProxyAuthority: credentials.frontProxyAuthority,
      admin,
      kubeconfig,
      etcd,
      folder,
      processes,
      kubeconfigFor: async (user, groups = []) => {
        const pair = await clientAuthority.issueClient(user, groups);
        const file = folder.join(`${encodeURIComponent(user)}.kubeconfig`);
        return writeKubeconfig(file, { server: url, ca, user: pair });
      },
      kubectl: (args, more) => kubectl(args, { kubeconfig, ...more }),
      kubectlOutput: (args, more) => kubectlOutput(args, { kubeconfig, ...more }),
      createNamespace: async (name) => {
        await kubectlOutput(['create', 'namespace', name], { kubeconfig });
        if (options.controllerManager !== true) return;
        const args = ['get', 'serviceaccount', 'default', '--namespace', name];
        await waitFor(
          `the default service account of ${name}`,
          async () => (await kubectl(args, { kubeconfig })).code === 0,
          { intervalMs: 100 },
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
