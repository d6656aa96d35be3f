import assert from 'node:assert/strict';
import type { Kind, TableContext } from '../../../../../api/kind.ts';
import type { Condition, KubeObject } from '../../../../../api/meta/types.ts';
import { applyDefaults } from '../../../../../api/schema/structural.ts';
import { servicesKinds } from '../../../../../api/services/v3alpha1/kinds.ts';

const now = new Date('2026-01-01T01:00:00Z');
const creationTimestamp = '2026-01-01T00:55:00Z';

function kindOf(name: string): Kind {
  const kind = servicesKinds.find((k) => k.kind === name);
  assert.ok(kind);
  return kind;
}

interface Content {
  readonly spec?: object;
  readonly status?: object;
  readonly labels?: Record<string, string>;
  readonly namespace?: string;
}

function object(
  kindName: string,
  name: string,
  { spec, status, labels = {}, namespace = 'shop' }: Content,
): KubeObject {
  const given = {
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind: kindName,
    metadata: { name, namespace, labels, creationTimestamp },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
  return applyDefaults(given, kindOf(kindName).schema);
}

const condition = (
  type: string,
  status: Condition['status'],
  lastTransitionTime = creationTimestamp,
): Condition => ({
  type,
  status,
  lastTransitionTime,
  reason: 'Tested',
  message: '',
});

/** @param calls counts how often the cache was asked */
const contextOf = (objects: readonly KubeObject[], calls = { count: 0 }): TableContext => ({
  now,
  list(plural, namespace) {
    calls.count += 1;
    return objects.filter(
      (o) =>
        kindOf(o.kind).plural === plural && (namespace === undefined || o.metadata.namespace === namespace),
    );
  },
});

/** Cells by column name. */
function row(shown: KubeObject, others: readonly KubeObject[] = []): Record<string, unknown> {
  const { table } = kindOf(shown.kind);
  const cells = table.rows(contextOf(others))(shown);
  return Object.fromEntries(table.columns.map(({ name }, i) => [name, cells[i]]));
}

describe('columns', () => {
  const expected: Readonly<Record<string, readonly [always: string, wide: string]>> = {
    ServiceGroup: ['Name Ready Ports Age', 'Zones Selector Network'],
    ServicePort: ['Name Frontend Type Port Target Group Address Accepted Age', ''],
    Endpoint: ['Name Addresses Ready Zone Node Age', 'Ports Networks Target Weight'],
    NodeTopology: ['Name Zone Region Age', ''],
    TopologyPolicy: ['Name Tiers Else Groups Accepted Age', ''],
    ServiceMirror: ['Name Authority Phase Conflicts Lossy Changed Age', ''],
    EndpointSubset: ['Name Policy Tier Endpoints Age', 'Reason'],
  };
  for (const { kind, table } of servicesKinds) {
    it(`of ${kind} are those of the design`, () => {
      const names = (priority: number): string =>
        table.columns
          .filter((c) => c.priority === priority)
          .map((c) => c.name)
          .join(' ');
      assert.deepEqual([names(0), names(1)], expected[kind]);
      assert.equal(table.columns[0]?.format, 'name');
      assert.ok(table.columns.every((c) => c.description !== ''));
    });
  }
});

describe('ServiceGroup rows', () => {
  const labels = { app: 'web' };
  const pod = { kind: 'Pod', name: 'x' };
  const serving = { conditions: [condition('Serving', 'True')] };
  const at = (ip: string, more: object = {}) => ({ addresses: [{ ip }], ...more });
  const cached = [
    object('Endpoint', 'a', {
      labels,
      spec: at('10.0.0.1', { zone: 'z1', targetRef: pod }),
      status: serving,
    }),
    object('Endpoint', 'b', { labels, spec: at('10.0.0.2', { zone: 'z1', targetRef: pod }) }),
    object('Endpoint', 'c', { labels: { ...labels, track: 'canary' }, spec: at('10.0.0.3') }),
    object('Endpoint', 'other-app', { labels: { app: 'api' }, spec: at('10.0.0.4') }),
    object('Endpoint', 'other-namespace', { labels, namespace: 'else', spec: at('10.0.0.5') }),
    object('Endpoint', 'other-network', {
      labels,
      spec: { addresses: [{ ip: '10.0.0.6', network: 'fast' }] },
    }),
    object('ServicePort', 'p1', {
      spec: { type: 'ClusterIP', groupRef: { name: 'web' }, port: 443, targetPort: 'tls' },
    }),
    object('ServicePort', 'p2', {
      spec: { type: 'ClusterIP', groupRef: { name: 'web' }, port: 80, targetPort: 8080 },
    }),
    object('ServicePort', 'p3', {
      spec: { type: 'NodePort', groupRef: { name: 'web' }, port: 80, targetPort: 8080 },
    }),
    object('ServicePort', 'p4', { spec: { type: 'ClusterIP', groupRef: { name: 'api' }, port: 81 } }),
  ];
  const group = (spec: object) => object('ServiceGroup', 'web', { spec });

  it('count endpoints and join ports when they are made', () => {
    assert.deepEqual(row(group({ selector: { matchLabels: labels } }), cached), {
      Name: 'web',
      Ready: '2/3',
      Ports: '80→8080/TCP,443→tls/TCP',
      Age: '5m',
      Zones: '<none>:1/1,z1:1/2',
      Selector: 'app=web',
      Network: 'default',
    });
  });
  it('of an empty group', () => {
    const cells = row(object('ServiceGroup', 'empty', {}), cached);
    assert.deepEqual([cells.Ready, cells.Ports, cells.Selector], ['0/0', '<none>', '<none>']);
  });
  it('know set-based selectors', () => {
    const matchExpressions = [
      { key: 'app', operator: 'In', values: ['web', 'api'] },
      { key: 'track', operator: 'NotIn', values: ['canary'] },
    ];
    const cells = row(group({ selector: { matchExpressions } }), cached);
    assert.deepEqual([cells.Ready, cells.Selector], ['2/3', 'app in (api,web),track notin (canary)']);
  });
  it('know gates', () => {
    const readinessGates = [{ conditionType: 'lb.example.com/Programmed' }];
    assert.equal(row(group({ selector: { matchLabels: labels }, readinessGates }), cached).Ready, '0/3');
  });
  it('know networks', () =>
    assert.equal(row(group({ selector: { matchLabels: labels }, network: 'fast' }), cached).Ready, '1/1'));
  it('ask the cache once a namespace, however many groups there are', () => {
    const calls = { count: 0 };
    const toRow = kindOf('ServiceGroup').table.rows(contextOf(cached, calls));
    for (let i = 0; i < 10; i++) toRow(group({ selector: { matchLabels: labels } }));
    assert.equal(calls.count, 2);
  });
});

describe('ServicePort rows', () => {
  const spec = { type: 'ClusterIP', frontend: 'web', groupRef: { name: 'web' }, port: 80, targetPort: 8080 };
  const cell = (name: string, more: object, status?: object) =>
    row(
      object('ServicePort', 'p', { spec: { ...spec, ...more }, ...(status === undefined ? {} : { status }) }),
    )[name];

  it('before anybody looked at it', () => {
    assert.deepEqual(row(object('ServicePort', 'p', { spec })), {
      Name: 'p',
      Frontend: 'web',
      Type: 'ClusterIP',
      Port: '80/TCP',
      Target: '8080',
      Group: 'web',
      Address: '<none>',
      Accepted: 'Unknown',
      Age: '5m',
    });
  });
  it('of a range', () => {
    assert.equal(cell('Port', { endPort: 89, protocol: 'UDP' }), '80-89/UDP');
    assert.equal(cell('Target', { endPort: 89 }), '8080-8089');
  });
  it('without a port', () => {
    const headless = row(
      object('ServicePort', 'p', { spec: { type: 'Headless', groupRef: { name: 'db' } } }),
    );
    assert.deepEqual([headless.Port, headless.Target], ['*/TCP', '*']);
  });
  it('show the addresses in effect', () => {
    const addresses = [{ ip: '10.96.0.1' }, { hostname: 'lb.example.com' }];
    assert.equal(cell('Address', {}, { addresses }), '10.96.0.1,lb.example.com');
    assert.equal(cell('Address', { type: 'NodePort' }, { nodePort: 30080 }), '*:30080');
    assert.equal(
      cell('Address', { type: 'ExternalName', externalName: { host: 'db.example.com' } }),
      'db.example.com',
    );
  });
  it('show the verdict', () =>
    assert.equal(cell('Accepted', {}, { conditions: [condition('Accepted', 'False')] }), 'False'));
});

describe('other rows', () => {
  it('Endpoint', () => {
    const spec = {
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((ip) => ({ ip })),
      ports: [{ name: 'http', port: 80 }, {}],
      nodeName: 'n1',
      targetRef: { kind: 'Pod', name: 'web-0' },
    };
    assert.deepEqual(row(object('Endpoint', 'web-0', { spec })), {
      Name: 'web-0',
      Addresses: '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...',
      Ready: 'False',
      Zone: '<none>',
      Node: 'n1',
      Age: '5m',
      Ports: 'http:80/TCP,*/TCP',
      Networks: 'default',
      Target: 'Pod/web-0',
      Weight: 100,
    });
    assert.equal(
      row(object('Endpoint', 'x', { spec: { fqdn: 'db.example.com' } })).Addresses,
      'db.example.com',
    );
  });

  it('NodeTopology', () => {
    const topology = { 'topology.kubernetes.io/zone': 'z1' };
    const { Zone, Region } = row(object('NodeTopology', 'n1', { spec: { topology } }));
    assert.deepEqual([Zone, Region], ['z1', '<none>']);
  });

  it('TopologyPolicy', () => {
    const groups = [
      object('ServiceGroup', 'web', { labels: { tier: 'edge' } }),
      object('ServiceGroup', 'api', {}),
      object('ServiceGroup', 'web', { namespace: 'other' }),
    ];
    const tiers = [{ topologyKey: 'kubernetes.io/hostname' }, { topologyKey: 'zone', minEndpoints: 2 }];
    const shown = row(object('TopologyPolicy', 'near', { spec: { tiers } }), groups);
    assert.deepEqual(shown, {
      Name: 'near',
      Tiers: 'kubernetes.io/hostname,zone>=2',
      Else: 'Anywhere',
      Groups: 2,
      Accepted: 'Unknown',
      Age: '5m',
    });
    const count = (spec: object) => row(object('TopologyPolicy', 'near', { spec }), groups).Groups;
    assert.equal(count({ groupSelector: { matchLabels: { tier: 'edge' } } }), 1);
    assert.equal(count({ groups: [{ name: 'web', namespace: 'other' }, { name: 'gone' }] }), 1);
  });

  it('ServiceMirror', () => {
    assert.deepEqual(row(object('ServiceMirror', 'web', {})), {
      Name: 'web',
      Authority: 'V1',
      Phase: 'Pending',
      Conflicts: 0,
      Lossy: 0,
      Changed: '<unknown>',
      Age: '5m',
    });
    const status = {
      phase: 'Synced',
      lossy: [{ field: 'endPort', reason: 'too long' }],
      conditions: [condition('Synced', 'True', '2026-01-01T00:59:00Z')],
    };
    const { Phase, Lossy, Changed } = row(object('ServiceMirror', 'web', { status }));
    assert.deepEqual([Phase, Lossy, Changed], ['Synced', 1, '60s']);
  });

  it('EndpointSubset', () => {
    const spec = { groupRef: { name: 'web' }, client: {}, shard: { index: 0, count: 1 } };
    const family = { family: 'IPv4', tier: 'zone', reason: '', targets: [] };
    const port = { name: 'p', protocol: 'TCP', delivery: 'Cluster', hasAnyEndpoints: true };
    const status = {
      policy: { name: 'near', namespace: 'shop' },
      reason: 'because',
      endpoints: [{ name: 'a', weight: 100 }],
      ports: [{ ...port, families: [family, { ...family, family: 'IPv6' }] }],
    };
    assert.deepEqual(row(object('EndpointSubset', 'web.zone.z', { spec, status })), {
      Name: 'web.zone.z',
      Policy: 'shop/near',
      Tier: 'zone',
      Endpoints: 1,
      Age: '5m',
      Reason: 'because',
    });
    assert.equal(row(object('EndpointSubset', 'web.any', { spec })).Policy, '<none>');
  });
});

describe('field selectors', () => {
  it('of Endpoint', () => {
    const { fieldSelectors } = kindOf('Endpoint');
    const spec = {
      addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
      nodeName: 'n1',
      targetRef: { name: 'web-0', uid: 'u' },
    };
    const endpoint = object('Endpoint', 'a', { spec });
    const values = Object.fromEntries(
      Object.entries(fieldSelectors).map(([field, read]) => [field, read(endpoint)]),
    );
    assert.deepEqual(values, {
      'spec.nodeName': 'n1',
      'spec.zone': undefined,
      'spec.targetRef.name': 'web-0',
      'spec.targetRef.uid': 'u',
      'spec.ip': ['10.0.0.1', 'fd00::1'],
    });
  });
  it('of EndpointSubset', () => {
    assert.deepEqual(Object.keys(kindOf('EndpointSubset').fieldSelectors), [
      'spec.groupRef.name',
      'spec.client.nodeName',
      'spec.client.zone',
      'spec.client.namespace',
      'spec.client.podName',
    ]);
  });
});
