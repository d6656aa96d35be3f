import assert from 'node:assert/strict';
import type { Endpoint, ServiceGroup } from '../../../../api/services/v3alpha1/types.ts';
import { planGroup } from '../../../../controllers/groups/plan.ts';

const now = Date.parse('2026-05-01T12:00:00Z');
const group = (spec: Partial<ServiceGroup['spec']> = {}): ServiceGroup => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServiceGroup',
  metadata: { name: 'web', namespace: 'shop', generation: 3 },
  spec: { selector: { matchLabels: { app: 'web' } }, network: 'default', publish: 'Ready', ...spec },
});
const endpoint = (name: string, zone: string | undefined, conditions: Record<string, boolean>): Endpoint => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'Endpoint',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-05-01T11:00:00Z' },
  spec: {
    addresses: [{ ip: '10.0.0.1', network: 'default' }],
    weight: 100,
    ...(zone === undefined ? {} : { zone }),
  },
  status: {
    conditions: Object.entries(conditions).map(([type, value]) => ({
      type,
      status: value ? 'True' : 'False',
      lastTransitionTime: '2026-05-01T11:59:00Z',
      reason: 'R',
      message: '',
    })),
  },
});
const members = [
  endpoint('a', 'z1', { Ready: true, Serving: true, Terminating: false }),
  endpoint('b', 'z1', { Ready: false, Serving: true, Terminating: true }),
  endpoint('c', undefined, { Ready: false, Serving: false, Terminating: false }),
];

describe('planGroup', () => {
  it('counts states and zones, and says whether traffic has somewhere to go', () => {
    const { write } = planGroup(group(), members, now);
    assert.deepEqual(write?.status?.endpoints, { total: 3, ready: 1, serving: 2, terminating: 1 });
    assert.deepEqual(write?.status?.zones, [
      { zone: '', total: 1, ready: 0 },
      { zone: 'z1', total: 2, ready: 1 },
    ]);
    assert.deepEqual(write?.status?.conditions, [
      {
        type: 'Populated',
        status: 'True',
        reason: 'EndpointsAdmitted',
        message: 'at least one endpoint may receive traffic',
        observedGeneration: 3,
        lastTransitionTime: '2026-05-01T12:00:00Z',
      },
    ]);
  });

  it('writes nothing at rest', () => {
    const first = planGroup(group(), members, now).write;
    assert.ok(first);
    assert.equal(planGroup(structuredClone(first), members, now + 60_000).write, undefined);
  });

  it('tells an empty group from one whose endpoints are held back', () => {
    const reason = (g: ServiceGroup, m: Endpoint[]) =>
      planGroup(g, m, now).write?.status?.conditions?.[0]?.reason;
    assert.equal(reason(group(), []), 'NoEndpoints');
    assert.equal(reason(group(), members.slice(2)), 'NoneAdmitted');
    assert.equal(reason(group({ publish: 'All' }), members.slice(2)), 'EndpointsAdmitted');
  });

  it('asks to look again while a gate can time out', () => {
    const gated = (seconds?: number) =>
      group({
        readinessGates: [{ conditionType: 'lb.example.com/Programmed' }],
        ...(seconds === undefined ? {} : { gateTimeoutSeconds: seconds }),
      });
    assert.equal(planGroup(gated(), members, now).hasDeadline, false);
    assert.equal(planGroup(gated(7200), members, now).hasDeadline, true);
    const passed = planGroup(gated(600), members, now);
    assert.deepEqual([passed.hasDeadline, passed.write?.status?.endpoints?.ready], [false, 1]);
  });
});
