import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createManualClock } from '../../../../client/clock.ts';
import { createWorkqueue } from '../../../../controllers/runtime/workqueue.ts';

const make = () => {
  const clock = createManualClock();
  return { clock, queue: createWorkqueue({ clock, random: () => 1 }) };
};

describe('workqueue', () => {
  it('holds a key once, in the order of its first add', async () => {
    const { queue } = make();
    for (const key of ['a', 'b', 'a']) queue.add(key);
    assert.equal(queue.ready, 2);
    assert.equal(await queue.next(), 'a');
    assert.equal(await queue.next(), 'b');
  });

  it('keeps an add during the work for after it', async () => {
    const { queue } = make();
    queue.add('a');
    assert.equal(await queue.next(), 'a');
    queue.add('a');
    assert.equal(queue.ready, 0, 'not to a second worker');
    queue.done('a');
    assert.equal(queue.ready, 1);
  });

  it('brings a delayed key at the earliest time asked for, once', () => {
    const { clock, queue } = make();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 500);
    queue.addAfter('a', 2000);
    clock.advance(499);
    assert.equal(queue.ready, 0);
    clock.advance(1);
    assert.equal(queue.ready, 1);
    assert.equal(clock.pending, 0);
  });

  it('doubles the wait with each failure up to the cap, until it goes well', async () => {
    const { clock, queue } = make();
    const waits: number[] = [];
    for (let i = 0; i < 18; i++) {
      queue.addBackoff('a');
      let waited = 0;
      while (queue.ready === 0) {
        clock.advance(10);
        waited += 10;
      }
      waits.push(waited);
      queue.done((await queue.next()) ?? '');
    }
    assert.deepEqual(waits.slice(0, 5), [10, 20, 40, 80, 160]);
    assert.equal(waits.at(-1), 120_000);
    queue.forget('a');
    queue.addBackoff('a');
    clock.advance(10);
    assert.equal(queue.ready, 1);
  });

  it('wakes a worker that waits, and lets all go when closed', async () => {
    const { clock, queue } = make();
    const first = queue.next();
    const second = queue.next();
    queue.add('a');
    assert.equal(await first, 'a');
    queue.addAfter('b', 10);
    queue.close();
    assert.equal(await second, undefined);
    assert.equal(await queue.next(), undefined);
    assert.equal(clock.pending, 0, 'no timer is left');
  });

  it('never gives one key to two workers and never forgets an add (property)', async () => {
    const action = fc.record({
      do: fc.constantFrom('add', 'after', 'take', 'done'),
      key: fc.constantFrom('a', 'b', 'c'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { clock, queue } = make();
        const working = new Set<string>();
        const owed = new Set<string>();
        const take = async (): Promise<void> => {
          if (queue.ready === 0) return;
          const key = (await queue.next()) ?? '';
          assert.ok(!working.has(key), 'given to two workers');
          working.add(key);
          owed.delete(key);
        };
        const finish = (key: string): void => {
          working.delete(key);
          queue.done(key);
        };
        for (const { do: what, key } of actions) {
          if (what === 'add' || what === 'after') {
            owed.add(key);
            if (what === 'add') queue.add(key);
            else queue.addAfter(key, 100);
          } else if (what === 'take') await take();
          else if (working.has(key)) finish(key);
        }
        clock.advance(1000);
        for (const key of [...working]) finish(key);
        while (queue.ready > 0) await take();
        assert.deepEqual([...owed], []);
      }),
    );
  });
});
