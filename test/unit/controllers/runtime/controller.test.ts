import assert from 'node:assert/strict';
import { createManualClock } from '../../../../client/clock.ts';
import { createController } from '../../../../controllers/runtime/controller.ts';
import type { Outcome } from '../../../../controllers/runtime/types.ts';
import { settle } from '../../client/fake-collection.ts';

function start(answers: (Outcome | Error | 'hang')[], workers = 1) {
  const clock = createManualClock();
  const calls: string[] = [];
  const controller = createController({
    clock,
    random: () => 1,
    workers,
    reconciler: {
      name: 'test',
      reconcile(key, signal) {
        calls.push(key);
        const answer = answers.shift() ?? { kind: 'done' };
        if (answer instanceof Error) return Promise.reject(answer);
        if (answer !== 'hang') return Promise.resolve(answer);
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('cut off'))),
        );
      },
    },
  });
  const stop = new AbortController();
  return { clock, calls, controller, stop, finished: controller.run(stop.signal) };
}

describe('controller', () => {
  it('leaves a key alone after done and stop', async () => {
    for (const answer of [{ kind: 'done' }, { kind: 'stop', cause: new Error('x') }] as const) {
      const { clock, calls, controller } = start([answer]);
      controller.queue.add('a');
      await settle();
      clock.advance(600_000);
      await settle();
      assert.deepEqual(calls, ['a']);
    }
  });

  it('looks again after the time', async () => {
    const { clock, calls, controller } = start([{ kind: 'after', milliseconds: 1000 }]);
    controller.queue.add('a');
    await settle();
    clock.advance(999);
    await settle();
    assert.equal(calls.length, 1);
    clock.advance(1);
    await settle();
    assert.equal(calls.length, 2);
  });

  it('retries with backoff what failed or threw', async () => {
    const { clock, calls, controller } = start([{ kind: 'retry', cause: new Error('x') }, new Error('bug')]);
    controller.queue.add('a');
    await settle();
    clock.advance(10);
    await settle();
    assert.equal(calls.length, 2);
    clock.advance(10);
    await settle();
    assert.equal(calls.length, 2, 'the second wait is longer');
    clock.advance(10);
    await settle();
    assert.equal(calls.length, 3);
  });

  it('abandons a reconcile that hangs', async () => {
    const { clock, calls, controller } = start(['hang']);
    controller.queue.add('a');
    await settle();
    clock.advance(180_000);
    await settle();
    clock.advance(10);
    await settle();
    assert.equal(calls.length, 2);
  });

  it('stops after the work under way', async () => {
    const { controller, stop, finished, calls } = start(['hang', 'hang'], 2);
    for (const key of ['a', 'b', 'c']) controller.queue.add(key);
    await settle();
    stop.abort();
    await finished;
    assert.deepEqual(calls, ['a', 'b']);
  });
});
