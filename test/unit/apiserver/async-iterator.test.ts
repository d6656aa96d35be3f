import assert from 'node:assert/strict';
import { type MapOptions, mapIterator } from '../../../apiserver/async-iterator.ts';

async function* numbers(returned: () => void = () => {}): AsyncGenerator<number> {
  try {
    yield 1;
    yield 2;
    yield 3;
  } finally {
    returned();
  }
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new Error('broken');
}

async function all<U>(iterator: AsyncIterable<U>): Promise<U[]> {
  const values: U[] = [];
  for await (const value of iterator) values.push(value);
  return values;
}

/** Tells how often it was finished. */
function mapped<U>(options: Omit<MapOptions<number, U>, 'finished'>) {
  const seen = { finished: 0 };
  return { seen, iterator: mapIterator<number, U>({ ...options, finished: () => void seen.finished++ }) };
}

describe('a mapped iterator', () => {
  it('gives every value changed, leaves out undefined, and finishes once', async () => {
    const { iterator, seen } = mapped({
      open: () => numbers(),
      change: (n) => (n === 2 ? undefined : `n${n}`),
    });
    assert.deepEqual(await all(iterator), ['n1', 'n3']);
    assert.equal((await iterator.next()).done, true);
    assert.equal(seen.finished, 1);
  });

  it('ends the source when its reader stops', async () => {
    let returned = 0;
    const { iterator, seen } = mapped({
      open: () => numbers(() => void returned++),
      change: (n) => n,
    });
    for await (const n of iterator) if (n === 2) break;
    assert.deepEqual([returned, seen.finished], [1, 1]);
  });

  it('opens nothing that nobody reads, and still finishes', async () => {
    const { iterator, seen } = mapped({ open: () => assert.fail('opened'), change: (n) => n });
    await iterator.return?.();
    assert.equal((await iterator.next()).done, true);
    assert.equal(seen.finished, 1);
  });

  it('closes what opens after its reader has gone', async () => {
    let closed = 0;
    const source = {
      ...numbers(),
      next: () => assert.fail('read'),
      return: async () => ({ done: true as const, value: void closed++ }),
    };
    const gate = Promise.withResolvers<AsyncIterator<number>>();
    const { iterator } = mapped({ open: () => gate.promise, change: (n) => n });
    const pending = iterator.next();
    await iterator.return?.();
    gate.resolve(source);
    assert.equal((await pending).done, true);
    assert.equal(closed, 1);
  });

  it('passes a failure on, or says it as its last value, or just ends', async () => {
    await assert.rejects(all(mapped({ open: broken, change: (n) => n }).iterator), /broken/);
    const told = mapped({ open: broken, change: (n) => String(n), failed: (e) => (e as Error).message });
    assert.deepEqual(await all(told.iterator), ['1', 'broken']);
    const silent = mapped({ open: broken, change: (n) => n, failed: () => undefined });
    assert.deepEqual(await all(silent.iterator), [1]);
    assert.deepEqual([told.seen.finished, silent.seen.finished], [1, 1]);
  });

  it('ends the source when a value cannot be changed', async () => {
    let returned = 0;
    const { iterator } = mapped({
      open: () => numbers(() => void returned++),
      change: () => {
        throw new Error('cannot');
      },
    });
    await assert.rejects(iterator.next(), /cannot/);
    assert.equal(returned, 1);
  });
});
