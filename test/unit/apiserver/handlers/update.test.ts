import assert from 'node:assert/strict';
import { type Fixture, startFixture, widget, widgets } from './fixture.ts';
import type { Widget } from './widget.ts';

describe('update (conformance §9)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
  });
  after(() => server.stop());

  const put = (object: unknown, path = '') =>
    server.call('PUT', `${widgets}/${(object as Widget).metadata.name}${path}`, { body: object });
  const created = async (name: string, spec = {}, metadata = {}): Promise<Widget> => {
    const answer = await server.call('POST', widgets, { body: widget(name, spec, metadata) });
    assert.equal(answer.code, 201, answer.text);
    return answer.object();
  };

  it('200 with a new version; generation counts changes of content, not of metadata', async () => {
    const object = await created('a', { color: 'red' });
    const labelled = await put({ ...object, metadata: { ...object.metadata, labels: { a: 'b' } } });
    assert.equal(labelled.code, 200);
    assert.equal(labelled.object().metadata.generation, 1);
    assert.notEqual(labelled.object().metadata.resourceVersion, object.metadata.resourceVersion);
    const painted = await put({ ...labelled.object(), spec: { mode: 'Auto', color: 'blue' } });
    assert.equal(painted.object().metadata.generation, 2);
    assert.deepEqual((await server.call('GET', `${widgets}/a`)).object(), painted.object());
  });

  it('a write that changes nothing keeps the version and makes no event, whatever the order of keys', async () => {
    const object = await created('still', { color: 'red', size: 1 });
    const watch = await server.stream(
      `${widgets}?watch=true&resourceVersion=${object.metadata.resourceVersion}&fieldSelector=metadata.name=still`,
    );
    const { metadata, spec } = object;
    const reordered = {
      spec: { size: spec.size, color: spec.color },
      metadata: { ...metadata, generation: 99 },
      kind: 'Widget',
      apiVersion: 'example.com/v1',
    };
    const answer = await put(reordered);
    assert.equal(answer.code, 200);
    assert.equal(answer.object().metadata.resourceVersion, metadata.resourceVersion);
    const next = await put({ ...object, spec: { ...spec, size: 2 } });
    const event = await watch.next();
    assert.equal(event?.object.metadata.resourceVersion, next.object().metadata.resourceVersion);
    watch.leave();
  });

  it('409 Conflict for a version that is not the current one', async () => {
    const object = await created('raced');
    await put({ ...object, spec: { mode: 'Auto', color: 'blue' } });
    const answer = await put({ ...object, spec: { mode: 'Auto', color: 'green' } });
    assert.equal(answer.code, 409);
    assert.equal(
      answer.status().message,
      'Operation cannot be fulfilled on widgets.example.com "raced": the object has been modified; please apply your changes to the latest version and try again',
    );
    assert.deepEqual(answer.status().details, { name: 'raced', group: 'example.com', kind: 'widgets' });
  });

  it('422 without a version, with "" or "0"; 400 for one that is none', async () => {
    const { metadata, ...object } = await created('unversioned');
    for (const resourceVersion of [undefined, '', '0']) {
      const answer = await put({ ...object, metadata: { ...metadata, resourceVersion } });
      assert.equal(answer.code, 422);
      assert.equal(
        answer.status().message,
        'widgets.example.com "unversioned" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      );
    }
    const odd = await put({ ...object, metadata: { ...metadata, resourceVersion: 'abc' } });
    assert.equal(odd.code, 400);
    assert.equal(
      odd.status().message,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    );
  });

  it('409 for another uid, 400 for another name, 404 for what is not there', async () => {
    const object = await created('identity');
    const uid = await put({ ...object, metadata: { ...object.metadata, uid: 'other' } });
    assert.equal(uid.code, 409);
    assert.match(
      uid.status().message ?? '',
      /Precondition failed: UID in precondition: other, UID in object meta: /,
    );
    const name = await server.call('PUT', `${widgets}/else`, { body: object });
    assert.equal(name.code, 404);
    await created('else');
    const mismatch = await server.call('PUT', `${widgets}/else`, { body: object });
    assert.equal(mismatch.code, 400);
    assert.equal(
      mismatch.status().message,
      'the name of the object (identity) does not match the name on the URL (else)',
    );
  });

  it('400 for an object without a name, as upstream’s checkName', async () => {
    const { metadata, ...object } = await created('named');
    const { name: _, ...nameless } = metadata;
    const answer = await server.call('PUT', `${widgets}/named`, { body: { ...object, metadata: nameless } });
    assert.equal(answer.code, 400);
    assert.equal(
      answer.status().message,
      'the name of the object (named based on URL) was undeterminable: name must be provided',
    );
  });

  it('keeps what the system wrote: a creation time is ignored, a deletion time refused', async () => {
    const object = await created('kept');
    const { uid: _, creationTimestamp: __, ...rest } = object.metadata;
    const answer = await put({ ...object, metadata: rest, spec: { size: 1 } });
    assert.equal(answer.object().metadata.uid, object.metadata.uid);
    assert.equal(answer.object().metadata.creationTimestamp, object.metadata.creationTimestamp);
    const current = answer.object();
    const early = '2020-01-01T00:00:00Z';
    const changed = await put({ ...current, metadata: { ...current.metadata, creationTimestamp: early } });
    assert.deepEqual(changed.object(), current, 'as kube-apiserver: nothing has changed');
    const deleting = await put({ ...current, metadata: { ...current.metadata, deletionTimestamp: early } });
    assert.equal(deleting.code, 422);
    assert.match(deleting.status().message ?? '', /metadata.deletionTimestamp: .*field is immutable/);
  });

  it('keeps the time of a deletion under way, whatever the request says', async () => {
    await server.call('POST', widgets, { body: widget('going', {}, { finalizers: ['example.com/hold'] }) });
    const marked = (await server.call('DELETE', `${widgets}/going`)).object();
    const metadata = { ...marked.metadata, deletionTimestamp: '2020-01-01T00:00:00Z', labels: { a: 'b' } };
    const answer = await put({ ...marked, metadata });
    assert.equal(answer.code, 200);
    assert.equal(answer.object().metadata.deletionTimestamp, marked.metadata.deletionTimestamp);
    assert.deepEqual(answer.object().metadata.labels, { a: 'b' });
  });

  it('asks the strategy about both objects', async () => {
    const object = await created('immutable');
    const answer = await put({ ...object, spec: { mode: 'Manual' } });
    assert.equal(answer.code, 422);
    assert.equal(answer.status().details?.causes?.[0]?.field, 'spec.mode');
  });

  it('dryRun: the outcome, with nothing stored; conflicts are conflicts all the same', async () => {
    const object = await created('dry', { color: 'red' });
    const body = { ...object, spec: { mode: 'Auto', color: 'blue' } };
    const answer = await server.call('PUT', `${widgets}/dry?dryRun=All`, { body });
    assert.equal(answer.object().spec.color, 'blue');
    assert.equal((await server.call('GET', `${widgets}/dry`)).object().spec.color, 'red');
    await put(body);
    assert.equal((await server.call('PUT', `${widgets}/dry?dryRun=All`, { body })).code, 409);
  });

  describe('status', () => {
    it('changes nothing but the status, and no generation', async () => {
      const object = await created('s', { color: 'red' });
      const answer = await put(
        {
          ...object,
          metadata: { ...object.metadata, labels: { a: 'b' } },
          spec: { mode: 'Auto', color: 'blue' },
          status: { phase: 'Done' },
        },
        '/status',
      );
      assert.equal(answer.code, 200);
      const { metadata, spec, status } = answer.object();
      assert.deepEqual(status, { phase: 'Done' });
      assert.equal(spec.color, 'red');
      assert.equal(metadata.labels, undefined);
      assert.equal(metadata.generation, 1);
    });

    it('is not changed by the main endpoint', async () => {
      const object = await created('m');
      const withStatus = (await put({ ...object, status: { phase: 'Done' } }, '/status')).object();
      const answer = await put({ ...withStatus, spec: { size: 2 }, status: { phase: 'Gone' } });
      assert.deepEqual(answer.object().status, { phase: 'Done' });
      const { status: _, ...bare } = answer.object();
      assert.deepEqual((await put({ ...bare, spec: { size: 3 } })).object().status, { phase: 'Done' });
    });

    it('can be read, and is refused other methods', async () => {
      await created('r');
      assert.equal((await server.call('GET', `${widgets}/r/status`)).object().metadata.name, 'r');
      assert.equal((await server.call('DELETE', `${widgets}/r/status`)).code, 405);
    });
  });

  describe('finalizers', () => {
    it('taking the last one away completes the deletion in the same call', async () => {
      await created('held', {}, { finalizers: ['example.com/hold'] });
      const marked = await server.call('DELETE', `${widgets}/held`);
      const object = marked.object();
      const watch = await server.stream(
        `${widgets}?watch=true&resourceVersion=${object.metadata.resourceVersion}`,
      );
      const { finalizers: _, ...metadata } = object.metadata;
      const answer = await put({ ...object, metadata });
      assert.equal(answer.code, 200);
      assert.equal(answer.object().metadata.name, 'held');
      assert.equal((await server.call('GET', `${widgets}/held`)).code, 404);
      const event = await watch.next();
      assert.equal(event?.type, 'DELETED');
      assert.equal(event?.object.metadata.resourceVersion, answer.object().metadata.resourceVersion);
      watch.leave();
    });

    it('422 for a new one while deleting', async () => {
      await created('closing', {}, { finalizers: ['example.com/hold'] });
      const object = (await server.call('DELETE', `${widgets}/closing`)).object();
      const finalizers = ['example.com/hold', 'example.com/more'];
      const answer = await put({ ...object, metadata: { ...object.metadata, finalizers } });
      assert.equal(answer.code, 422);
      assert.match(
        answer.status().message ?? '',
        /no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example.com\/more"\}/,
      );
    });
  });
});
