import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ApiError } from '../../../../api/meta/api-error.ts';
import { createReviewClient } from '../../../../apiserver/auth/review-client.ts';
import { createManualClock, type ManualClock } from '../../../../client/clock.ts';
import type { ApiClient } from '../../../../client/types.ts';

const busy = new ApiError('TooManyRequests', 'busy');
const refusal = new ApiError('Forbidden', 'no');

/** A kube-apiserver that gives these answers, and when it was asked. */
function answering(clock: ManualClock, answers: readonly unknown[]) {
  const asked: number[] = [];
  const request = async (): Promise<unknown> => {
    const answer = answers[asked.length];
    asked.push(clock.now());
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, client: { request } as unknown as ApiClient };
}

async function settledWith<T>(clock: ManualClock, promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  let result: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([promise]).then(([only]) => {
    result = only;
  });
  for (let step = 0; step < 200 && result === undefined; step++) {
    await turn();
    clock.advance(50);
  }
  if (result === undefined) throw new Error('no answer within ten seconds');
  return result;
}

describe('review client', () => {
  it('asks again with growing waits, until an answer or five tries', async () => {
    const clock = createManualClock();
    const passing = answering(clock, [busy, new Error('connection reset'), { status: 'here' }]);
    const create = (client: ApiClient) =>
      createReviewClient(client, clock).create('authentication.k8s.io/v1', 'tokenreviews', {});
    const answer = await settledWith(clock, create(passing.client));
    assert.deepEqual(answer, { status: 'fulfilled', value: { status: 'here' } });
    const [first = 0, second = 0, third = 0] = passing.asked;
    assert.ok(second - first >= 500 && third - second >= 750, String(passing.asked));

    const failing = answering(
      clock,
      Array.from({ length: 9 }, () => busy),
    );
    assert.equal((await settledWith(clock, create(failing.client))).status, 'rejected');
    assert.equal(failing.asked.length, 5);
  });

  it('takes a refusal for an answer', async () => {
    const clock = createManualClock();
    const { asked, client } = answering(clock, [refusal, { status: 'never seen' }]);
    const review = createReviewClient(client, clock).create(
      'authorization.k8s.io/v1',
      'subjectaccessreviews',
      {},
    );
    const answer = await settledWith(clock, review);
    assert.deepEqual(answer, { status: 'rejected', reason: refusal });
    assert.equal(asked.length, 1);
  });
});
