import assert from 'node:assert/strict';
import type { Namespace, V1Service } from '../../../../../api/core/types.ts';
import { ApiError, forbidden } from '../../../../../api/meta/api-error.ts';
import type { ServiceGroup, ServiceMirror, ServicePort } from '../../../../../api/services/v3alpha1/types.ts';
import {
  createV1ToV3Controller,
  createV1ToV3Reconciler,
  type V1ToV3Options,
} from '../../../../../controllers/mirror/v1-to-v3/controller.ts';
import { baseOf } from '../../../../../controllers/mirror/v1-to-v3/plan.ts';
import { silentLog } from '../../../../../controllers/runtime/log.ts';
import { noMetrics } from '../../../../../controllers/runtime/metrics.ts';
import type { Outcome } from '../../../../../controllers/runtime/types.ts';
import { publicManifests, readManifests, served, syntheticManifests } from '../manifests.ts';
import { FakeCluster } from './cluster.ts';

const FRONTEND = 'services.x-k8s.io/frontend';

interface Bed {
  readonly cluster: FakeCluster;
  readonly events: string[];
  /** Seconds are added to the clock with `tick`. */
  tick(seconds: number): void;
  reconcile(name: string, namespace?: string): Promise<Outcome>;
  readonly options: V1ToV3Options;
}

function bed(settings: { mirrorNamespaces?: string[]; store?: () => string } = {}): Bed {
  const cluster = new FakeCluster();
  let now = Date.parse('2026-01-02T03:04:05Z');
  const events: string[] = [];
  const options: V1ToV3Options = {
    client: cluster.client(),
    informers: {
      services: cluster.informer<V1Service>('Service'),
      namespaces: cluster.informer<Namespace>('Namespace'),
      serviceGroups: cluster.informer('ServiceGroup'),
      servicePorts: cluster.informer('ServicePort'),
      topologyPolicies: cluster.informer('TopologyPolicy'),
      serviceMirrors: cluster.informer('ServiceMirror'),
    },
    clock: { now: () => now, after: () => () => undefined },
    random: () => 0,
    workers: 1,
    log: silentLog,
    metrics: noMetrics,
    recorder: { event: (object, _, reason) => void events.push(`${object.kind} ${reason}`) },
    mirrorNamespaces: settings.mirrorNamespaces ?? [],
    storeIdentity: async () => settings.store?.() ?? 'store-1',
  };
  const reconciler = createV1ToV3Reconciler(options);
  const namespace = (name: string): void => {
    cluster.put<Namespace>({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
      status: { phase: 'Active' },
    });
  };
  namespace('default');
  return {
    cluster,
    events,
    options,
    tick: (seconds) => {
      now += seconds * 1000;
    },
    reconcile: (name, ns = 'default') => reconciler.reconcile(`${ns}/${name}`, new AbortController().signal),
  };
}

