import assert from 'node:assert/strict';
import {
  type Allowed,
  answerDifferences,
  type Difference,
  judge,
  MAX_ALLOWED,
  readAllowed,
} from '../../conformance/differential/compare.ts';
import { normalise } from '../../conformance/differential/normalise.ts';

const answer = (code: number, body: unknown) => ({ code, headers: {}, body });

describe('differences of answers', () => {
  it('are found in every depth, with their place', () => {
    const ours = answer(200, { a: [{ b: 1 }], c: [1], d: 1 });
    const theirs = answer(200, { a: [{ b: 2 }], c: [1, 2], e: 1 });
    assert.deepEqual(
      answerDifferences(ours, theirs).map(({ at }) => at),
      ['body.a[0].b', 'body.c', 'body.d', 'body.e'],
    );
    assert.deepEqual(answerDifferences(ours, ours), []);
  });

  it('are one where the codes differ', () => {
    assert.deepEqual(answerDifferences(answer(400, { message: 'no' }), answer(200, { kind: 'A' })), [
      { at: 'code', ours: '400 no', theirs: '200' },
    ]);
  });

  it('are not what any two servers differ in', () => {
    const wire = (group: string, rv: string, time: string) =>
      normalise({
        code: 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(
          JSON.stringify({
            apiVersion: `${group}/v3alpha1`,
            metadata: { resourceVersion: rv, creationTimestamp: time },
          }),
        ),
      });
    const ours = wire('services.x-k8s.io', '5', '2026-01-01T00:00:00Z');
    assert.deepEqual(answerDifferences(ours, wire('services.y-k8s.io', '77', '2027-01-01T00:00:00Z')), []);
    assert.equal(answerDifferences(ours, wire('services.y-k8s.io', '0', '2027-01-01T00:00:00Z')).length, 1);
  });
});

describe('allowed differences', () => {
  const difference = (step: string, at: string): Difference => ({
    step,
    request: '',
    at,
    ours: 1,
    theirs: 2,
  });
  const allowed: Allowed = {
    allowed: [{ id: 'one', because: 'b', source: 'observed 1', steps: '^s: a$', at: '^code$', ours: '^1$' }],
    open: [{ id: 'two', because: 'b', steps: '^s: b$' }],
  };

  it('explain what they fit, and nothing else', () => {
    const verdict = judge([difference('s: a', 'code'), difference('s: a', 'body')], allowed);
    assert.deepEqual(
      verdict.unexplained.map(({ at }) => at),
      ['body'],
    );
    assert.deepEqual(
      verdict.unused.map(({ id }) => id),
      ['two'],
    );
  });

  it('need a source, and are few', () => {
    const entry = (source: string) => `{id: a, because: b, source: '${source}'}`;
    assert.equal(readAllowed(`{allowed: [${entry('observed 25')}], open: []}`).allowed.length, 1);
    assert.throws(() => readAllowed(`{allowed: [${entry('observed 26')}], open: []}`), /its source/);
    assert.throws(() => readAllowed('{allowed: [{id: a, because: b}], open: []}'), /its source/);
    const many = Array.from({ length: MAX_ALLOWED + 1 }, () => entry('observed 1')).join(', ');
    assert.throws(() => readAllowed(`{allowed: [${many}], open: []}`), /more than 30/);
  });
});
