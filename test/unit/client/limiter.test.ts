import assert from 'node:assert/strict';
import { createManualClock } from '../../../client/clock.ts';
import { createLimiter } from '../../../client/limiter.ts';
import { settle } from './fake-collection.ts';

describe('limiter', () => {
  it('lets so many in at once, first come first served', async () => {
    const limiter = createLimiter(createManualClock(), 2, undefined);
    const order: number[] = [];
    const releases = await Promise.all([limiter.acquire(), limiter.acquire()]);
    for (const n of [3, 4]) void limiter.acquire().then(() => order.push(n));
    await settle();
    assert.deepEqual(order, []);
    releases[0]?.();
    releases[0]?.(); // giving back twice frees one place only
    await settle();
    assert.deepEqual(order, [3]);
    releases[1]?.();
    await settle();
    assert.deepEqual(order, [3, 4]);
  });

  it('allows a burst, then so many a second', async () => {
    const clock = createManualClock();
    const limiter = createLimiter(clock, 100, { perSecond: 10, burst: 3 });
    let passed = 0;
    for (let i = 0; i < 6; i++) {
      void limiter.acquire().then((release) => {
        passed += 1;
        release();
      });
    }
    await settle();
    assert.equal(passed, 3);
    clock.advance(100);
    await settle();
    assert.equal(passed, 4);
    clock.advance(200);
    await settle();
    assert.equal(passed, 6);
  });
});