const web = (spec: V1Service['spec'] = {}, metadata: V1Service['metadata'] = {}): V1Service =>
  served({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', labels: { app: 'web' }, ...metadata },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  });

const portNames = (cluster: FakeCluster): string[] =>
  cluster
    .all<ServicePort>('ServicePort')
    .map((port) => `${port.metadata.name} ${port.spec.type}`)
    .sort();

const mirrorOf = (cluster: FakeCluster): ServiceMirror | undefined =>
  cluster.find('ServiceMirror', 'default', 'web');
const synced = (cluster: FakeCluster) =>
  mirrorOf(cluster)?.status?.conditions?.find((c) => c.type === 'Synced');

describe('mirror v1 → v3: every Service', () => {
  const manifests = [...syntheticManifests(), ...readManifests(publicManifests)];
  for (const [index, { source, service: manifest }] of manifests.entries()) {
    it(`${source}: is Synced with as many writes as objects need, and then at rest`, async () => {
      const { cluster, reconcile } = bed();
      const service = cluster.put(served(manifest, index + 1));
      const { namespace = '', name = '' } = service.metadata;
      if (namespace !== 'default')
        cluster.put<Namespace>({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      assert.deepEqual(await reconcile(name, namespace), { kind: 'done' });
      const mirror = cluster.find<ServiceMirror>('ServiceMirror', namespace, name);
      assert.equal(mirror?.status?.phase, 'Synced', JSON.stringify(mirror?.status?.conditions));
      const objects = ['ServiceGroup', 'ServicePort', 'TopologyPolicy', 'ServiceMirror'].flatMap((kind) =>
        cluster.all(kind),
      );
      const withStatus = objects.filter((object) => 'status' in object);
      const writes = cluster.taken();
      assert.equal(writes.length, objects.length + withStatus.length);
      assert.deepEqual(writes.at(-1), { verb: 'updateStatus', kind: 'ServiceMirror', name });
      await reconcile(name, namespace);
      assert.deepEqual(cluster.taken(), []);
    });
  }

  it('takes the Services as a list of writes that old copies do not repeat', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web({ type: 'LoadBalancer' }));
    cluster.lagging = true;
    await reconcile('web');
    const first = cluster.taken();
    await reconcile('web');
    assert.deepEqual(cluster.taken(), []);
    cluster.deliver();
    await reconcile('web');
    assert.deepEqual(cluster.taken(), []);
    assert.equal(first.filter((w) => w.verb === 'create' && w.kind === 'ServicePort').length, 3);
  });
});

describe('mirror v1 → v3: changes of v1', () => {
  const everything: V1Service['spec'] = { type: 'LoadBalancer', externalIPs: ['198.51.100.4'] };
  const types: readonly (readonly [V1Service['spec'], readonly string[]])[] = [
    [{}, ['web.http ClusterIP']],
    [{ type: 'NodePort' }, ['web.http ClusterIP', 'web.http.nodeport NodePort']],
    [
      everything,
      [
        'web.http ClusterIP',
        'web.http.extip ExternalIP',
        'web.http.lb LoadBalancer',
        'web.http.nodeport NodePort',
      ],
    ],
    [{ type: 'ExternalName', externalName: 'db.example.com' }, ['web ExternalName']],
    [{ clusterIP: 'None' }, ['web.http Headless']],
    [{ clusterIP: 'None', ports: [] }, ['web Headless']],
  ];
  for (const [from, names] of types) {
    for (const [to, then] of types) {
      it(`${names.join(', ')} becomes ${then.join(', ')}`, async () => {
        const { cluster, reconcile } = bed();
        cluster.put(web(from));
        await reconcile('web');
        assert.deepEqual(portNames(cluster), names);
        cluster.put(web(to));
        await reconcile('web');
        assert.deepEqual(portNames(cluster), then);
        assert.equal(cluster.all('ServiceGroup').length, to?.type === 'ExternalName' ? 0 : 1);
        assert.equal(mirrorOf(cluster)?.status?.phase, 'Synced');
        cluster.taken();
        await reconcile('web');
        assert.deepEqual(cluster.taken(), []);
      });
    }
  }

  it('a renamed port is another object, a changed number the same', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web());
    await reconcile('web');
    const uid = cluster.find('ServicePort', 'default', 'web.http')?.metadata.uid;
    cluster.put(web({ ports: [{ name: 'http', port: 81 }] }));
    await reconcile('web');
    assert.equal(cluster.find('ServicePort', 'default', 'web.http')?.metadata.uid, uid);
    cluster.put(web({ ports: [{ name: 'https', port: 81 }] }));
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['web.https ClusterIP']);
  });

  it('a load balancer’s address and conditions flow into the status of its ports', async () => {
    const { cluster, reconcile } = bed();
    const service = web({ type: 'LoadBalancer' });
    cluster.put(service);
    await reconcile('web');
    cluster.taken();
    service.status = {
      loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] },
      conditions: [
        {
          type: 'LoadBalancerPortsError',
          status: 'False',
          reason: 'Ok',
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    };
    cluster.put(service);
    await reconcile('web');
    const port = cluster.find<ServicePort>('ServicePort', 'default', 'web.http.lb');
    assert.deepEqual(port?.status?.addresses, [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
    assert.equal(port?.status?.conditions?.[0]?.type, 'v1.services.x-k8s.io/LoadBalancerPortsError');
    assert.deepEqual(
      cluster.taken().map((w) => `${w.verb} ${w.kind}`),
      ['updateStatus ServicePort', 'updateStatus ServiceMirror'],
    );
    await reconcile('web');
    assert.deepEqual(cluster.taken(), []);
  });

  it('a Service made anew under the name is a first sync', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web());
    await reconcile('web');
    const again = web();
    again.metadata.uid = 'another';
    cluster.drop('Service', 'default', 'web');
    cluster.put(again);
    await reconcile('web');
    assert.equal(baseOf(mirrorOf(cluster), 'another')?.v1.uid, 'another');
    assert.deepEqual(portNames(cluster), ['web.http ClusterIP']);
  });

  it('only a requested address is in the spec, where managedFields tells', async () => {
    const { cluster, reconcile } = bed();
    const service = web({ type: 'NodePort' });
    service.metadata.managedFields = [
      { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:type': {} } } },
    ];
    cluster.put(service);
    await reconcile('web');
    const port = (name: string) => cluster.find<ServicePort>('ServicePort', 'default', name);
    assert.equal(port('web.http')?.spec.clusterIP, undefined);
    assert.deepEqual(port('web.http')?.status?.addresses, [{ ip: service.spec?.clusterIP }]);
    assert.equal(port('web.http.nodeport')?.spec.nodePort, undefined);
    assert.equal(port('web.http.nodeport')?.status?.nodePort, service.spec?.ports?.[0]?.nodePort);
    service.metadata.managedFields[0] = {
      manager: 'kubectl',
      fieldsV1: {
        'f:spec': {
          'f:clusterIP': {},
          'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:nodePort': {} } },
        },
      },
    };
    cluster.put(service);
    await reconcile('web');
    assert.deepEqual(port('web.http')?.spec.clusterIP, { addresses: service.spec?.clusterIPs });
    assert.deepEqual(port('web.http.nodeport')?.spec.nodePort, { port: service.spec?.ports?.[0]?.nodePort });
  });
});

