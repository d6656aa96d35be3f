import assert from 'node:assert/strict';
import type { Pod } from '../../../../api/core/types.ts';
import type { Endpoint } from '../../../../api/services/v3alpha1/types.ts';
import { type PodWorld, planPod } from '../../../../controllers/endpoints/plan.ts';

const now = '2026-05-01T12:00:00Z';

function pod(changes: { metadata?: object; spec?: object; status?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      namespace: 'shop',
      uid: 'uid-1',
      creationTimestamp: '2026-05-01T11:00:00Z',
      labels: { app: 'web', 'services.x-k8s.io/frontend': 'forged' },
      ...changes.metadata,
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...changes.spec,
    },
    status: {
      phase: 'Running',
      podIPs: [{ ip: '10.0.1.7' }],
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-05-01T11:30:00Z' }],
      ...changes.status,
    },
  };
}

function plan(of: Pod | undefined, world: Partial<PodWorld> = {}) {
  return planPod({ pod: of, own: [], namesake: undefined, node: { zone: 'zone-a' }, now, ...world });
}

/** The Endpoint as the server keeps it. */
function stored(of: Pod, world: Partial<PodWorld> = {}): Endpoint {
  const [endpoint] = plan(of, world).create;
  assert.ok(endpoint);
  const metadata = { ...endpoint.metadata, uid: 'e-uid', resourceVersion: '7' };
  return structuredClone({ ...endpoint, metadata });
}

