import assert from 'node:assert/strict';
import type { Revision } from '../../../../../apiserver/storage/storage.ts';
import { Freshness } from '../../../../../apiserver/storage/watchcache/freshness.ts';
import { createManualClock } from '../../../../../client/clock.ts';

const at = (revision: number): Revision => revision as Revision;
const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function bench() {
  const questions: PromiseWithResolvers<Revision>[] = [];
  let progressRequests = 0;
  const source = {
    currentRevision: () => {
      const question = Promise.withResolvers<Revision>();
      questions.push(question);
      return question.promise;
    },
    requestProgress: () => {
      progressRequests++;
    },
  };
  const freshness = new Freshness(source, createManualClock(), at(10));
  return { freshness, questions, progressRequests: () => progressRequests };
}

describe('freshness', () => {
  it('who comes while a question is on its way shares the next one', async () => {
    const { freshness, questions } = bench();
    const first = freshness.consistent(never);
    const late = [freshness.consistent(never), freshness.consistent(never), freshness.consistent(never)];
    assert.equal(questions.length, 1);
    questions[0]?.resolve(at(10));
    assert.equal(await first, 10);
    await turn();
    assert.equal(questions.length, 2, 'the answer to the first may be older than their call');
    questions[1]?.resolve(at(12));
    await turn();
    freshness.advance(at(12));
    assert.deepEqual(await Promise.all(late), [12, 12, 12]);
    assert.equal(questions.length, 2);
  });

  it('waits for the caches, and asks for progress only when they are behind', async () => {
    const { freshness, questions, progressRequests } = bench();
    const level = freshness.consistent(never);
    questions[0]?.resolve(at(10));
    await level;
    assert.equal(progressRequests(), 0);
    let done = false;
    const behind = freshness.consistent(never).then(() => {
      done = true;
    });
    questions[1]?.resolve(at(11));
    await turn();
    assert.deepEqual([done, progressRequests()], [false, 1]);
    freshness.advance(at(11));
    await behind;
  });

  it('a store that fails is told to everybody who asked, and asked anew by the next', async () => {
    const { freshness, questions } = bench();
    const results = [freshness.consistent(never), freshness.consistent(never)];
    questions[0]?.reject(new Error('gone'));
    await assert.rejects(results[0] as Promise<Revision>, /gone/);
    await turn();
    questions[1]?.resolve(at(10));
    assert.equal(await results[1], 10);
  });
});
