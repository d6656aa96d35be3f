import assert from 'node:assert/strict';
import { judgeFrontend } from '../../../../../../api/services/v3alpha1/service-port/frontend.ts';
import type { ServicePort, ServicePortSpec } from '../../../../../../api/services/v3alpha1/types.ts';

/** @param age seconds after midnight: smaller is older */
function port(name: string, age: number, spec: Partial<ServicePortSpec>): ServicePort {
  const second = String(age).padStart(2, '0');
  return {
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind: 'ServicePort',
    metadata: { name, namespace: 'shop', creationTimestamp: `2026-01-01T00:00:${second}Z` },
    spec: { type: 'ClusterIP', protocol: 'TCP', frontend: 'web', ...spec },
  };
}

/** `name: Accepted reason, Conflicted reason`, in the order of the names. */
const verdicts = (ports: readonly ServicePort[]): string[] =>
  [...judgeFrontend(ports)]
    .map(([name, conditions]) => `${name}: ${conditions.map((c) => `${c.status} ${c.reason}`).join(', ')}`)
    .sort();

const fine = 'True Accepted, False NoConflict';
const taken = 'False FrontendConflict, False NoConflict';
const mixed = 'False FrontendTypes, False NoConflict';
const differs = 'True Accepted, True FrontendSettingDiffers';

interface Case {
  readonly title: string;
  readonly ports: readonly ServicePort[];
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { title: 'no port', ports: [], expected: [] },
  {
    title: 'other ports, protocols and types side by side',
    ports: [
      port('a', 0, { port: 80 }),
      port('b', 1, { port: 81 }),
      port('c', 2, { port: 80, protocol: 'UDP' }),
      port('d', 3, { port: 80, type: 'NodePort' }),
      port('e', 4, { port: 80, type: 'LoadBalancer' }),
      port('f', 5, { port: 80, type: 'ExternalIP' }),
    ],
    expected: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}: ${fine}`),
  },
  {
    title: 'the same port twice: the older wins, whatever the order of the list',
    ports: [port('a', 1, { port: 80 }), port('b', 0, { port: 80 })],
    expected: [`a: ${taken}`, `b: ${fine}`],
  },
  {
    title: 'of the same second the name decides',
    ports: [port('b', 0, { port: 80 }), port('a', 0, { port: 80 })],
    expected: [`a: ${fine}`, `b: ${taken}`],
  },
  {
    title: 'a range that touches a port',
    ports: [port('a', 0, { port: 80, endPort: 89 }), port('b', 1, { port: 89 }), port('c', 2, { port: 90 })],
    expected: [`a: ${fine}`, `b: ${taken}`, `c: ${fine}`],
  },
  {
    title: 'a port that lost takes nothing from the next',
    ports: [
      port('a', 0, { port: 80 }),
      port('b', 1, { port: 80, endPort: 90 }),
      port('c', 2, { port: 85, endPort: 95 }),
    ],
    expected: [`a: ${fine}`, `b: ${taken}`, `c: ${fine}`],
  },
  {
    title: 'the same portName in one type, but not in two',
    ports: [
      port('a', 0, { port: 80, portName: 'http' }),
      port('b', 1, { port: 81, portName: 'http' }),
      port('c', 2, { port: 80, portName: 'http', type: 'NodePort' }),
    ],
    expected: [`a: ${fine}`, `b: ${taken}`, `c: ${fine}`],
  },
  {
    title: 'two headless entries without a port',
    ports: [port('a', 0, { type: 'Headless' }), port('b', 1, { type: 'Headless' })],
    expected: [`a: ${fine}`, `b: ${taken}`],
  },
  {
    title: 'headless beside an address, and an alias beside either',
    ports: [
      port('a', 0, { port: 80 }),
      port('b', 1, { type: 'Headless', port: 80 }),
      port('c', 2, { type: 'ExternalName', externalName: { host: 'a.example' } }),
    ],
    expected: [`a: ${fine}`, `b: ${mixed}`, `c: ${mixed}`],
  },
  {
    title: 'an external IP beside headless, but not beside an alias',
    ports: [
      port('a', 0, { type: 'Headless', port: 80 }),
      port('b', 1, { type: 'ExternalIP', port: 80 }),
      port('c', 2, { port: 80 }),
    ],
    expected: [`a: ${fine}`, `b: ${fine}`, `c: ${mixed}`],
  },
  {
    title: 'unset agrees with anything, an empty list is unset',
    ports: [
      port('a', 0, { port: 80 }),
      port('b', 1, { port: 81, families: ['IPv4'], sessionAffinity: { clientIP: { timeoutSeconds: 5 } } }),
      port('c', 2, { port: 82, families: [] }),
      port('d', 3, { port: 83, families: ['IPv4'] }),
    ],
    expected: ['a', 'b', 'c', 'd'].map((name) => `${name}: ${fine}`),
  },
  {
    title: 'a setting that differs takes no port out',
    ports: [
      port('a', 0, { port: 80, families: ['IPv4'] }),
      port('b', 1, { port: 81, families: ['IPv4', 'IPv6'] }),
    ],
    expected: [`a: ${fine}`, `b: ${differs}`],
  },
  {
    title: 'a port that is not accepted sets no setting',
    ports: [
      port('a', 0, { port: 80 }),
      port('b', 1, { port: 80, families: ['IPv6'] }),
      port('c', 2, { port: 81, families: ['IPv4'] }),
    ],
    expected: [`a: ${fine}`, `b: ${taken}`, `c: ${fine}`],
  },
  {
    title: 'delivery is one for the inside and one for all outer doors',
    ports: [
      port('a', 0, { port: 80, delivery: 'Cluster' }),
      port('b', 1, { port: 80, type: 'NodePort', delivery: 'NodeLocal' }),
      port('c', 2, { port: 80, type: 'LoadBalancer', delivery: 'Cluster' }),
      port('d', 3, { port: 80, type: 'ExternalIP', delivery: 'NodeLocal' }),
    ],
    expected: [`a: ${fine}`, `b: ${fine}`, `c: ${differs}`, `d: ${fine}`],
  },
  {
    title: 'two aliases of one frontend with other hosts',
    ports: [
      port('a', 0, { type: 'ExternalName', port: 80, externalName: { host: 'a.example' } }),
      port('b', 1, { type: 'ExternalName', port: 81, externalName: { host: 'b.example' } }),
    ],
    expected: [`a: ${fine}`, `b: ${differs}`],
  },
];

describe('judgeFrontend', () => {
  for (const { title, ports, expected } of cases) {
    it(title, () => assert.deepEqual(verdicts(ports), expected));
    it(`${title}, in any order`, () => assert.deepEqual(verdicts(ports.toReversed()), expected));
  }

  it('names the winner and what it has', () => {
    const conditions = judgeFrontend([
      port('first', 0, { port: 80, endPort: 89, familyPolicy: 'SingleStack' }),
      port('second', 1, { port: 85 }),
      port('third', 2, { port: 90, familyPolicy: 'RequireDualStack' }),
    ]);
    assert.equal(
      conditions.get('second')?.[0]?.message,
      'port 85/TCP of type ClusterIP is taken by ServicePort "first", which is older',
    );
    assert.equal(
      conditions.get('third')?.[1]?.message,
      'the frontend has other values for spec.familyPolicy (in effect: "SingleStack" of ServicePort "first")',
    );
  });

  it('always sets both conditions, so that what was wrong before is cleared', () => {
    const [conditions] = judgeFrontend([port('a', 0, { port: 80 })]).values();
    assert.deepEqual(
      conditions?.map(({ type }) => type),
      ['Accepted', 'Conflicted'],
    );
  });
});
