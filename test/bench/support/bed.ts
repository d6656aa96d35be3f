/**
 * The servers of the bench, all on this machine:
 *
 *     load process ──TLS, h2──► kube-apiserver (peer) ──┐
 *                 ├───────────► ours on etcd ───────────┼──► one etcd
 *                 └───────────► ours, embedded store    ┘
 *
 * Both sides are reached directly, with the client certificate of a member of system:masters: authentication
 * and authorization ask nobody on either side.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GROUP, VERSION } from '../../../api/services/v3alpha1/group.ts';
import { type ControlPlane, getOk, startControlPlane } from '../../support/control-plane.ts';
import { type Installation, install } from '../../support/installation.ts';
import { freePort } from '../../support/ports.ts';
import { type RunningProcess, startProcess } from '../../support/processes.ts';
import { projectRoot } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait.ts';
import { type LoadClient, startLoadClient } from './load-client.ts';
import { definePeer, PEER_GROUP, PEER_VERSION } from './peer.ts';
import type { Target } from './protocol.ts';
import type { Sizes } from './sizes.ts';

/** A server that is measured. */
export interface Side {
  readonly name: 'ours' | 'embedded' | 'peer';
  readonly target: Target;
  readonly group: string;
  /** `group/version` */
  readonly apiVersion: string;
  readonly pid: () => number;
}

/** Namespaces, so that workloads do not see each other's objects. */
export const namespaces = {
  listed: 'bench-listed',
  stored: 'bench-stored',
  written: 'bench-written',
  watched: 'bench-watched',
  ready: 'bench-ready',
} as const;

export interface Bed {
  readonly plane: ControlPlane;
  readonly installation: Installation;
  readonly ours: Side;
  readonly embedded: Side;
  readonly peer: Side;
  readonly load: LoadClient;
  /** A second one: who writes while the first watches. */
  readonly writer: LoadClient;
  readonly sizes: Sizes;
  stop(): Promise<void>;
}

interface Embedded {
  readonly target: Target;
  readonly process: RunningProcess;
  stop(): Promise<void>;
}

const targetOf = (plane: ControlPlane, origin: string, ca: string): Target => ({
  origin,
  ca,
  cert: plane.admin.cert,
  key: plane.admin.key,
});

/** Ours on the embedded store, without a registration: it is asked directly only. */
async function startEmbedded(plane: ControlPlane): Promise<Embedded> {
  const folder = temporaryFolder('bench-embedded');
  const port = await freePort();
  const caFile = folder.join('certificates', 'ca.crt');
  const flags = {
    'secure-port': String(port),
    'bind-address': '127.0.0.1',
    kubeconfig: plane.kubeconfig,
    'data-dir': folder.join('store'),
    'cert-dir': folder.join('certificates'),
    'tls-hosts': '127.0.0.1',
  };
  const server = await startProcess({
    name: 'services-v3 apiserver, embedded',
    command: process.execPath,
    args: [
      path.join(projectRoot, 'cli', 'services-v3.ts'),
      'apiserver',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    logFile: folder.join('apiserver.log'),
  });
  // The server makes its certificates before it listens.
  const ca = await waitFor(
    'the embedded server’s certificates',
    () => existsSync(caFile) && readFileSync(caFile, 'utf8'),
    { check: server.assertRunning },
  );
  const target = targetOf(plane, `https://127.0.0.1:${port}`, ca);
  await waitReady(target, server);
  return {
    target,
    process: server,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}

export async function waitReady({ origin, ca, cert, key }: Target, server: RunningProcess): Promise<void> {
  await waitFor(`${server.name} to be ready`, () => getOk(`${origin}/readyz`, { ca, cert, key }), {
    timeoutMs: 180_000,
    check: server.assertRunning,
  });
}

/** @param progress told what is being done, a line each */
export async function startBed(sizes: Sizes, progress: (line: string) => void): Promise<Bed> {
  const closing: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.reverse()) await close();
    closing.length = 0;
  };
  try {
    progress('starting kube-apiserver, kube-controller-manager and etcd');
    const plane = await startControlPlane({ controllerManager: true });
    closing.push(() => plane.stop());
    await definePeer(plane);
    for (const name of Object.values(namespaces)) await plane.createNamespace(name);
    progress('installing ours beside them');
    const installation = await install(plane, { storage: 'etcd' });
    closing.push(() => installation.stop());
    const embedded = await startEmbedded(plane);
    closing.push(() => embedded.stop());
    const [load, writer] = [startLoadClient(), startLoadClient()];
    closing.push(() => {
      load.stop();
      writer.stop();
    });
    const apiserver = plane.processes.find(({ name }) => name === 'kube-apiserver');
    if (apiserver === undefined) throw new Error('the control plane has no kube-apiserver');
    const own = { group: GROUP, apiVersion: `${GROUP}/${VERSION}` };
    const ours = targetOf(plane, `https://127.0.0.1:${installation.port}`, installation.ca);
    return {
      plane,
      installation,
      load,
      writer,
      sizes,
      stop,
      ours: { ...own, name: 'ours', target: ours, pid: () => installation.apiserver.pid },
      embedded: { ...own, name: 'embedded', target: embedded.target, pid: () => embedded.process.pid },
      peer: {
        name: 'peer',
        group: PEER_GROUP,
        apiVersion: `${PEER_GROUP}/${PEER_VERSION}`,
        target: targetOf(plane, plane.url, plane.ca),
        pid: () => apiserver.pid,
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends what watches and writes beside the bench; only the servers are left. */
export async function quiet(bed: Bed): Promise<void> {
  await bed.installation.stopControllers();
  await bed.plane.processes.find(({ name }) => name === 'kube-controller-manager')?.stop();
}
