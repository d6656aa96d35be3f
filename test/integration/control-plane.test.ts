/** The test bed itself: a real control plane comes up, its controllers work, and nothing is left of it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type ControlPlane, getOk, startControlPlane } from '../support/control-plane.ts';
import { requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { waitFor } from '../support/wait.ts';

interface SliceList {
  readonly items: readonly {
    readonly endpoints: readonly { readonly addresses: readonly string[] }[] | null;
    readonly ports: readonly { readonly port: number }[] | null;
  }[];
}

const pod = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'shop' } },
  spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'example.test/shop:1' }] },
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop' },
  spec: {
    selector: { app: 'shop' },
    ipFamilyPolicy: 'RequireDualStack',
    ports: [{ port: 80, targetPort: 8080 }],
  },
};

describe('control plane', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  const namespace = 'control-plane-test';
  let plane: ControlPlane;

  before(async () => {
    plane = await sharedControlPlane();
    await plane.createNamespace(namespace);
  });

  const inNamespace = (...args: string[]): string[] => ['--namespace', namespace, ...args];

  it('is ready and serves the pinned version', async () => {
    const answer = await getOk(`${plane.url}/readyz?verbose`, { ca: plane.ca, ...plane.admin });
    assert.match(answer ?? '', /readyz check passed/);
    const version = JSON.parse(await plane.kubectlOutput(['version', '-o', 'json']));
    assert.equal(version.serverVersion.minor, '36');
  });

  it('allocates from both service ranges and accepts every address of the wide one', async () => {
    await plane.kubectlOutput(inNamespace('create', '-f', '-'), { stdin: JSON.stringify(service) });
    const ips = await plane.kubectlOutput(
      inNamespace('get', 'service', 'shop', '-o', 'jsonpath={.spec.clusterIPs}'),
    );
    const [first = '', second = ''] = JSON.parse(ips) as string[];
    assert.match(first, /^10\./);
    assert.match(second, /^fd00:10:96::/);

    const fixed = {
      ...service,
      metadata: { name: 'fixed' },
      spec: { ...service.spec, clusterIP: '10.200.30.40' },
    };
    await plane.kubectlOutput(inNamespace('create', '-f', '-'), { stdin: JSON.stringify(fixed) });
  });

  it('makes the EndpointSlices of ready pods', async () => {
    // The controller leaves out pods whose node it does not know.
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } };
    await plane.kubectlOutput(['create', '-f', '-'], { stdin: JSON.stringify(node) });
    await plane.kubectlOutput(inNamespace('create', '-f', '-'), { stdin: JSON.stringify(pod('shop-1')) });
    const ready = {
      status: {
        phase: 'Running',
        podIP: '192.0.2.10',
        podIPs: [{ ip: '192.0.2.10' }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    };
    const patch = ['--subresource', 'status', '--type', 'merge', '-p', JSON.stringify(ready)];
    await plane.kubectlOutput(inNamespace('patch', 'pod', 'shop-1', ...patch));

    const query = inNamespace('get', 'endpointslices', '-l', 'kubernetes.io/service-name=shop', '-o', 'json');
    const slice = await waitFor('the slice of shop', async () => {
      const list = JSON.parse(await plane.kubectlOutput(query)) as SliceList;
      return list.items.find(({ endpoints }) => endpoints?.[0]?.addresses[0] === '192.0.2.10');
    });
    assert.deepEqual(
      slice.ports?.map(({ port }) => port),
      [8080],
    );
  });

  it('asks RBAC: a user without a role is refused', async () => {
    const kubeconfig = await plane.kubeconfigFor('nobody-special', ['testers']);
    const result = await plane.kubectl(inNamespace('get', 'services'), { kubeconfig });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /User "nobody-special" cannot list resource "services"/);
  });

  it('ends a namespace with what is in it', async () => {
    await plane.createNamespace('to-be-ended');
    await plane.kubectlOutput(['create', 'configmap', 'x', '--namespace', 'to-be-ended']);
    await plane.kubectlOutput(['delete', 'namespace', 'to-be-ended', '--timeout', '100s']);
    const result = await plane.kubectl(['get', 'namespace', 'to-be-ended']);
    assert.match(result.stderr, /namespaces "to-be-ended" not found/);
  });
});

describe('control plane, stopped', () => {
  requires('etcd', 'kube-apiserver');

  it('leaves no process and no file', async () => {
    const plane = await startControlPlane();
    const pids = [plane.etcd.pid(), ...plane.processes.map(({ pid }) => pid)];
    assert.equal(pids.length, 2);
    await plane.stop();
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.equal(existsSync(plane.folder.path), false);
  });

  it('leaves none either when kube-apiserver refuses its flags', async () => {
    await assert.rejects(
      startControlPlane({ apiserverFlags: ['--no-such-flag'] }),
      /kube-apiserver ended with code 1:[\s\S]*unknown flag: --no-such-flag/,
    );
  });
});
