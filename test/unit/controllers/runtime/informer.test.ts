import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { createManualClock } from '../../../../client/clock.ts';
import { createInformer } from '../../../../controllers/runtime/informer.ts';
import { createFakeCollection, settle } from '../../client/fake-collection.ts';

function start() {
  const things = createFakeCollection({ watchList: true });
  const clock = createManualClock();
  const stop = new AbortController();
  const informer = createInformer<KubeObject>({
    client: things.client,
    clock,
    random: () => 0.5,
    indexes: { initial: (o) => [(o.metadata.name ?? '').slice(0, 1)] },
  });
  const events: string[] = [];
  const listen = () => informer.subscribe((e) => events.push(`${e.type} ${e.key}`));
  return { things, clock, informer, events, listen, run: () => informer.run(stop.signal), stop };
}

describe('informer', () => {
  it('is synced when the first fill is done, and answers by key and index', async () => {
    const { things, informer, run, stop } = start();
    for (const name of ['apple', 'avocado', 'beet']) things.put(name);
    assert.equal(informer.synced, false);
    const finished = run();
    await informer.whenSynced();
    assert.equal(informer.get('n/beet')?.metadata.name, 'beet');
    assert.deepEqual(
      informer.byIndex('initial', 'a').map((o) => o.metadata.name),
      ['apple', 'avocado'],
    );
    things.remove('apple');
    await settle();
    assert.deepEqual(
      informer.byIndex('initial', 'a').map((o) => o.metadata.name),
      ['avocado'],
    );
    assert.equal(informer.list().length, 2);
    assert.throws(() => informer.byIndex('colour', 'red'), /no index "colour"/);
    stop.abort();
    await finished;
  });

  it('tells a late subscriber what is there, then what changes', async () => {
    const { things, informer, events, listen, run } = start();
    things.put('a');
    void run();
    await informer.whenSynced();
    const unsubscribe = listen();
    things.put('a');
    things.put('b');
    things.remove('a');
    await settle();
    assert.deepEqual(events, ['added n/a', 'modified n/a', 'added n/b', 'deleted n/a']);
    unsubscribe();
    things.put('c');
    await settle();
    assert.equal(events.length, 4);
  });

  it('tells only differences after a relist: changed, vanished, and made anew under the same name', async () => {
    const { things, clock, events, listen, run } = start();
    for (const name of ['same', 'changed', 'gone', 'anew']) things.put(name);
    void run();
    await settle();
    listen();
    events.length = 0;
    things.endWatches('expired');
    things.put('changed');
    things.remove('gone');
    things.remove('anew');
    things.put('anew');
    things.compact();
    await settle();
    clock.advance(60_000);
    await settle();
    assert.deepEqual(events.toSorted(), [
      'added n/anew',
      'deleted n/anew',
      'deleted n/gone',
      'modified n/changed',
    ]);
  });

  it('outlives a listener that throws', async () => {
    const { things, informer, events, listen, run } = start();
    informer.subscribe(() => {
      throw new Error('a bug');
    });
    listen();
    void run();
    things.put('a');
    await settle();
    assert.deepEqual(events, ['added n/a']);
  });
});
