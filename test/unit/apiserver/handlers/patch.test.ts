import assert from 'node:assert/strict';
import type { Storage } from '../../../../apiserver/storage/storage.ts';
import { type Fixture, startFixture, widget, widgets } from './fixture.ts';
import type { Widget } from './widget.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';

describe('patch (conformance §10)', () => {
  let server: Fixture;
  /** Runs once between the read and the write of the next update. */
  let race: (() => Promise<unknown>) | undefined;

  before(async () => {
    server = await startFixture({ storage: racing });
  });
  after(() => server.stop());

  function racing(storage: Storage): Storage {
    const update: Storage['update'] = async (...parameters) => {
      const interrupt = race;
      race = undefined;
      await interrupt?.();
      return storage.update(...parameters);
    };
    return new Proxy(storage, {
      get: (target, key) => {
        if (key === 'update') return update;
        const value = Reflect.get(target, key) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  const patch = (name: string, type: string, body: unknown, query = '') =>
    server.call('PATCH', `${widgets}/${name}${query}`, { body, headers: { 'content-type': type } });
  const created = async (name: string, spec = {}, metadata = {}): Promise<Widget> =>
    (await server.call('POST', widgets, { body: widget(name, spec, metadata) })).object();

  it('merge patch: sets, and removes with null', async () => {
    await created('m', { color: 'red' }, { labels: { a: '1', b: '2' } });
    const answer = await patch('m', `${merge}; charset=utf-8`, {
      metadata: { labels: { a: null, c: '3' } },
      spec: { size: 4, color: null },
    });
    assert.equal(answer.code, 200);
    assert.deepEqual(answer.object().metadata.labels, { b: '2', c: '3' });
    assert.deepEqual(answer.object().spec, { mode: 'Auto', size: 4 });
    assert.equal(answer.object().metadata.generation, 2);
  });

  it('JSON patch: add, replace, remove, test; replace of a missing member adds it', async () => {
    await created('j', { color: 'red' });
    const answer = await patch('j', json, [
      { op: 'test', path: '/spec/color', value: 'red' },
      { op: 'replace', path: '/spec/size', value: 3 },
      { op: 'add', path: '/spec/tags', value: ['a'] },
      { op: 'add', path: '/spec/tags/-', value: 'b' },
      { op: 'remove', path: '/spec/color' },
    ]);
    assert.equal(answer.code, 200, answer.text);
    assert.deepEqual(answer.object().spec, { mode: 'Auto', size: 3, tags: ['a', 'b'] });
  });

  it('422 for a JSON patch that does not apply, without telling where', async () => {
    await created('f');
    for (const operations of [
      [{ op: 'test', path: '/spec/color', value: 'blue' }],
      [{ op: 'remove', path: '/spec/missing' }],
      [{ op: 'add', path: '/a/b/c', value: 1 }],
      [{ op: 'frobnicate', path: '/spec' }],
      [{ op: 'add', path: '/__proto__/polluted', value: true }],
    ]) {
      const answer = await patch('f', json, operations);
      assert.equal(answer.code, 422, JSON.stringify(operations));
      assert.equal(answer.status().reason, 'Invalid');
      assert.equal(answer.status().message, 'the server rejected our request due to an error in our request');
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('null: nothing as a JSON patch, 400 as a merge patch', async () => {
    const object = await created('null');
    const nothing = await patch('null', json, 'null');
    assert.equal(nothing.code, 200);
    assert.equal(nothing.object().metadata.resourceVersion, object.metadata.resourceVersion);
    const wrong = await patch('null', merge, 'null');
    assert.equal(wrong.code, 400);
    assert.equal(wrong.status().message, 'Invalid JSON Patch');
  });

  it('413 above 10,000 operations', async () => {
    await created('many');
    const operations = new Array(10_001).fill({ op: 'test', path: '/kind', value: 'Widget' });
    const answer = await patch('many', json, operations);
    assert.equal(answer.code, 413);
    assert.equal(
      answer.status().message,
      'The allowed maximum operations in a JSON patch is 10000, got 10001',
    );
  });

  it('strategic merge patch: by the schema, and strips the one owner that goes', async () => {
    const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'Pod', name: uid, uid });
    const finalizers = ['example.com/a'];
    const { uid } = (
      await created('s', { tags: ['a'] }, { finalizers, ownerReferences: [owner('u1'), owner('u2')] })
    ).metadata;
    // The garbage collector's own patch (pkg/controller/garbagecollector/patch.go).
    const orphaning = { metadata: { ownerReferences: [{ $patch: 'delete', uid: 'u1' }], uid } };
    assert.equal((await patch('s', strategic, orphaning)).code, 200);
    const answer = await patch('s', strategic, {
      metadata: { finalizers: ['example.com/b'] },
      spec: { tags: ['b'], size: 2 },
    });
    assert.equal(answer.code, 200, answer.text);
    assert.deepEqual(answer.object().metadata.ownerReferences, [owner('u2')]);
    assert.deepEqual(answer.object().metadata.finalizers, ['example.com/b', 'example.com/a']);
    assert.deepEqual(answer.object().spec, { mode: 'Auto', size: 2, tags: ['b'] });
    await patch('s', strategic, { metadata: { ownerReferences: [{ $patch: 'delete', uid: 'u2' }], uid } });
    const last = (await server.call('GET', `${widgets}/s`)).object();
    assert.ok(!('ownerReferences' in last.metadata), 'an empty list is absent');
    const other = await patch('s', strategic, { metadata: { ...orphaning.metadata, uid: 'another' } });
    assert.equal(other.code, 422);
    await patch('s', merge, { metadata: { finalizers: null } });
  });

  it('strategic merge patch: 400 in upstream’s words, and strict problems with the patch as Go shows it', async () => {
    await created('sw');
    for (const [body, message] of [
      ['{', 'unexpected end of JSON input'],
      ['[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
      [{ metadata: { $retainKeys: 1 } }, 'invalid patch format of retainKeys'],
      [{ spec: { $patch: 'x', size: 1 } }, 'unknown patch type: x in map: map[$patch:x size:1]'],
    ] as const) {
      const answer = await patch('sw', strategic, body);
      assert.equal(answer.code, 400, answer.text);
      assert.equal(answer.status().message, message);
    }
    const strict = await patch('sw', strategic, { spec: { bogus: 1 } }, '?fieldValidation=Strict');
    assert.equal(strict.code, 422);
    assert.equal(
      strict.status().message,
      ' "" is invalid: patch: Invalid value: "map[spec:map[bogus:1]]": strict decoding error: unknown field "spec.bogus"',
    );
    assert.deepEqual(Object.keys(strict.status().details ?? {}), ['causes']);
    assert.equal((await patch('sw', strategic, 'null')).code, 200);
  });

  it('415 for other types, naming ours', async () => {
    await created('types');
    for (const type of ['application/x-apply-patch+yaml', 'text/plain']) {
      const answer = await patch('types', type, {});
      assert.equal(answer.code, 415);
      assert.equal(
        answer.status().message,
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
      );
    }
  });

  it('404 for what is not there; 422 for force', async () => {
    assert.equal((await patch('missing', merge, {})).code, 404);
    const forced = await patch('types', merge, {}, '?force=true');
    assert.equal(forced.code, 422);
    assert.match(forced.status().message ?? '', /^PatchOptions.* force: Forbidden: may not be specified/);
  });

  it('unknown and duplicate fields: Warning, or with Strict 422 on `patch`', async () => {
    await created('strict');
    const body = '{"spec":{"bogus":1,"size":1,"size":2}}';
    const warned = await patch('strict', merge, body);
    assert.equal(warned.code, 200);
    assert.deepEqual(warned.warnings, ['unknown field "spec.bogus"', 'duplicate field "spec.size"']);
    const refused = await patch('strict', merge, body, '?fieldValidation=Strict');
    assert.equal(refused.code, 422);
    assert.match(refused.status().message ?? '', /^ "" is invalid: patch: Invalid value: "\{/);
    assert.match(refused.status().message ?? '', /strict decoding error: unknown field "spec.bogus"/);
  });

  it('a uid in the patch is immutable: 422', async () => {
    await created('uid');
    const answer = await patch('uid', merge, { metadata: { uid: 'other' } });
    assert.equal(answer.code, 422);
    assert.equal(answer.status().details?.causes?.[0]?.field, 'metadata.uid');
  });

  it('is applied again after a lost race', async () => {
    await created('race', {}, { labels: { a: '1' } });
    race = () => patch('race', merge, { metadata: { labels: { b: '2' } } });
    const answer = await patch('race', merge, { metadata: { labels: { c: '3' } } });
    assert.equal(answer.code, 200);
    assert.deepEqual(answer.object().metadata.labels, { a: '1', b: '2', c: '3' });
  });

  it('a version in the patch makes it hold for that version only: 409', async () => {
    const object = await created('pinned');
    const { resourceVersion } = object.metadata;
    race = () => patch('pinned', merge, { spec: { size: 1 } });
    const answer = await patch('pinned', merge, { metadata: { resourceVersion }, spec: { size: 2 } });
    assert.equal(answer.code, 409);
    assert.equal((await server.call('GET', `${widgets}/pinned`)).object().spec.size, 1);
  });

  it('status: only the status', async () => {
    await created('status');
    const answer = await server.call('PATCH', `${widgets}/status/status`, {
      body: { status: { phase: 'Done' }, spec: { size: 9 } },
      headers: { 'content-type': merge },
    });
    assert.deepEqual(answer.object().status, { phase: 'Done' });
    assert.equal(answer.object().spec.size, undefined);
  });
});
