import assert from 'node:assert/strict';
import { startCompaction } from '../../../../apiserver/storage/compaction.ts';
import type { Revision } from '../../../../apiserver/storage/storage.ts';
import { createManualClock } from '../../../../client/clock.ts';

const INTERVAL = 1_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('compaction on a timer', () => {
  function bench(claim?: () => Promise<boolean>) {
    const clock = createManualClock();
    const compacted: number[] = [];
    const reports: string[] = [];
    const store = { revision: 100, failing: false };
    const target = {
      currentRevision: async () => {
        if (store.failing) throw new Error('gone');
        return store.revision as Revision;
      },
      compact: async (revision: Revision) => {
        compacted.push(revision);
      },
      ...(claim === undefined ? {} : { claim }),
    };
    const stop = startCompaction(target, clock, INTERVAL, (problem) => reports.push(problem));
    const round = async (revision: number): Promise<void> => {
      store.revision = revision;
      clock.advance(INTERVAL);
      await turn();
    };
    return { clock, compacted, reports, store, stop, round };
  }

  it('compacts to where the store stood a round ago', async () => {
    const { compacted, round, stop, clock } = bench();
    for (const revision of [100, 150, 200]) await round(revision);
    assert.deepEqual(compacted, [100, 150]);
    await stop();
    assert.equal(clock.pending, 0);
  });

  it('leaves a round to another replica that has claimed it', async () => {
    const claims = [true, false, true];
    const { compacted, round, stop } = bench(async () => claims.shift() ?? false);
    for (const revision of [100, 150, 200]) await round(revision);
    assert.deepEqual(compacted, [150]);
    await stop();
  });

  it('goes on after a round that failed', async () => {
    const { compacted, reports, round, store, stop } = bench();
    await round(100);
    store.failing = true;
    await round(150);
    store.failing = false;
    await round(200);
    assert.deepEqual([compacted, reports.length], [[100], 1]);
    await stop();
  });
});
