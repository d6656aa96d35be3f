import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Status } from '../../../../api/meta/status.ts';
import { StorageError } from '../../../../apiserver/storage/errors.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import {
  allWidgets,
  type EventStream,
  type Fixture,
  startFixture,
  whileTimePasses,
  widget,
  widgets,
} from './fixture.ts';

describe('watch (conformance §8)', () => {
  let server: Fixture;
  const open: EventStream[] = [];
  before(async () => {
    server = await startFixture();
    for (const name of ['a', 'b']) {
      await server.call('POST', widgets, {
        body: widget(name, { color: 'red' }, { labels: { color: 'red' } }),
      });
    }
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.leave();
  });
  after(() => server.stop());

  const watch = async (query = '', headers: Record<string, string> = {}): Promise<EventStream> => {
    const stream = await server.stream(`${widgets}?watch=true${query}`, { headers });
    open.push(stream);
    return stream;
  };
  const now = async () => (await server.call('GET', widgets)).list().metadata.resourceVersion ?? '';
  const update = async (name: string, change: (object: ReturnType<typeof widget>) => unknown) => {
    const { ...object } = (await server.call('GET', `${widgets}/${name}`)).object();
    return server.call('PUT', `${widgets}/${name}`, { body: change(object) });
  };

  it('without a version: ADDED for what is there, then live, as JSON lines', async () => {
    const stream = await watch();
    assert.equal(stream.code, 200);
    assert.equal(stream.headers['content-type'], 'application/json');
    const first = await stream.next();
    assert.equal(first?.type, 'ADDED');
    assert.deepEqual(first?.object, (await server.call('GET', `${widgets}/a`)).object());
    assert.equal((await stream.next())?.object.metadata.name, 'b');
    await server.call('POST', widgets, { body: widget('c') });
    assert.equal((await stream.next())?.object.metadata.name, 'c');
    await server.call('DELETE', `${widgets}/c`);
    const deleted = await stream.next();
    assert.equal(deleted?.type, 'DELETED');
    assert.equal(deleted?.object.metadata.name, 'c');
    assert.equal(deleted?.object.metadata.resourceVersion, await now());
  });

  it('from a version: what came after it, in order', async () => {
    const version = await now();
    await update('a', (o) => ({ ...o, spec: { mode: 'Auto', color: 'red', size: 1 } }));
    await update('b', (o) => ({ ...o, spec: { mode: 'Auto', color: 'red', size: 1 } }));
    const stream = await watch(`&resourceVersion=${version}`);
    assert.deepEqual(
      [(await stream.next())?.object.metadata.name, (await stream.next())?.object.metadata.name],
      ['a', 'b'],
    );
  });

  it('selector transitions: in is ADDED, out is DELETED with the state before and the version of the change', async () => {
    const stream = await watch(`&resourceVersion=${await now()}&labelSelector=color%3Dred`);
    const out = await update('a', (o) => ({
      ...o,
      metadata: { ...(o as { metadata: object }).metadata, labels: { color: 'blue' } },
    }));
    const left = await stream.next();
    assert.equal(left?.type, 'DELETED');
    assert.deepEqual(left?.object.metadata.labels, { color: 'red' });
    assert.equal(left?.object.metadata.resourceVersion, out.object().metadata.resourceVersion);
    await update('a', (o) => ({
      ...o,
      metadata: { ...(o as { metadata: object }).metadata, labels: { color: 'red' } },
    }));
    assert.equal((await stream.next())?.type, 'ADDED');
  });

  it('one object by name, from version 0: its state first (kubectl get -w, wait)', async () => {
    const stream = await watch('&resourceVersion=0&fieldSelector=metadata.name%3Db');
    const first = await stream.next();
    assert.deepEqual([first?.type, first?.object.metadata.name], ['ADDED', 'b']);
  });

  it('the deprecated /watch/ paths: a collection, and one object', async () => {
    const stream = await server.stream('/apis/example.com/v1/watch/namespaces/shop/widgets');
    open.push(stream);
    assert.equal((await stream.next())?.object.metadata.name, 'a');
    const one = await server.stream('/apis/example.com/v1/watch/namespaces/shop/widgets/b');
    open.push(one);
    assert.equal((await one.next())?.object.metadata.name, 'b');
  });

  it('across namespaces', async () => {
    const stream = await server.stream(`${allWidgets}?watch=1&resourceVersion=${await now()}`);
    open.push(stream);
    await server.call('POST', '/apis/example.com/v1/namespaces/far/widgets', { body: widget('z') });
    assert.equal((await stream.next())?.object.metadata.namespace, 'far');
  });

  it('watch-list: everything, then a bookmark that says so', async () => {
    const stream = await watch(
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    );
    assert.equal((await stream.next())?.type, 'ADDED');
    assert.equal((await stream.next())?.type, 'ADDED');
    const bookmark = await stream.next();
    assert.deepEqual(bookmark, {
      type: 'BOOKMARK',
      object: {
        kind: 'Widget',
        apiVersion: 'example.com/v1',
        metadata: { resourceVersion: await now(), annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
  });

  it('sendInitialEvents=false: nothing of what is there', async () => {
    const stream = await watch('&sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
    const event = stream.next();
    await turn();
    await server.call('POST', widgets, { body: widget('fresh') });
    assert.equal((await event)?.object.metadata.name, 'fresh');
    await server.call('DELETE', `${widgets}/fresh`);
  });

  it('422 for options that do not go together', async () => {
    for (const [query, message] of [
      [
        'sendInitialEvents=true',
        'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ],
      [
        'resourceVersionMatch=NotOlderThan',
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ],
      ['sendInitialEvents=true&resourceVersionMatch=Exact', null],
    ] as const) {
      const answer = await server.call('GET', `${widgets}?watch=true&${query}`);
      assert.equal(answer.code, 422, query);
      if (message !== null)
        assert.equal(answer.status().message, `ListOptions.meta.k8s.io "" is invalid: ${message}`);
    }
  });

  it('a version from the future opens and waits; a watch-list from the future is a 504 event', async () => {
    const version = Number(await now()) + 2;
    const stream = await watch(`&resourceVersion=${version}`);
    const event = stream.next();
    for (const name of ['f1', 'f2', 'f3']) await server.call('POST', widgets, { body: widget(name) });
    assert.equal((await event)?.object.metadata.name, 'f3');
    const list = await watch(
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=999999',
    );
    const error = await whileTimePasses(server.clock, list.next<Status>());
    assert.equal(error?.type, 'ERROR');
    assert.equal(error?.object.code, 504);
    assert.equal(await list.next(), undefined);
    for (const name of ['f1', 'f2', 'f3']) await server.call('DELETE', `${widgets}/${name}`);
  });

  it('a version that history no longer reaches: 200, then an ERROR event 410, then the end', async () => {
    const folder = temporaryFolder('history');
    const before = await startFixture({ folder });
    for (const name of ['a', 'b']) await before.call('POST', widgets, { body: widget(name) });
    await before.stop();
    const fresh = await startFixture({ folder, compacted: true });
    try {
      const stream = await fresh.stream(`${widgets}?watch=true&resourceVersion=1`);
      assert.equal(stream.code, 200);
      const error = await stream.next<Status>();
      assert.equal(error?.type, 'ERROR');
      assert.equal(error?.object.code, 410);
      assert.equal(error?.object.reason, 'Expired');
      assert.match(error?.object.message ?? '', /^too old resource version: 1 \(\d+\)$/);
      assert.equal(await stream.next(), undefined);
    } finally {
      await fresh.stop();
      folder.remove();
    }
  });

  it('ends cleanly when its time is up, and leaves no timer when the client goes', async () => {
    const timed = await watch(`&timeoutSeconds=5&resourceVersion=${await now()}`);
    const end = timed.next();
    await turn();
    server.clock.advance(4_999);
    server.clock.advance(1);
    assert.equal(await end, undefined);
    const before = server.clock.pending;
    const left = await watch(`&resourceVersion=${await now()}`);
    const gone = left.next();
    await turn();
    assert.equal(server.clock.pending, before + 1);
    left.leave();
    assert.equal(await gone, undefined);
    assert.equal(server.clock.pending, before);
  });

  it('bookmarks about once a minute, where nothing changed too, and none that claims initial events', async () => {
    const stream = await watch(`&allowWatchBookmarks=true&resourceVersion=${await now()}`);
    const event = await whileTimePasses(server.clock, stream.next());
    assert.deepEqual(event, {
      type: 'BOOKMARK',
      object: { kind: 'Widget', apiVersion: 'example.com/v1', metadata: { resourceVersion: await now() } },
    });
  });

  it('a bookmark two seconds before the time is up, so that the client resumes without a gap', async () => {
    const stream = await watch(`&allowWatchBookmarks=true&timeoutSeconds=20&resourceVersion=${await now()}`);
    const began = server.clock.now();
    const event = await whileTimePasses(server.clock, stream.next());
    assert.equal(event?.type, 'BOOKMARK');
    const seconds = (server.clock.now() - began) / 1000;
    assert.ok(seconds >= 18 && seconds < 20, `after ${seconds} s`);
    assert.equal(await whileTimePasses(server.clock, stream.next()), undefined);
  });

  it('a client too slow for its buffer: the stream ends without an error, and nothing was skipped', async () => {
    const small = await startFixture({ limits: { historyChanges: 10, batchEvents: 5 } });
    try {
      const stream = await small.stream(`${widgets}?watch=true`);
      await small.call('POST', widgets, { body: widget('w0') });
      const names = [(await stream.next())?.object.metadata.name];
      for (let i = 1; i <= 40; i++) await small.call('POST', widgets, { body: widget(`w${i}`) });
      for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
        assert.equal(event.type, 'ADDED');
        names.push(event.object.metadata.name);
      }
      assert.ok(names.length < 41, 'it was overtaken');
      assert.deepEqual(
        names,
        names.map((_, i) => `w${i}`),
      );
    } finally {
      await small.stop();
    }
  });

  it('a watch-list while the store is away: 503, not 410', async () => {
    let away = false;
    const broken = await startFixture({
      storage: (storage) =>
        new Proxy(storage, {
          get(target, key) {
            if (away && key === 'currentRevision') {
              return () => Promise.reject(new StorageError('Unavailable', 'away'));
            }
            const member: unknown = Reflect.get(target, key);
            return typeof member === 'function' ? member.bind(target) : member;
          },
        }),
    });
    try {
      away = true;
      const stream = await broken.stream(`${widgets}?watch=true`);
      const event = await stream.next<Status>();
      assert.equal(event?.type, 'ERROR');
      assert.equal(event?.object.code, 503);
      assert.equal(await stream.next(), undefined);
    } finally {
      away = false;
      await broken.stop();
    }
  });

  it('406 where only YAML is accepted', async () => {
    const answer = await server.call('GET', `${widgets}?watch=true`, {
      headers: { accept: 'application/yaml' },
    });
    assert.equal(answer.code, 406);
    assert.match(answer.text, /only the following media types are accepted: application\/json;stream=watch/);
  });

  it('as Table: only the first event has columns', async () => {
    const stream = await watch('', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    const first = await stream.next<{ columnDefinitions: unknown[]; rows: { cells: unknown[] }[] }>();
    assert.equal(first?.object.columnDefinitions.length, 3);
    assert.deepEqual(first?.object.rows[0]?.cells.slice(0, 2), ['a', 'red']);
    const second = await stream.next<{ columnDefinitions: unknown }>();
    assert.equal(second?.object.columnDefinitions, null);
  });

  it('as PartialObjectMetadata, bookmarks too', async () => {
    const stream = await watch(
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      {
        accept:
          'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
      },
    );
    for (const type of ['ADDED', 'ADDED', 'BOOKMARK']) {
      const event = await stream.next();
      assert.equal(event?.type, type);
      assert.equal(event?.object.kind, 'PartialObjectMetadata');
      assert.equal(event?.object.apiVersion, 'meta.k8s.io/v1');
      assert.equal('spec' in (event?.object ?? {}), false);
    }
  });
});