describe('mirror v1 → v3: edits of v3', () => {
  it('a mirrored field is set back, with an Event; what others wrote beside it stays', async () => {
    const { cluster, reconcile, events } = bed();
    cluster.put(web());
    await reconcile('web');
    const port = cluster.find<ServicePort>('ServicePort', 'default', 'web.http');
    assert.ok(port);
    const condition = {
      type: 'Accepted',
      status: 'True' as const,
      reason: 'Accepted',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    cluster.put<ServicePort>({
      ...port,
      metadata: {
        ...port.metadata,
        labels: { ...port.metadata.labels, team: 'shop' },
        annotations: { note: 'mine' },
      },
      spec: { ...port.spec, port: 81, appProtocol: 'http' },
      status: { conditions: [condition] },
    });
    await reconcile('web');
    const after = cluster.find<ServicePort>('ServicePort', 'default', 'web.http');
    assert.deepEqual(after?.spec, port.spec);
    assert.deepEqual(after?.metadata.labels?.team, 'shop');
    assert.deepEqual(after?.metadata.annotations, { note: 'mine' });
    assert.deepEqual(after?.status, { ...port.status, conditions: [condition] });
    assert.deepEqual(events, ['Service EditReverted']);
  });

  it('deleted objects and mirrors come back, added ports go', async () => {
    const { cluster, reconcile, tick } = bed();
    cluster.put(web());
    await reconcile('web');
    cluster.drop('ServiceGroup', 'default', 'web');
    cluster.drop('ServicePort', 'default', 'web.http');
    tick(10);
    cluster.now = '2026-01-02T03:04:15Z';
    cluster.put<ServicePort>({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServicePort',
      metadata: { namespace: 'default', name: 'extra' },
      spec: { type: 'ClusterIP', groupRef: { name: 'web' }, frontend: 'web', port: 99, protocol: 'TCP' },
    });
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['web.http ClusterIP']);
    assert.equal(cluster.all('ServiceGroup').length, 1);
    cluster.drop('ServiceMirror', 'default', 'web');
    await reconcile('web');
    assert.equal(mirrorOf(cluster)?.status?.phase, 'Synced');
  });

  it('a port that was in the frontend before the mirror is left alone and named', async () => {
    const { cluster, reconcile } = bed();
    cluster.put<ServicePort>({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServicePort',
      metadata: { namespace: 'default', name: 'older' },
      spec: { type: 'ClusterIP', groupRef: { name: 'web' }, frontend: 'web', port: 99, protocol: 'TCP' },
    });
    cluster.put(web());
    await reconcile('web');
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['older ClusterIP', 'web.http ClusterIP']);
    assert.equal(mirrorOf(cluster)?.status?.phase, 'Conflicted');
    cluster.taken();
    await reconcile('web');
    assert.deepEqual(cluster.taken(), []);
  });
});

