import assert from 'node:assert/strict';
import { allWidgets, type Fixture, startFixture, widget, widgets } from './fixture.ts';
import type { Widget } from './widget.ts';

describe('delete (conformance §11)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
  });
  after(() => server.stop());

  const remove = (name: string, body?: unknown, query = '') =>
    server.call('DELETE', `${widgets}/${name}${query}`, { body });
  const created = async (name: string, metadata = {}): Promise<Widget> =>
    (await server.call('POST', widgets, { body: widget(name, {}, metadata) })).object();

  it('at once: 200 with a Status that carries the uid', async () => {
    const { metadata } = await created('now');
    const answer = await remove('now', { propagationPolicy: 'Background' });
    assert.equal(answer.code, 200);
    assert.deepEqual(answer.json(), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'now', group: 'example.com', kind: 'widgets', uid: metadata.uid },
    });
    assert.equal((await remove('now')).code, 404);
  });

  it('held by a finalizer: 200 with the object, marked once', async () => {
    await created('held', { finalizers: ['example.com/hold'] });
    const answer = await remove('held');
    assert.equal(answer.code, 200);
    const { metadata } = answer.object();
    assert.equal(metadata.deletionTimestamp, '2026-01-02T03:04:05Z');
    assert.equal(metadata.deletionGracePeriodSeconds, 0);
    assert.equal(metadata.generation, 2);
    server.clock.advance(60_000);
    const again = await remove('held');
    assert.deepEqual(again.object().metadata, metadata);
    const orphaning = await remove('held', { propagationPolicy: 'Orphan' });
    assert.deepEqual(orphaning.object().metadata.finalizers, ['example.com/hold', 'orphan']);
    assert.equal(orphaning.object().metadata.deletionTimestamp, metadata.deletionTimestamp);
    assert.equal(orphaning.object().metadata.generation, 2);
    const foreground = await remove('held', { propagationPolicy: 'Foreground' });
    assert.deepEqual(foreground.object().metadata.finalizers, ['example.com/hold', 'foregroundDeletion']);
  });

  it('Foreground and Orphan hold the object for the garbage collector', async () => {
    await created('f');
    assert.deepEqual((await remove('f', { propagationPolicy: 'Foreground' })).object().metadata.finalizers, [
      'foregroundDeletion',
    ]);
    await created('o');
    const orphan = await remove('o', undefined, '?propagationPolicy=Orphan');
    assert.deepEqual(orphan.object().metadata.finalizers, ['orphan']);
  });

  it('orphanDependents: false makes a pending deletion 202', async () => {
    await created('accepted', { finalizers: ['example.com/hold'] });
    assert.equal((await remove('accepted', { orphanDependents: false })).code, 202);
  });

  it('preconditions: 409, naming the Kind', async () => {
    const { metadata } = await created('guarded');
    const uid = await remove('guarded', { preconditions: { uid: 'other' } });
    assert.equal(uid.code, 409);
    assert.equal(
      uid.status().message,
      `Operation cannot be fulfilled on Widget.example.com "guarded": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
    const version = await remove('guarded', { preconditions: { resourceVersion: '1' } });
    assert.match(
      version.status().message ?? '',
      /the ResourceVersion in the precondition \(1\) does not match/,
    );
    const { uid: right, resourceVersion } = metadata;
    assert.equal((await remove('guarded', { preconditions: { uid: right, resourceVersion } })).code, 200);
  });

  it('422 for options that contradict, 400 for options that are none', async () => {
    await created('options');
    const both = await remove('options', { propagationPolicy: 'Orphan', orphanDependents: true });
    assert.equal(both.code, 422);
    assert.match(
      both.status().message ?? '',
      /^DeleteOptions\.meta\.k8s\.io "" is invalid: propagationPolicy/,
    );
    assert.equal((await remove('options', { propagationPolicy: 'Sideways' })).code, 422);
    assert.equal((await remove('options', { dryRun: ['Some'] })).code, 422);
    assert.equal((await remove('options', { kind: 'Pod' })).code, 400);
    assert.equal((await remove('options', { preconditions: { uid: 5 } })).code, 400);
    assert.equal(
      (await remove('options', { kind: 'DeleteOptions', apiVersion: 'example.com/v1' })).code,
      200,
    );
  });

  it('dryRun in the body: as if, with nothing done', async () => {
    await created('dry');
    const answer = await remove('dry', { dryRun: ['All'] });
    assert.equal(answer.json<{ status: string }>().status, 'Success');
    assert.equal((await server.call('GET', `${widgets}/dry`)).code, 200);
  });

  describe('deletecollection', () => {
    it('deletes what is selected and answers with it', async () => {
      const path = '/apis/example.com/v1/namespaces/bulk/widgets';
      for (const [name, color] of [
        ['a', 'red'],
        ['b', 'blue'],
        ['c', 'red'],
      ] as const) {
        await server.call('POST', path, { body: widget(name, { color }, { labels: { color } }) });
      }
      const answer = await server.call('DELETE', `${path}?labelSelector=color=red`);
      assert.equal(answer.code, 200);
      assert.equal(answer.list().kind, 'WidgetList');
      assert.deepEqual(
        answer.list().items.map((item) => item.metadata.name),
        ['a', 'c'],
      );
      const left = (await server.call('GET', path)).list().items;
      assert.deepEqual(
        left.map((item) => item.metadata.name),
        ['b'],
      );
    });

    it('leaves what finalizers hold, and nothing else, to be listed', async () => {
      const path = '/apis/example.com/v1/namespaces/ending/widgets';
      await server.call('POST', path, { body: widget('held', {}, { finalizers: ['example.com/hold'] }) });
      await server.call('POST', path, { body: widget('free') });
      await server.call('DELETE', path, { body: { propagationPolicy: 'Background' } });
      const left = (await server.call('GET', path)).list().items;
      assert.deepEqual(
        left.map((item) => [item.metadata.name, item.metadata.deletionTimestamp !== undefined]),
        [['held', true]],
      );
    });

    it('405 across all namespaces', async () => {
      assert.equal((await server.call('DELETE', allWidgets)).code, 405);
    });
  });
});
