import assert from 'node:assert/strict';
import type { ServicePort } from '../../../../api/services/v3alpha1/types.ts';
import { planFrontend } from '../../../../controllers/frontends/plan.ts';

const now = Date.parse('2026-05-01T12:00:00Z');
const port = (name: string, created: string, spec: Partial<ServicePort['spec']> = {}): ServicePort => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServicePort',
  metadata: { name, namespace: 'shop', generation: 1, creationTimestamp: created },
  spec: { type: 'ClusterIP', groupRef: { name: 'web' }, frontend: 'web', port: 80, protocol: 'TCP', ...spec },
});
const verdicts = (p: ServicePort | undefined) =>
  (p?.status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`);

describe('planFrontend', () => {
  const older = port('b', '2026-05-01T10:00:00Z');
  const younger = port('a', '2026-05-01T11:00:00Z');

  it('accepts the older of two that want the same number', () => {
    const byName = new Map(planFrontend([younger, older], now).map((p) => [p.metadata.name, p]));
    assert.ok(verdicts(byName.get('b')).includes('Accepted=True Accepted'));
    assert.ok(verdicts(byName.get('a')).includes('Accepted=False FrontendConflict'));
  });

  it('writes nothing at rest, and takes the verdict back when the winner goes', () => {
    const judged = planFrontend([younger, older], now);
    assert.deepEqual(planFrontend(judged, now + 1000), []);
    const [alone] = planFrontend(
      judged.filter((p) => p.metadata.name === 'a'),
      now + 1000,
    );
    assert.ok(verdicts(alone).includes('Accepted=True Accepted'));
  });

  it('keeps conditions of others, and marks what is deprecated only while it is', () => {
    const foreign = {
      type: 'Programmed',
      status: 'True',
      reason: 'Done',
      message: '',
      lastTransitionTime: '2026-05-01T10:00:00Z',
    } as const;
    const external = {
      ...port('x', '2026-05-01T10:00:00Z', { type: 'ExternalIP', externalIP: { addresses: ['192.0.2.1'] } }),
      status: { conditions: [foreign] },
    };
    const [judged] = planFrontend([external], now);
    assert.ok(verdicts(judged).includes('Programmed=True Done'));
    assert.ok(verdicts(judged).includes('Deprecated=True DeprecatedField'));
    const [changed] = planFrontend([{ ...older, status: judged?.status ?? {} }], now);
    assert.ok(!verdicts(changed).some((v) => v.startsWith('Deprecated')));
  });
});