describe('mirror v1 → v3: names that others have', () => {
  it('a group of somebody else: NameTaken, no port leads to it; resolved when it goes', async () => {
    const { cluster, reconcile, events } = bed();
    const theirs = cluster.put<ServiceGroup>({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServiceGroup',
      metadata: { namespace: 'default', name: 'web' },
      spec: { network: 'default', publish: 'Ready' },
    });
    cluster.put(web({ trafficDistribution: 'PreferSameZone' }));
    await reconcile('web');
    assert.deepEqual(cluster.find('ServiceGroup', 'default', 'web'), theirs);
    assert.deepEqual(portNames(cluster), []);
    assert.equal(mirrorOf(cluster)?.status?.phase, 'Error');
    assert.equal(synced(cluster)?.reason, 'NameTaken');
    assert.deepEqual(events, ['Service NameTaken']);
    cluster.drop('ServiceGroup', 'default', 'web');
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['web.http ClusterIP']);
    assert.equal(mirrorOf(cluster)?.status?.phase, 'Synced');
  });

  it('a port of another frontend, even with our label: NameTaken, the rest goes on', async () => {
    const { cluster, reconcile } = bed();
    cluster.put<ServicePort>({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServicePort',
      metadata: { namespace: 'default', name: 'web.http', labels: { [FRONTEND]: 'web' } },
      spec: { type: 'ClusterIP', groupRef: { name: 'other' }, frontend: 'other', port: 80, protocol: 'TCP' },
    });
    cluster.put(
      web({
        ports: [
          { name: 'http', port: 80 },
          { name: 'tls', port: 443 },
        ],
      }),
    );
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['web.http ClusterIP', 'web.tls ClusterIP']);
    assert.equal(synced(cluster)?.reason, 'NameTaken');
    assert.match(synced(cluster)?.message ?? '', /ServicePort "web.http" belongs to frontend "other"/);
  });
});

describe('mirror v1 → v3: deletion', () => {
  it('removes what was mirrored, the mirror last, and nothing else', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web({ trafficDistribution: 'PreferClose' }));
    await reconcile('web');
    cluster.put<ServicePort>({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServicePort',
      metadata: { namespace: 'default', name: 'unrelated' },
      spec: { type: 'Headless', groupRef: { name: 'web' }, frontend: 'elsewhere', protocol: 'TCP' },
    });
    cluster.drop('Service', 'default', 'web');
    cluster.taken();
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['unrelated Headless']);
    assert.deepEqual([cluster.all('ServiceGroup'), cluster.all('TopologyPolicy')], [[], []]);
    assert.deepEqual(cluster.taken().at(-1), { verb: 'delete', kind: 'ServiceMirror', name: 'web' });
    await reconcile('web');
    assert.deepEqual(cluster.taken(), []);
  });

  it('does not believe an old copy: a Service that a live GET finds stays', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web());
    await reconcile('web');
    cluster.lagging = true;
    const service = cluster.find<V1Service>('Service', 'default', 'web');
    assert.ok(service);
    cluster.drop('Service', 'default', 'web');
    cluster.deliver();
    cluster.put(service);
    cluster.taken();
    assert.equal((await reconcile('web')).kind, 'after');
    assert.deepEqual(cluster.taken(), []);
  });

  it('refuses in another cluster than base’s: OriginMissing, said once', async () => {
    let store = 'store-1';
    const first = bed({ store: () => store });
    first.cluster.put(web());
    await first.reconcile('web');
    // A restart of the controller against a cluster that has lost its Services.
    store = 'store-2';
    const reconciler = createV1ToV3Reconciler(first.options);
    first.cluster.drop('Service', 'default', 'web');
    first.cluster.taken();
    await reconciler.reconcile('default/web', new AbortController().signal);
    assert.deepEqual(portNames(first.cluster), ['web.http ClusterIP']);
    assert.equal(mirrorOf(first.cluster)?.status?.phase, 'Error');
    assert.equal(synced(first.cluster)?.reason, 'OriginMissing');
    assert.deepEqual(first.events, ['ServiceMirror OriginMissing']);
    first.cluster.taken();
    await reconciler.reconcile('default/web', new AbortController().signal);
    assert.deepEqual(first.cluster.taken(), []);
  });

  it('refuses where no base proves it: a lost mirror deletes nothing', async () => {
    const { cluster, reconcile } = bed();
    cluster.put(web());
    await reconcile('web');
    cluster.drop('Service', 'default', 'web');
    cluster.drop('ServiceMirror', 'default', 'web');
    await reconcile('web');
    assert.deepEqual(portNames(cluster), ['web.http ClusterIP']);
    assert.equal(synced(cluster)?.reason, 'OriginMissing');
  });
});

