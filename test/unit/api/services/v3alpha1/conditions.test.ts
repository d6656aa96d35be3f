import assert from 'node:assert/strict';
import type { Condition } from '../../../../../api/meta/types.ts';
import {
  setTransitionTimes,
  validateConditions,
} from '../../../../../api/services/v3alpha1/condition-rules.ts';

const now = '2026-02-02T00:00:00Z';
const before = '2026-01-01T00:00:00Z';
const given = '2026-01-15T00:00:00Z';

/** As a client sends it: the time may be absent. */
const condition = (type: string, status: Condition['status'], time?: string): Condition =>
  ({
    type,
    status,
    reason: 'Tested',
    message: '',
    ...(time === undefined ? {} : { lastTransitionTime: time }),
  }) as Condition;

const withConditions = (...conditions: Condition[]) => ({ status: { conditions } });
const own = 'lb.example.com/Programmed';

describe('setTransitionTimes', () => {
  const cases: readonly (readonly [
    title: string,
    sent: Condition,
    old: Condition | undefined,
    string | undefined,
  ])[] = [
    ['a new condition without a time', condition(own, 'True'), undefined, now],
    ['a new condition with a time', condition(own, 'True', given), undefined, given],
    ['no time, the status as before', condition(own, 'True'), condition(own, 'True', before), before],
    ['no time, another status', condition(own, 'False'), condition(own, 'True', before), now],
    ['the old time, another status', condition(own, 'False', before), condition(own, 'True', before), now],
    [
      'another time, the status as before',
      condition(own, 'True', given),
      condition(own, 'True', before),
      given,
    ],
    [
      'a type without a domain keeps what its writer says',
      condition('Ready', 'False', given),
      condition('Ready', 'True', before),
      given,
    ],
    ['a type without a domain gets no time', condition('Ready', 'True'), undefined, undefined],
  ];
  for (const [title, sent, old, expected] of cases) {
    it(title, () => {
      const object = withConditions(sent);
      setTransitionTimes(object, old === undefined ? undefined : withConditions(old), now);
      assert.equal(object.status.conditions[0]?.lastTransitionTime, expected);
    });
  }

  it('leaves the list that was given alone', () => {
    const shared = Object.freeze([Object.freeze(condition(own, 'True'))]) as Condition[];
    const object = { status: Object.freeze({ conditions: shared }) };
    setTransitionTimes(object, undefined, now);
    assert.equal(shared[0]?.lastTransitionTime, undefined);
    assert.equal(object.status.conditions[0]?.lastTransitionTime, now);
  });

  it('needs no status', () => {
    const object: { status?: { conditions?: Condition[] } } = {};
    setTransitionTimes(object, undefined, now);
    assert.deepEqual(object, {});
  });
});

describe('validateConditions', () => {
  it('asks for the times that are still missing', () => {
    const errors = validateConditions(
      withConditions(condition('Ready', 'True', now), condition('Serving', 'True')),
    );
    assert.deepEqual(
      errors.map((e) => e.field),
      ['status.conditions[1].lastTransitionTime'],
    );
  });
});
