/**
 * The controllers against a real kube-apiserver and kube-controller-manager. Our kinds are served there as
 * CustomResourceDefinitions, so that these tests are about the client and the controllers alone.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CoreNode, EndpointSlice, Pod, V1Service } from '../../../api/core/types.ts';
import { isReason } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { GROUP, VERSION } from '../../../api/services/v3alpha1/group.ts';
import type { Endpoint, NodeTopology, ServiceGroup } from '../../../api/services/v3alpha1/types.ts';
import { createClient } from '../../../client/client.ts';
import { sleep, systemClock } from '../../../client/clock.ts';
import { loadConnection } from '../../../client/kubeconfig.ts';
import * as resources from '../../../client/resources.ts';
import type { ApiClient, ResourceRef } from '../../../client/types.ts';
import { runControllers } from '../../../controllers/manager.ts';
import { silentLog } from '../../../controllers/runtime/log.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { requires } from '../../support/requirements.ts';

const definitions: ResourceRef = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

const kinds = [
  resources.serviceGroups,
  resources.servicePorts,
  resources.endpoints,
  resources.topologyPolicies,
  resources.serviceMirrors,
  resources.nodeTopologies,
];

function definition({ plural, kind, namespaced }: ResourceRef): KubeObject {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      group: GROUP,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
        },
      ],
    },
  } as KubeObject;
}

/** Asks until the answer is right; the last failure is told. */
async function eventually<T>(ask: () => Promise<T>, check: (value: T) => void): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      const value = await ask();
      check(value);
      return value;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(systemClock, 100);
    }
  }
}