const nothing = { delete: [], create: [], change: [] };
const conditionsOf = (e: Endpoint | undefined): string[] =>
  (e?.status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason} ${c.lastTransitionTime}`);

describe('planPod', () => {
  it('makes a complete Endpoint in one write', () => {
    assert.deepEqual(plan(pod({ spec: { hostname: 'web-0', subdomain: 'web' } })).create, [
      {
        apiVersion: 'services.x-k8s.io/v3alpha1',
        kind: 'Endpoint',
        metadata: {
          name: 'web-0',
          namespace: 'shop',
          labels: { app: 'web' },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'web-0', uid: 'uid-1', controller: true }],
        },
        spec: {
          addresses: [{ ip: '10.0.1.7', network: 'default' }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
          nodeName: 'node-1',
          zone: 'zone-a',
          hostname: 'web-0',
          subdomain: 'web',
          weight: 100,
          targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'uid-1' },
        },
        status: {
          conditions: ['Ready', 'Serving', 'Terminating'].map((type) => ({
            type,
            status: type === 'Terminating' ? 'False' : 'True',
            lastTransitionTime: type === 'Terminating' ? '2026-05-01T11:00:00Z' : '2026-05-01T11:30:00Z',
            reason: type === 'Terminating' ? 'PodActive' : 'PodReady',
            message: '',
          })),
          lastChangeTriggerTime: '2026-05-01T11:30:00Z',
        },
      },
    ]);
  });

  describe('which pods have one', () => {
    const cases: readonly (readonly [string, Pod, number])[] = [
      ['running', pod(), 1],
      ['pending with an address', pod({ status: { phase: 'Pending' } }), 1],
      ['without an address', pod({ status: { podIPs: [] } }), 0],
      ['with only podIP, as old kubelets say', pod({ status: { podIPs: undefined, podIP: '10.0.1.9' } }), 1],
      ['succeeded', pod({ status: { phase: 'Succeeded' } }), 0],
      ['failed', pod({ status: { phase: 'Failed' } }), 0],
      ['terminating', pod({ metadata: { deletionTimestamp: now } }), 1],
      ['on the host network', pod({ spec: { hostNetwork: true } }), 1],
      ['with an address that no endpoint can have', pod({ status: { podIPs: [{ ip: '127.0.0.1' }] } }), 0],
    ];
    for (const [name, of, count] of cases) {
      it(`${name}: ${count}`, () => assert.equal(plan(of).create.length, count));
    }
  });

  describe('conditions', () => {
    const notReady = {
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-05-01T11:40:00Z' }],
    };
    const deleting = { deletionTimestamp: '2026-05-01T12:00:30Z', deletionGracePeriodSeconds: 30 };
    const cases: readonly (readonly [string, Pod, readonly string[]])[] = [
      ['ready', pod(), ['Ready=True PodReady', 'Serving=True PodReady', 'Terminating=False PodActive']],
      [
        'not ready',
        pod({ status: notReady }),
        ['Ready=False PodNotReady', 'Serving=False PodNotReady', 'Terminating=False PodActive'],
      ],
      [
        'no Ready condition',
        pod({ status: { conditions: [] } }),
        ['Ready=False PodNotReady', 'Serving=False PodNotReady', 'Terminating=False PodActive'],
      ],
      [
        'terminating, still serving',
        pod({ metadata: deleting }),
        ['Ready=False PodTerminating', 'Serving=True PodReady', 'Terminating=True PodTerminating'],
      ],
      [
        'terminating, not serving',
        pod({ metadata: deleting, status: notReady }),
        ['Ready=False PodTerminating', 'Serving=False PodNotReady', 'Terminating=True PodTerminating'],
      ],
    ];
    for (const [name, of, expected] of cases) {
      it(name, () => {
        const texts = conditionsOf(plan(of).create[0]).map((t) => t.split(' ').slice(0, 2).join(' '));
        assert.deepEqual(texts, expected);
      });
    }
    it('dates the end from the request, not from the end of the grace', () => {
      const [created] = plan(pod({ metadata: deleting })).create;
      assert.ok(conditionsOf(created).includes('Terminating=True PodTerminating 2026-05-01T12:00:00Z'));
      assert.equal(created?.status?.lastChangeTriggerTime, '2026-05-01T12:00:00Z');
    });
  });

  it('takes addresses of every family and network, each once', () => {
    const networks = [
      { name: 'cluster', interface: 'eth0', ips: ['10.0.1.7', 'fd00::0007'], default: true },
      { name: 'shop/sriov-a', interface: 'net1', ips: ['192.168.9.4'] },
      { name: 'plain', interface: 'net2', ips: ['192.168.10.4', 'fe80::1', 'nonsense'] },
      { name: 'Not A Name', ips: ['192.168.11.4'] },
      'not an entry',
    ];
    const annotations = { 'k8s.v1.cni.cncf.io/network-status': JSON.stringify(networks) };
    const of = pod({
      metadata: { annotations },
      status: { podIPs: [{ ip: '10.0.1.7' }, { ip: 'FD00:0::7' }] },
    });
    assert.deepEqual(plan(of).create[0]?.spec.addresses, [
      { ip: '10.0.1.7', network: 'default', interface: 'eth0' },
      { ip: 'fd00::7', network: 'default', interface: 'eth0' },
      { ip: '192.168.9.4', network: 'shop.sriov-a', interface: 'net1' },
      { ip: '192.168.10.4', network: 'shop.plain', interface: 'net2' },
    ]);
  });

  it('takes named ports only, the first of a name and protocol, sidecars last', () => {
    const of = pod({
      spec: {
        initContainers: [
          { name: 'setup', ports: [{ name: 'setup', containerPort: 1 }] },
          {
            name: 'mesh',
            restartPolicy: 'Always',
            ports: [
              { name: 'http', containerPort: 15000 },
              { name: 'admin', containerPort: 15001 },
            ],
          },
        ],
        containers: [
          {
            name: 'a',
            ports: [
              { containerPort: 80 },
              { name: 'http', containerPort: 8080 },
              { name: 'dns', containerPort: 53, protocol: 'UDP' },
            ],
          },
          {
            name: 'b',
            ports: [
              { name: 'http', containerPort: 9090 },
              { name: 'dns', containerPort: 54 },
            ],
          },
        ],
      },
    });
    assert.deepEqual(plan(of).create[0]?.spec.ports, [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns', port: 54, protocol: 'TCP' },
      { name: 'admin', port: 15001, protocol: 'TCP' },
    ]);
  });

  it('writes nothing at rest, whatever the server added', () => {
    const live = stored(pod());
    live.metadata.generation = 1;
    assert.deepEqual(plan(pod(), { own: [live], namesake: live }), nothing);
  });

  it('writes only the half that changed', () => {
    const live = stored(pod());
    const relabelled = plan(pod({ metadata: { labels: { app: 'api' } } }), { own: [live], namesake: live });
    assert.deepEqual(
      relabelled.change.map((c) => [c.main, c.status]),
      [[true, false]],
    );
    const unready = plan(pod({ status: { conditions: [] } }), { own: [live], namesake: live });
    assert.deepEqual(
      unready.change.map((c) => [c.main, c.status]),
      [[false, true]],
    );
  });

  it('keeps what others put there: weight, their conditions, annotations', () => {
    const live = stored(pod());
    live.spec.weight = 0;
    live.metadata.annotations = { note: 'drained by hand' };
    live.status?.conditions?.push({
      type: 'lb.example.com/Programmed',
      status: 'True',
      lastTransitionTime: now,
      reason: 'Done',
      message: '',
    });
    assert.deepEqual(plan(pod(), { own: [live], namesake: live }), nothing);
    const [change] = plan(pod({ status: { conditions: [] } }), { own: [live], namesake: live }).change;
    assert.equal(change?.wanted.spec.weight, 0);
    assert.ok(conditionsOf(change?.wanted).some((c) => c.startsWith('lb.example.com/Programmed=True')));
    assert.ok(
      conditionsOf(change?.wanted).includes('Terminating=False PodActive 2026-05-01T11:00:00Z'),
      'unchanged: old time',
    );
  });

  describe('another backend under the name is another Endpoint', () => {
    const live = stored(pod());
    const cases: readonly (readonly [string, Pod])[] = [
      ['uid', pod({ metadata: { uid: 'uid-2' } })],
      ['address', pod({ status: { podIPs: [{ ip: '10.0.1.8' }] } })],
      [
        'another network',
        pod({
          metadata: {
            annotations: { 'k8s.v1.cni.cncf.io/network-status': '[{"name":"a/b","ips":["10.9.9.9"]}]' },
          },
        }),
      ],
    ];
    for (const [name, of] of cases) {
      it(name, () => {
        const writes = plan(of, { own: [live], namesake: live });
        assert.deepEqual(writes.delete, [live]);
        assert.equal(writes.create.length, 1);
        assert.equal(writes.change.length, 0);
      });
    }
  });

  it('deletes when the pod is gone or finished, once', () => {
    const live = stored(pod());
    assert.deepEqual(plan(undefined, { own: [live] }).delete, [live]);
    assert.deepEqual(plan(pod({ status: { phase: 'Failed' } }), { own: [live] }).delete, [live]);
    const going = { ...live, metadata: { ...live.metadata, deletionTimestamp: now } };
    assert.deepEqual(plan(undefined, { own: [going] }), nothing);
  });

  describe('a name that somebody else’s Endpoint has', () => {
    const foreign = { ...stored(pod()), metadata: { name: 'web-0', namespace: 'shop', uid: 'other' } };
    it('is left alone', () => {
      const [created] = plan(pod(), { namesake: foreign }).create;
      assert.match(created?.metadata.name ?? '', /^web-0-[0-9a-f]{10}$/);
    });
    it('stays the pod’s second choice when it becomes free', () => {
      const own = stored(pod(), { namesake: foreign });
      assert.deepEqual(plan(pod(), { own: [own], namesake: undefined }), nothing);
    });
    it('is cut to what a name may hold', () => {
      const name = `${'a'.repeat(240)}.${'b'.repeat(12)}`;
      const [created] = plan(pod({ metadata: { name } }), { namesake: foreign }).create;
      assert.ok((created?.metadata.name ?? '').length <= 253);
    });
  });

  it('follows the zone of the Node, and keeps it when the Node is gone', () => {
    const live = stored(pod());
    const moved = plan(pod(), { own: [live], namesake: live, node: { zone: 'zone-b' } });
    assert.deepEqual(
      moved.change.map((c) => [c.wanted.spec.zone, c.main, c.status]),
      [['zone-b', true, false]],
    );
    const unlabelled = plan(pod(), { own: [live], namesake: live, node: { zone: undefined } });
    assert.deepEqual(
      unlabelled.change.map((c) => c.wanted.spec.zone),
      [undefined],
    );
    assert.deepEqual(plan(pod(), { own: [live], namesake: live, node: undefined }), nothing);
  });
});
