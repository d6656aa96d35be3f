import assert from 'node:assert/strict';
import type { Endpoint, ServiceGroup, ServicePort } from '../../../api/services/v3alpha1/types.ts';
import { answer } from '../../../topology/answer.ts';
import { membersOf } from '../../../topology/members.ts';
import { type ClientPlace, subset } from '../../../topology/subset.ts';

type State = 'ready' | 'unready' | 'draining' | 'gone';
const conditionsOf: Record<State, Record<string, 'True' | 'False'>> = {
  ready: { Ready: 'True', Serving: 'True', Terminating: 'False' },
  unready: { Ready: 'False', Serving: 'False', Terminating: 'False' },
  draining: { Ready: 'False', Serving: 'True', Terminating: 'True' },
  gone: { Ready: 'False', Serving: 'False', Terminating: 'True' },
};

function endpoint(name: string, state: State, more: Partial<Endpoint['spec']> = {}, labels = {}): Endpoint {
  const conditions = Object.entries(conditionsOf[state]).map(([type, status]) => ({
    type,
    status,
    reason: 'Test',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  return {
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind: 'Endpoint',
    metadata: { name, namespace: 'shop', labels },
    spec: {
      addresses: [{ ip: `10.0.0.${Number(name.replace(/\D/g, ''))}`, network: 'default' }],
      weight: 100,
      ...more,
    },
    status: { conditions },
  };
}

const group = (spec: Partial<ServiceGroup['spec']> = {}): ServiceGroup => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServiceGroup',
  metadata: { name: 'web', namespace: 'shop', uid: '1b4e28ba-2fa1-11d2-883f-0016d3cca427' },
  spec: { network: 'default', publish: 'Ready', ...spec },
});

const port = (spec: Partial<ServicePort['spec']> = {}): ServicePort => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServicePort',
  metadata: { name: 'web.http', namespace: 'shop' },
  spec: {
    type: 'ClusterIP',
    groupRef: { name: 'web' },
    port: 80,
    targetPort: 8080,
    protocol: 'TCP',
    ...spec,
  },
});

interface Case {
  title: string;
  endpoints: Endpoint[];
  group?: ServiceGroup;
  port?: ServicePort;
  client?: ClientPlace;
  /** `name:use,use` of each target. */
  targets: string[];
  hasAny: boolean;
  reason: RegExp;
}

const here = { nodeName: 'node-1' };
const onNode = (nodeName: string) => ({ nodeName });