describe('controllers on a real control plane', function () {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');
  this.timeout(180_000);
  let plane: ControlPlane;
  let client: ApiClient;
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const of = <T extends KubeObject>(ref: ResourceRef) => client.resource<T>(ref);
  const endpoints = () => of<Endpoint>(resources.endpoints);

  before(async () => {
    plane = await startControlPlane({ controllerManager: true });
    client = createClient(loadConnection({ path: plane.kubeconfig }));
    for (const ref of kinds) await of(definitions).create(definition(ref));
    await plane.createNamespace('shop');
    running = runControllers({
      client,
      clock: systemClock,
      random: Math.random,
      newId: randomUUID,
      log: silentLog,
      signal: stop.signal,
      topologyKeys: ['rack'],
      mirrorNamespaces: ['nowhere'],
      workers: 4,
    });
  });
  after(async () => {
    stop.abort();
    await running;
    await client?.close();
    await plane?.stop();
  });

  async function createNode(name: string, labels: Record<string, string>): Promise<void> {
    await of<CoreNode>(resources.nodes).create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
    });
  }
  async function createPod(name: string, ip: string, nodeName: string): Promise<Pod> {
    const created = await of<Pod>(resources.pods).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: {
        nodeName,
        containers: [{ name: 'web', image: 'none', ports: [{ name: 'http', containerPort: 80 }] }],
      } as Pod['spec'] & object,
    });
    return setReady(created, ip, true);
  }
  function setReady(pod: Pod, ip: string, ready: boolean): Promise<Pod> {
    const condition = {
      type: 'Ready',
      status: ready ? 'True' : 'False',
      lastTransitionTime: '2026-05-01T11:30:00Z',
    };
    const status = {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [condition],
    } as Pod['status'] & object;
    return of<Pod>(resources.pods).updateStatus({ ...pod, status });
  }
  const readiness = (e: Endpoint): string | undefined =>
    e.status?.conditions?.find((c) => c.type === 'Ready')?.status;
  const gone = async (name: string): Promise<boolean> => {
    try {
      await endpoints().get('shop', name);
      return false;
    } catch (error) {
      if (isReason(error, 'NotFound')) return true;
      throw error;
    }
  };

  it('follows a pod from its first address to its end', async () => {
    await createNode('node-1', { 'topology.kubernetes.io/zone': 'zone-a', rack: 'r1', other: 'x' });
    const pod = await createPod('web-0', '10.1.0.1', 'node-1');
    const first = await eventually(
      () => endpoints().get('shop', 'web-0'),
      (e) => assert.equal(readiness(e), 'True'),
    );
    assert.deepEqual(first.spec.addresses, [{ ip: '10.1.0.1', network: 'default' }]);
    assert.equal(first.spec.zone, 'zone-a');
    assert.equal(first.metadata.ownerReferences?.[0]?.uid, pod.metadata.uid);

    await setReady(await of<Pod>(resources.pods).get('shop', 'web-0'), '10.1.0.1', false);
    const second = await eventually(
      () => endpoints().get('shop', 'web-0'),
      (e) => assert.equal(readiness(e), 'False'),
    );
    assert.equal(second.metadata.uid, first.metadata.uid);

    await setReady(await of<Pod>(resources.pods).get('shop', 'web-0'), '10.1.0.99', true);
    await eventually(
      () => endpoints().get('shop', 'web-0'),
      (e) => assert.notEqual(e.metadata.uid, first.metadata.uid, 'another address is another Endpoint'),
    );
    await plane.kubectlOutput(['delete', 'pod', 'web-0', '-n', 'shop', '--force', '--grace-period=0']);
    await eventually(() => gone('web-0'), assert.ok);
  });

  it('keeps the place of a Node: the listed labels, and the zone of its Endpoints when it changes', async () => {
    const topology = () => of<NodeTopology>(resources.nodeTopologies).get(undefined, 'node-1');
    const made = await eventually(topology, () => undefined);
    assert.deepEqual(made.spec.topology, { 'topology.kubernetes.io/zone': 'zone-a', rack: 'r1' });
    await createPod('web-1', '10.1.0.2', 'node-1');
    await plane.kubectlOutput([
      'label',
      'node',
      'node-1',
      '--overwrite',
      'topology.kubernetes.io/zone=zone-b',
    ]);
    await eventually(
      () => endpoints().get('shop', 'web-1'),
      (e) => assert.equal(e.spec.zone, 'zone-b'),
    );
  });

  it('imports hand-made slices of a selectorless Service', async () => {
    const service: V1Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { ports: [{ port: 5432 }] },
    };
    await of<V1Service>(resources.services).create(service);
    const labels = { 'kubernetes.io/service-name': 'db' };
    await of<EndpointSlice>(resources.endpointSlices).create({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'db-manual', namespace: 'shop', labels },
      addressType: 'IPv4',
      ports: [{ port: 5432 }],
      endpoints: [{ addresses: ['10.9.0.1'] }, { addresses: ['10.9.0.2'], conditions: { ready: false } }],
    });
    const imported = () => endpoints().list({ namespace: 'shop', labelSelector: `${GROUP}/service-name=db` });
    await eventually(imported, (list) => assert.equal(list.items.length, 2));
    await of(resources.endpointSlices).delete('shop', 'db-manual');
    await eventually(imported, (list) => assert.equal(list.items.length, 0));
  });

  it('counts the members of a group', async () => {
    await of<ServiceGroup>(resources.serviceGroups).create({
      apiVersion: `${GROUP}/${VERSION}`,
      kind: 'ServiceGroup',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } }, network: 'default', publish: 'Ready' },
    } as ServiceGroup);
    await eventually(
      () => of<ServiceGroup>(resources.serviceGroups).get('shop', 'web'),
      (group) => {
        assert.deepEqual(group.status?.endpoints, { total: 1, ready: 1, serving: 1, terminating: 0 });
        assert.deepEqual(group.status?.zones, [{ zone: 'zone-b', total: 1, ready: 1 }]);
      },
    );
  });

  it('writes nothing at rest', async () => {
    const versions = async () =>
      (await endpoints().list()).items.map((e) => `${e.metadata.name} ${e.metadata.resourceVersion}`);
    const before = await versions();
    await plane.kubectlOutput(['annotate', 'pod', 'web-1', '-n', 'shop', 'a=b']);
    await plane.kubectlOutput(['label', 'node', 'node-1', 'unrelated=x']);
    await sleep(systemClock, 1_000);
    assert.deepEqual(await versions(), before);
  });
});