describe('mirror v1 → v3: where nothing is written', () => {
  const cases: Record<string, (b: Bed) => void> = {
    'a terminating namespace': ({ cluster }) => {
      cluster.put<Namespace>({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'default' },
        status: { phase: 'Terminating' },
      });
      cluster.put(web());
    },
    'a Service with the label mirror: disabled': ({ cluster }) => {
      cluster.put(web({}, { labels: { 'services.x-k8s.io/mirror': 'disabled' } }));
    },
    'a Service without uid': ({ cluster }) => {
      cluster.put({ ...web(), metadata: { name: 'web', namespace: 'default', uid: '' } });
    },
  };
  for (const [title, prepare] of Object.entries(cases)) {
    it(title, async () => {
      const b = bed();
      prepare(b);
      assert.deepEqual(await b.reconcile('web'), { kind: 'done' });
      assert.deepEqual(b.cluster.taken(), []);
    });
  }

  it('a namespace out of scope', async () => {
    const b = bed({ mirrorNamespaces: ['shop'] });
    b.cluster.put(web());
    await b.reconcile('web');
    assert.deepEqual(b.cluster.taken(), []);
  });

  for (const [spec, reason] of [
    [{ authority: 'V1', paused: true }, 'Paused'],
    [{ authority: 'V3', paused: false }, 'AuthorityNotImplemented'],
  ] as const) {
    it(`${reason}: only the mirror's status, once`, async () => {
      const b = bed();
      b.cluster.put<ServiceMirror>({
        apiVersion: 'services.x-k8s.io/v3alpha1',
        kind: 'ServiceMirror',
        metadata: { namespace: 'default', name: 'web' },
        spec,
      });
      b.cluster.put(web());
      await b.reconcile('web');
      assert.deepEqual(b.cluster.taken(), [{ verb: 'updateStatus', kind: 'ServiceMirror', name: 'web' }]);
      assert.equal(synced(b.cluster)?.reason, reason);
      await b.reconcile('web');
      assert.deepEqual(b.cluster.taken(), []);
    });
  }
});

describe('mirror v1 → v3: faults', () => {
  it('a crash after any write is completed by the next run', async () => {
    const counter = bed();
    counter.cluster.put(web({ type: 'LoadBalancer' }));
    await counter.reconcile('web');
    const total = counter.cluster.taken().length;
    for (let survived = 0; survived < total; survived++) {
      const b = bed();
      b.cluster.put(web({ type: 'LoadBalancer' }));
      let left = survived;
      b.cluster.fault = () => (left-- > 0 ? undefined : new Error('crash'));
      assert.equal((await b.reconcile('web')).kind, 'retry');
      b.cluster.fault = () => undefined;
      await createV1ToV3Reconciler(b.options).reconcile('default/web', new AbortController().signal);
      assert.equal(portNames(b.cluster).length, 3);
      assert.equal(mirrorOf(b.cluster)?.status?.phase, 'Synced');
      b.cluster.taken();
      await b.reconcile('web');
      assert.deepEqual(b.cluster.taken(), []);
    }
  });

  it('what the server refuses is named, the rest goes on', async () => {
    const b = bed();
    b.cluster.put(web({ externalIPs: ['198.51.100.4'] }));
    b.cluster.fault = (write) =>
      write.name.endsWith('.extip')
        ? forbidden(
            { group: 'services.x-k8s.io', resource: 'serviceports', kind: 'ServicePort' },
            write.name,
            'no use of externalip',
          )
        : undefined;
    assert.equal((await b.reconcile('web')).kind, 'after');
    assert.deepEqual(portNames(b.cluster), ['web.http ClusterIP']);
    assert.equal(synced(b.cluster)?.reason, 'Refused');
    assert.match(synced(b.cluster)?.message ?? '', /externalip/);
  });

  it('a namespace that begins to terminate ends the work quietly', async () => {
    const b = bed();
    b.cluster.put(web());
    const causes = [
      {
        reason: 'NamespaceTerminating',
        message: 'namespace default is being terminated',
        field: 'metadata.namespace',
      },
    ];
    b.cluster.fault = () => new ApiError('Forbidden', 'being terminated', { causes } as never);
    assert.deepEqual(await b.reconcile('web'), { kind: 'done' });
  });
});

describe('mirror v1 → v3: events become keys', () => {
  it('of the Service, its objects, its mirror, and of a name that is free again', async () => {
    const b = bed();
    const { queue } = createV1ToV3Controller(b.options);
    const next = async (): Promise<string | undefined> => {
      const key = await queue.next();
      if (key !== undefined) queue.done(key);
      return key;
    };
    b.cluster.put(web());
    assert.equal(await next(), 'default/web');
    const theirs = {
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServiceGroup',
      metadata: { namespace: 'default', name: 'taken' },
    };
    b.cluster.put(theirs);
    b.cluster.drop('ServiceGroup', 'default', 'taken');
    assert.equal(await next(), 'default/taken');
    b.cluster.put({ ...theirs, metadata: { ...theirs.metadata, labels: { [FRONTEND]: 'shop' } } });
    assert.equal(await next(), 'default/shop');
    b.cluster.put(theirs);
    assert.equal(await next(), 'default/shop', 'whose object it was');
    assert.equal(queue.ready, 0);
  });
});