const cases: Case[] = [
  {
    title: 'hands out the ready ones only',
    endpoints: [endpoint('e1', 'ready'), endpoint('e2', 'unready'), endpoint('e3', 'draining')],
    targets: ['e1:Cluster'],
    hasAny: true,
    reason: /^the one ready endpoint/,
  },
  {
    title: 'rejects when nothing is ready or serving',
    endpoints: [endpoint('e1', 'unready'), endpoint('e2', 'gone')],
    targets: [],
    hasAny: false,
    reason: /none of 2 endpoints is ready/,
  },
  {
    title: 'falls back to serving, terminating ones',
    endpoints: [endpoint('e1', 'draining'), endpoint('e2', 'gone'), endpoint('e3', 'unready')],
    targets: ['e1:Cluster'],
    hasAny: true,
    reason: /^TerminatingFallback/,
  },
  {
    title: 'publish All hands out every one, whatever its state',
    group: group({ publish: 'All' }),
    endpoints: [endpoint('e1', 'unready'), endpoint('e2', 'gone')],
    targets: ['e1:Cluster', 'e2:Cluster'],
    hasAny: true,
    reason: /all 2 published endpoints/,
  },
  {
    title: 'publish Serving keeps the terminating that serve',
    group: group({ publish: 'Serving' }),
    endpoints: [endpoint('e1', 'ready'), endpoint('e2', 'draining'), endpoint('e3', 'unready')],
    targets: ['e1:Cluster', 'e2:Cluster'],
    hasAny: true,
    reason: /all 2/,
  },
  {
    title: 'a gate holds an endpoint back',
    group: group({ readinessGates: [{ conditionType: 'lb.example.com/Programmed' }] }),
    endpoints: [endpoint('e1', 'ready')],
    targets: [],
    hasAny: false,
    reason: /none of 1 endpoint is ready/,
  },
  {
    title: 'weight 0 is set aside while another candidate is left',
    endpoints: [endpoint('e1', 'ready', { weight: 0 }), endpoint('e2', 'ready')],
    targets: ['e2:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'weight 0 comes back when it is all there is',
    endpoints: [endpoint('e1', 'ready', { weight: 0 }), endpoint('e2', 'unready')],
    targets: ['e1:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'marks candidates on the client’s node as Local',
    client: here,
    endpoints: [endpoint('e1', 'ready', onNode('node-1')), endpoint('e2', 'ready', onNode('node-2'))],
    targets: ['e1:Cluster,Local', 'e2:Cluster'],
    hasAny: true,
    reason: /all 2 ready/,
  },
  {
    title: 'without a ready one on the node, Local falls back to what serves there while it terminates',
    client: here,
    endpoints: [endpoint('e1', 'draining', onNode('node-1')), endpoint('e2', 'ready', onNode('node-2'))],
    targets: ['e1:Local', 'e2:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'NodeLocal drops where the node has none',
    client: here,
    port: port({ delivery: 'NodeLocal' }),
    endpoints: [endpoint('e2', 'ready', onNode('node-2'))],
    targets: [],
    hasAny: true,
    reason: /NodeLocal: none of 1 ready endpoint is on node node-1/,
  },
  {
    title: 'NodeLocal keeps to the node',
    client: here,
    port: port({ delivery: 'NodeLocal' }),
    endpoints: [endpoint('e1', 'ready', onNode('node-1')), endpoint('e2', 'ready', onNode('node-2'))],
    targets: ['e1:Local'],
    hasAny: true,
    reason: /NodeLocal: 1 of 2 ready endpoints is on node node-1/,
  },
  {
    title: 'NodeLocal at an outer door hands out both uses',
    client: here,
    port: port({ type: 'NodePort', delivery: 'NodeLocal' }),
    endpoints: [endpoint('e1', 'ready', onNode('node-1')), endpoint('e2', 'ready', onNode('node-2'))],
    targets: ['e1:Cluster,Local', 'e2:Cluster'],
    hasAny: true,
    reason: /all 2 ready/,
  },
  {
    title: '.any lists all candidates of a NodeLocal port',
    port: port({ delivery: 'NodeLocal' }),
    endpoints: [endpoint('e1', 'ready', onNode('node-1')), endpoint('e2', 'ready', onNode('node-2'))],
    targets: ['e1:Cluster', 'e2:Cluster'],
    hasAny: true,
    reason: /all 2 ready/,
  },
  {
    title: 'the same address twice: the client’s node wins over the name',
    client: here,
    endpoints: [
      endpoint('e1', 'ready', { addresses: [{ ip: '10.1.1.1', network: 'default' }], nodeName: 'node-2' }),
      endpoint('e2', 'ready', { addresses: [{ ip: '10.1.1.1', network: 'default' }], nodeName: 'node-1' }),
    ],
    targets: ['e2:Cluster,Local'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'the same address twice: a candidate wins over the name',
    endpoints: [
      endpoint('e1', 'unready', { addresses: [{ ip: '10.1.1.1', network: 'default' }] }),
      endpoint('e2', 'ready', { addresses: [{ ip: '10.1.1.1', network: 'default' }] }),
    ],
    targets: ['e2:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'a named targetPort leaves out endpoints without such a port',
    port: port({ targetPort: 'http' }),
    endpoints: [
      endpoint('e1', 'ready', { ports: [{ name: 'http', port: 8000, protocol: 'TCP' }] }),
      endpoint('e2', 'ready', { ports: [{ name: 'http', port: 8000, protocol: 'UDP' }] }),
      endpoint('e3', 'ready'),
    ],
    targets: ['e1:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
  {
    title: 'an endpoint of another network does not belong',
    group: group({ network: 'shop.fast' }),
    endpoints: [
      endpoint('e1', 'ready'),
      endpoint('e2', 'ready', { addresses: [{ ip: '192.168.0.2', network: 'shop.fast' }] }),
    ],
    targets: ['e2:Cluster'],
    hasAny: true,
    reason: /the one ready/,
  },
];

describe('subset', () => {
  for (const c of cases) {
    it(c.title, () => {
      const members = membersOf(c.group ?? group(), c.endpoints);
      const result = subset(members, c.port ?? port(), 'IPv4', c.client ?? {});
      assert.deepEqual(
        result.targets.map((t) => `${t.endpoint}:${t.use.join(',')}`),
        c.targets,
      );
      assert.equal(result.hasAny, c.hasAny);
      assert.match(result.reason, c.reason);
    });
  }

  it('joins endpoints imported from a slice by port name, whatever targetPort says', () => {
    const ports = [
      { name: 'http', port: 9000, protocol: 'TCP' as const },
      { name: 'other', port: 9001, protocol: 'TCP' as const },
    ];
    const imported = endpoint('e1', 'ready', { ports }, { 'services.x-k8s.io/slice': 'web-abc' });
    const result = subset(membersOf(group(), [imported]), port({ portName: 'http' }), 'IPv4', {});
    assert.deepEqual(result.targets, [{ endpoint: 'e1', port: 9000, use: ['Cluster'] }]);
  });

  it('gives a port that the endpoint leaves open the number of the ServicePort', () => {
    const open = endpoint('e1', 'ready', { ports: [{ name: 'any', protocol: 'TCP' }] });
    const result = subset(membersOf(group(), [open]), port({ targetPort: 'any' }), 'IPv4', {});
    assert.deepEqual(result.targets, [{ endpoint: 'e1', port: 80, use: ['Cluster'] }]);
  });
});

describe('answer', () => {
  const both = endpoint('e1', 'ready', {
    addresses: [
      { ip: '10.0.0.1', network: 'default' },
      { ip: 'fd00::1', network: 'default' },
    ],
  });

  it('answers each port and family, and unites the endpoints by name', () => {
    const six = endpoint('e2', 'ready', { addresses: [{ ip: 'fd00::2', network: 'default' }] });
    const status = answer({
      group: group(),
      ports: [port()],
      endpoints: [six, both],
      client: {},
      withPending: true,
    });
    assert.deepEqual(
      status.endpoints?.map((e) => e.name),
      ['e1', 'e2'],
    );
    const [http] = status.ports ?? [];
    assert.deepEqual(
      http?.families.map((f) => [f.family, f.targets.length]),
      [
        ['IPv4', 1],
        ['IPv6', 2],
      ],
    );
    assert.equal(http?.hasAnyEndpoints, true);
  });

  it('cuts the group’s families to the port’s', () => {
    const question = { group: group({ addressFamilies: ['IPv6', 'IPv4'] }), endpoints: [both], client: {} };
    const status = answer({ ...question, ports: [port({ families: ['IPv6'] })], withPending: false });
    assert.deepEqual(
      status.ports?.[0]?.families.map((f) => f.family),
      ['IPv6'],
    );
  });

  it('lists endpoints of a group without ServicePorts', () => {
    const status = answer({ group: group(), ports: [], endpoints: [both], client: {}, withPending: false });
    assert.deepEqual([status.ports, status.endpoints?.map((e) => e.name)], [[], ['e1']]);
  });

  it('says who waits for nothing but a gate, on .any only', () => {
    const gated = group({ readinessGates: [{ conditionType: 'lb.example.com/Programmed' }] });
    const ask = (withPending: boolean) =>
      answer({
        group: gated,
        ports: [port()],
        endpoints: [both, endpoint('e3', 'unready')],
        client: {},
        withPending,
      });
    assert.deepEqual(
      ask(true).pending?.map((p) => [p.name, p.waitingFor]),
      [['e1', ['lb.example.com/Programmed']]],
    );
    assert.equal(ask(false).pending, undefined);
  });

  it('names an unknown client, and an empty selection', () => {
    const status = answer({
      group: group(),
      ports: [port()],
      endpoints: [],
      client: { nodeName: 'node-9' },
      withPending: false,
      unknownClient: 'no NodeTopology node-9',
    });
    assert.equal(status.reason, 'UnknownClient: no NodeTopology node-9; the selector matches no endpoint');
  });
});
