import assert from 'node:assert/strict';
import {
  endpointForGroup,
  endpointState,
  type GroupView,
} from '../../../../../../api/services/v3alpha1/endpoint/readiness.ts';
import type { Endpoint } from '../../../../../../api/services/v3alpha1/types.ts';

type Status = 'True' | 'False' | 'Unknown';
const created = '2026-01-01T00:00:00Z';
const changed = '2026-01-01T00:01:00Z';

function endpoint(conditions: Readonly<Record<string, Status>>, targetKind?: string): Endpoint {
  return {
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind: 'Endpoint',
    metadata: { name: 'a', creationTimestamp: created },
    spec: { weight: 100, ...(targetKind === undefined ? {} : { targetRef: { kind: targetKind } }) },
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({
        type,
        status,
        lastTransitionTime: changed,
        reason: 'Tested',
        message: '',
      })),
    },
  };
}

const facts = (e: Endpoint): string => {
  const { conditionsReady, serving, terminating } = endpointState(e);
  return [conditionsReady && 'ready', serving && 'serving', terminating && 'terminating']
    .filter(Boolean)
    .join(' ');
};

describe('endpointState', () => {
  const cases: readonly (readonly [title: string, endpoint: Endpoint, expected: string])[] = [
    ['nothing said of a host', endpoint({}), 'ready serving'],
    ['nothing said of a pod', endpoint({}, 'Pod'), ''],
    ['nothing said of another object', endpoint({}, 'VirtualMachine'), 'ready serving'],
    ['a serving pod', endpoint({ Serving: 'True' }, 'Pod'), 'ready serving'],
    ['serving and terminating', endpoint({ Serving: 'True', Terminating: 'True' }), 'serving terminating'],
    ['terminating alone, of a host', endpoint({ Terminating: 'True' }), 'serving terminating'],
    ['terminating alone, of a pod', endpoint({ Terminating: 'True' }, 'Pod'), 'terminating'],
    ['not serving', endpoint({ Serving: 'False' }), ''],
    ['unknown is not True', endpoint({ Serving: 'Unknown' }), ''],
    [
      'Ready is a fact of its own',
      endpoint({ Ready: 'True', Serving: 'False', Terminating: 'True' }),
      'ready terminating',
    ],
    ['Ready false wins over Serving', endpoint({ Ready: 'False', Serving: 'True' }), 'serving'],
  ];
  for (const [title, given, expected] of cases) {
    it(title, () => assert.equal(facts(given), expected));
  }
  it('needs no status', () => {
    const { status: _, ...bare } = endpoint({});
    assert.equal(facts(bare), 'ready serving');
  });
});

describe('endpointForGroup', () => {
  const gate = 'lb.example.com/Programmed';
  const group = (publish: GroupView['publish'], gates: readonly string[] = []): GroupView => ({
    publish,
    readinessGates: gates.map((conditionType) => ({ conditionType })),
  });

  const admits: readonly (readonly [
    title: string,
    Endpoint,
    GroupView,
    admitted: boolean,
    pending: boolean,
  ])[] = [
    ['Ready admits the ready', endpoint({}), group('Ready'), true, false],
    ['Ready refuses the terminating', endpoint({ Terminating: 'True' }), group('Ready'), false, false],
    ['Ready waits for a gate', endpoint({}), group('Ready', [gate]), false, true],
    [
      'a gate of another value does not pass',
      endpoint({ [gate]: 'Unknown' }),
      group('Ready', [gate]),
      false,
      true,
    ],
    ['a gate that is True passes', endpoint({ [gate]: 'True' }), group('Ready', [gate]), true, false],
    [
      'who is not ready does not wait for a gate',
      endpoint({ Serving: 'False' }),
      group('Ready', [gate]),
      false,
      false,
    ],
    ['Serving admits the terminating', endpoint({ Terminating: 'True' }), group('Serving'), true, false],
    ['Serving asks for gates too', endpoint({}), group('Serving', [gate]), false, true],
    [
      'Serving refuses who does not answer',
      endpoint({ Ready: 'True', Serving: 'False' }),
      group('Serving'),
      false,
      false,
    ],
    ['All admits everyone, gates or not', endpoint({ Serving: 'False' }), group('All', [gate]), true, false],
  ];
  for (const [title, given, view, admitted, pending] of admits) {
    it(title, () => {
      const state = endpointForGroup(given, view);
      assert.deepEqual({ admitted: state.admitted, pending: state.pending }, { admitted, pending });
    });
  }

  it('is ready only with every gate, even for a group that publishes all', () => {
    assert.equal(endpointForGroup(endpoint({}), group('All', [gate])).ready, false);
    assert.equal(endpointForGroup(endpoint({ [gate]: 'True' }), group('All', [gate])).ready, true);
  });

  it('lists the gates it waits for, in the order of the group', () => {
    const state = endpointForGroup(
      endpoint({ 'b.example/B': 'True' }),
      group('Ready', ['c/C', 'b.example/B', 'a/A']),
    );
    assert.deepEqual(state.waitingFor, ['c/C', 'a/A']);
  });

  describe('gateTimeoutSeconds', () => {
    const view: GroupView = { ...group('Ready', [gate]), gateTimeoutSeconds: 30 };
    const at = (time: string) => new Date(Date.parse(time));

    it('counts from the creation where nobody set the gate', () => {
      assert.equal(endpointForGroup(endpoint({}), view, at('2026-01-01T00:00:29Z')).admitted, false);
      const late = endpointForGroup(endpoint({}), view, at('2026-01-01T00:00:30Z'));
      assert.deepEqual([late.admitted, late.ready, late.timedOut, late.waitingFor], [true, true, [gate], []]);
    });
    it('counts from the last change where somebody did', () => {
      const closed = endpoint({ [gate]: 'False' });
      assert.equal(endpointForGroup(closed, view, at('2026-01-01T00:01:29Z')).admitted, false);
      assert.equal(endpointForGroup(closed, view, at('2026-01-01T00:01:30Z')).admitted, true);
    });
    it('does not pass who is not ready otherwise', () => {
      const state = endpointForGroup(endpoint({ Serving: 'False' }), view, at('2027-01-01T00:00:00Z'));
      assert.deepEqual([state.admitted, state.ready], [false, false]);
    });
    it('needs a clock: without one gates hold', () => {
      assert.equal(endpointForGroup(endpoint({}), view).admitted, false);
    });
    it('left out: gates hold for ever', () => {
      const state = endpointForGroup(endpoint({}), group('Ready', [gate]), at('2027-01-01T00:00:00Z'));
      assert.equal(state.admitted, false);
    });
  });
});
