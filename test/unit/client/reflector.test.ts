import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ApiError } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { createManualClock } from '../../../client/clock.ts';
import { backoff, createReflector, type ReflectorState } from '../../../client/reflector.ts';
import { createFakeCollection, type FakeCollection, settle } from './fake-collection.ts';

interface Heard {
  readonly cache: Map<string, string>;
  /** `<type> <name>@<version>` */
  readonly events: string[];
  replaces: number;
}

function start(collection: FakeCollection, options: { readonly watchList?: boolean } = {}) {
  const clock = createManualClock();
  const heard: Heard = { cache: new Map(), events: [], replaces: 0 };
  const states: ReflectorState[] = [];
  const stop = new AbortController();
  const id = (o: KubeObject): [string, string] => [o.metadata.name ?? '', o.metadata.resourceVersion ?? ''];
  const reflector = createReflector({
    client: collection.client,
    clock,
    random: () => 0.5,
    ...options,
    onState: (state) => states.push(state),
    sink: {
      replace(objects) {
        heard.replaces += 1;
        heard.cache.clear();
        for (const object of objects) heard.cache.set(...id(object));
      },
      changed(type, object) {
        const [name, version] = id(object);
        heard.events.push(`${type} ${name}@${version}`);
        if (type === 'DELETED') heard.cache.delete(name);
        else heard.cache.set(name, version);
      },
    },
  });
  const finished = reflector.run(stop.signal);
  return {
    clock,
    heard,
    states,
    reflector,
    async stop() {
      stop.abort();
      await finished;
    },
    /** Lets every wait pass until the copy stands still. */
    async quiesce() {
      for (let i = 0; i < 8; i++) {
        await settle();
        clock.advance(60_000);
      }
      await settle();
    },
  };
}

describe('reflector', () => {
  for (const watchList of [true, false]) {
    describe(watchList ? 'with streaming lists' : 'with paged lists', () => {
      it('fills, then follows', async () => {
        const things = createFakeCollection({ watchList });
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) things.put(name);
        const run = start(things);
        await settle();
        assert.equal(run.heard.replaces, 1);
        assert.deepEqual(Object.fromEntries(run.heard.cache), things.state());
        things.put('h');
        things.remove('a');
        await settle();
        assert.deepEqual(Object.fromEntries(run.heard.cache), things.state());
        assert.deepEqual(run.heard.events, ['ADDED h@9', 'DELETED a@10']);
        await run.stop();
        assert.equal(run.reflector.state.kind, 'stopped');
      });

      it('resumes where it was after a cut, without listing again', async () => {
        const things = createFakeCollection({ watchList });
        things.put('a');
        const run = start(things);
        await settle();
        things.put('b');
        await settle();
        things.endWatches('cut');
        things.put('c');
        await run.quiesce();
        assert.equal(run.heard.replaces, 1);
        assert.deepEqual(run.heard.events, ['ADDED b@3', 'ADDED c@4']);
        await run.stop();
      });

      it('lists again when its history is gone', async () => {
        const things = createFakeCollection({ watchList });
        things.put('a');
        const run = start(things);
        await settle();
        things.endWatches('cut');
        things.remove('a');
        things.put('b');
        things.compact();
        await run.quiesce();
        assert.equal(run.heard.replaces, 2);
        assert.deepEqual(Object.fromEntries(run.heard.cache), things.state());
        await run.stop();
      });
    });
  }

  it('moves its resume point by bookmarks', async () => {
    const things = createFakeCollection({ watchList: false });
    things.put('a');
    const run = start(things);
    await settle();
    // History before the bookmark is gone, and no event of this watch was newer.
    things.bookmark();
    await settle();
    things.compact();
    things.endWatches('cut');
    await run.quiesce();
    assert.equal(run.heard.replaces, 1);
    await run.stop();
  });

  it('falls back to paged lists for good where streaming lists are refused', async () => {
    const things = createFakeCollection({ watchList: false });
    things.put('a');
    const run = start(things);
    await settle();
    assert.equal(things.lists, 1);
    const watches = things.watches;
    things.endWatches('expired');
    await run.quiesce();
    assert.equal(things.lists, 2);
    assert.equal(things.watches, watches + 1, 'no second attempt at a streaming list');
    await run.stop();
  });

  it('waits longer after each failure, and says why', async () => {
    const things = createFakeCollection({ watchList: false });
    const cause = new ApiError('Forbidden', 'things is forbidden');
    for (let i = 0; i < 3; i++) things.failNextList(cause);
    const run = start(things, { watchList: false });
    for (let i = 0; i < 4; i++) {
      await settle();
      run.clock.advance(10_000);
    }
    await settle();
    const waits = run.states.filter((s) => s.kind === 'waiting');
    assert.deepEqual(
      waits.map((s) => s.milliseconds),
      [375, 750, 1500],
    );
    assert.ok(waits.every((s) => s.cause === cause));
    assert.equal(run.reflector.state.kind, 'watching');
    await run.stop();
  });

  it('does not hammer a server that ends every watch at once', async () => {
    const things = createFakeCollection({ watchList: false });
    const run = start(things);
    await settle();
    const before = things.watches;
    things.endWatches('clean');
    await settle();
    assert.equal(run.reflector.state.kind, 'waiting');
    assert.equal(things.watches, before);
    await run.stop();
  });

  it('gives up a streaming list that stays silent', async () => {
    const things = createFakeCollection({ watchList: true });
    things.put('a');
    const silent: FakeCollection = {
      ...things,
      client: {
        ...things.client,
        watch: (parameters) =>
          parameters.sendInitialEvents === true
            ? silence(parameters.signal)
            : things.client.watch(parameters),
      },
    };
    const run = start(silent);
    await run.quiesce();
    assert.deepEqual(Object.fromEntries(run.heard.cache), things.state());
    await run.stop();
  });

  it('never waits longer than the cap', () => {
    assert.equal(backoff(1, 0), 250);
    assert.equal(backoff(1, 0.999), 500);
    assert.equal(backoff(1_000, 0.999), 29_985);
  });

  it('ends equal to the server, each event told once, whatever is dropped (property)', async function () {
    this.timeout(60_000);
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('put' as const), name: fc.constantFrom(...'abcdefgh') }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('remove' as const), name: fc.constantFrom(...'abcdefgh') }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('clean', 'cut', 'expired') }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('bookmark', 'compact', 'failList', 'time', 'settle') }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 40 }), async (watchList, steps) => {
        const things = createFakeCollection({ watchList });
        const run = start(things);
        for (const s of steps) await perform(things, run.clock.advance, s);
        await run.quiesce();
        assert.deepEqual(Object.fromEntries(run.heard.cache), things.state());
        assert.equal(new Set(run.heard.events).size, run.heard.events.length, 'an event was told twice');
        const versions = run.heard.events.map((e) => Number(e.split('@')[1]));
        assert.deepEqual(
          versions,
          versions.toSorted((a, b) => a - b),
          'events were reordered',
        );
        await run.stop();
      }),
      { numRuns: 150 },
    );
  });
});

type Step = { readonly do: string; readonly name?: string };

async function perform(things: FakeCollection, advance: (ms: number) => void, step: Step): Promise<void> {
  switch (step.do) {
    case 'put':
      return things.put(step.name ?? 'a');
    case 'remove':
      return things.remove(step.name ?? 'a');
    case 'clean':
    case 'cut':
    case 'expired':
      return things.endWatches(step.do);
    case 'bookmark':
      return things.bookmark();
    case 'compact':
      return things.compact();
    case 'failList':
      return things.failNextList(new ApiError('ServiceUnavailable', 'later'));
    case 'time':
      return advance(20_000);
    default:
      return settle();
  }
}

async function* silence(signal: AbortSignal): AsyncGenerator<never, void, void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}
