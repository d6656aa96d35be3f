import assert from 'node:assert/strict';
import { allWidgets, type Fixture, gadgets, startFixture, widget, widgets } from './fixture.ts';

describe('dispatch (observed behaviours 16–18)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
    await server.call('POST', widgets, { body: widget('a') });
  });
  after(() => server.stop());

  it('405 Status for a known path and another method', async () => {
    for (const [method, path] of [
      ['POST', `${widgets}/a`],
      ['PUT', widgets],
      ['PATCH', widgets],
      ['POST', allWidgets],
      ['DELETE', allWidgets],
      ['POST', `${widgets}/a/status`],
      ['OPTIONS', widgets],
      ['TRACE', `${widgets}/a`],
      ['HEAD', `${widgets}/a`],
      ['BREW', `${widgets}/a`],
    ] as const) {
      const answer = await server.call(method, path, { body: {} });
      assert.equal(answer.code, 405, `${method} ${path}`);
      assert.equal(answer.status().reason, 'MethodNotAllowed');
      assert.equal(
        answer.status().message,
        'the server does not allow this method on the requested resource',
      );
    }
  });

  it('does what was authorized: a verb in the path is no way around', async () => {
    // Authorization knows these as "watch" and "proxy", whatever the method.
    for (const [method, path] of [
      ['DELETE', '/apis/example.com/v1/watch/namespaces/shop/widgets/a'],
      ['PATCH', '/apis/example.com/v1/watch/namespaces/shop/widgets/a'],
      ['PUT', '/apis/example.com/v1/watch/namespaces/shop/widgets/a'],
      ['DELETE', '/apis/example.com/v1/watch/namespaces/shop/widgets'],
      ['POST', '/apis/example.com/v1/watch/namespaces/shop/widgets'],
    ] as const) {
      const answer = await server.call(method, path, { body: widget('b') });
      assert.equal(answer.code, 405, `${method} ${path}`);
    }
    for (const path of ['widgets', 'widgets/a']) {
      const answer = await server.call('GET', `/apis/example.com/v1/proxy/namespaces/shop/${path}`);
      assert.equal(answer.text, '404 page not found\n', path);
    }
    const list = (await server.call('GET', widgets)).list();
    assert.deepEqual(
      list.items.map((item) => item.metadata.name),
      ['a'],
    );
  });

  it('404 text for paths that nobody serves', async () => {
    for (const path of [
      '/apis/example.com/v1/namespaces/shop/gizmos',
      '/apis/example.com/v2/namespaces/shop/widgets',
      `${widgets}/a/status/deep`,
      `${allWidgets}/a`,
      '/apis/example.com/v1/namespaces/shop/gadgets',
    ]) {
      const answer = await server.call('GET', path);
      assert.equal(answer.code, 404, path);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(answer.text, '404 page not found\n');
    }
  });

  it('404 Status for an unknown subresource, and for the status of a kind without one', async () => {
    const scale = await server.call('GET', `${widgets}/a/scale`);
    assert.equal(scale.code, 404);
    assert.equal(scale.status().message, 'widgets.example.com "a" not found');
    assert.equal((await server.call('GET', `${gadgets}/g/status`)).status().reason, 'NotFound');
  });

  it('429 with Retry-After while the caches load', async () => {
    const fresh = await startFixture({ unready: true });
    const answer = await fresh.call('GET', widgets);
    assert.equal(answer.code, 429);
    assert.equal(answer.headers['retry-after'], '1');
    await fresh.stop();
  });
});

describe('formats of answers (conformance §6)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
    for (const name of ['a', 'b'])
      await server.call('POST', widgets, { body: widget(name, { color: 'red' }) });
  });
  after(() => server.stop());

  const get = (target: string, accept: string, headers = {}) =>
    server.call('GET', target, { headers: { accept, ...headers } });
  const kubectl =
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

  it('kubectl get: a Table with metadata in its rows and the list’s version', async () => {
    const answer = await get(`${widgets}?limit=1`, kubectl);
    const table = answer.json<{
      kind: string;
      apiVersion: string;
      metadata: Record<string, unknown>;
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } }[];
    }>();
    assert.equal(table.kind, 'Table');
    assert.equal(table.apiVersion, 'meta.k8s.io/v1');
    assert.deepEqual(
      table.columnDefinitions.map((column) => [column.name, column.priority]),
      [
        ['Name', 0],
        ['Color', 0],
        ['Siblings', 1],
      ],
    );
    assert.deepEqual(table.rows[0]?.cells, ['a', 'red', 1]);
    assert.equal(table.rows[0]?.object.kind, 'PartialObjectMetadata');
    assert.equal(typeof table.metadata.resourceVersion, 'string');
    assert.equal(typeof table.metadata.continue, 'string');
    assert.equal(table.metadata.remainingItemCount, 1);
  });

  it('includeObject: Object, None, or 400', async () => {
    type Rows = { rows: { object: { kind: string } | null }[] };
    assert.equal(
      (await get(`${widgets}?includeObject=Object`, kubectl)).json<Rows>().rows[0]?.object?.kind,
      'Widget',
    );
    assert.equal((await get(`${widgets}?includeObject=None`, kubectl)).json<Rows>().rows[0]?.object, null);
    assert.equal((await get(`${widgets}?includeObject=All`, kubectl)).code, 400);
    assert.equal((await get(`${widgets}?includeObject=All`, 'application/json')).code, 200);
  });

  it('writes answer as Table too; a Status stays a Status', async () => {
    const created = await server.call('POST', widgets, { body: widget('t'), headers: { accept: kubectl } });
    assert.equal(created.code, 201);
    assert.equal(created.json<{ kind: string }>().kind, 'Table');
    const removed = await server.call('DELETE', `${widgets}/t`, { headers: { accept: kubectl } });
    assert.equal(removed.json<{ kind: string }>().kind, 'Status');
    assert.equal((await get(`${widgets}/t`, kubectl)).status().kind, 'Status');
  });

  it('the metadata client: PartialObjectMetadata(List), its protobuf clause skipped', async () => {
    const as = (kind: string) =>
      `application/vnd.kubernetes.protobuf;as=${kind};g=meta.k8s.io;v=v1,application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
    const list = (await get(widgets, as('PartialObjectMetadataList'))).list();
    assert.equal(list.kind, 'PartialObjectMetadataList');
    assert.equal(list.items[0]?.kind, 'PartialObjectMetadata');
    assert.equal('spec' in (list.items[0] ?? {}), false);
    const object = (await get(`${widgets}/a`, as('PartialObjectMetadata'))).object();
    assert.equal(object.kind, 'PartialObjectMetadata');
    const mismatch = await get(widgets, as('PartialObjectMetadata'));
    assert.equal(mismatch.code, 406);
    assert.match(
      mismatch.status().message ?? '',
      /^you requested PartialObjectMetadata, but the requested object is a list/,
    );
  });

  it('a transform for an object asked of a list, and the other way round: 406', async () => {
    for (const [path, as] of [
      [widgets, 'PartialObjectMetadata'],
      [`${widgets}/a`, 'PartialObjectMetadataList'],
    ] as const) {
      const answer = await server.call('GET', path, {
        headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` },
      });
      assert.equal(answer.code, 406);
      assert.match(
        answer.status().message ?? '',
        new RegExp(`^you requested ${as}, but the requested object is`),
      );
    }
  });

  it('406 as indented JSON where nothing of ours is accepted', async () => {
    const answer = await get(widgets, 'application/vnd.kubernetes.protobuf');
    assert.equal(answer.code, 406);
    assert.equal(
      answer.status().message,
      'only the following media types are accepted: application/json, application/yaml',
    );
    assert.match(answer.text, /^\{\n {2}"kind": "Status",/);
  });

  it('YAML in and out', async () => {
    const yaml = 'kind: Widget\nmetadata:\n  name: yaml\nspec:\n  color: "yes"\n';
    const created = await server.call('POST', widgets, {
      body: yaml,
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
    });
    assert.equal(created.code, 201);
    assert.equal(created.headers['content-type'], 'application/yaml');
    assert.match(created.text, /^apiVersion: example.com\/v1\nkind: Widget\nmetadata:\n/);
    assert.match(created.text, /\n {2}color: "yes"\n/);
    await server.call('DELETE', `${widgets}/yaml`);
  });

  it('pretty=true, and people’s user agents', async () => {
    assert.match((await get(`${widgets}/a?pretty=true`, '*/*')).text, /^\{\n {2}"/);
    assert.match((await get(`${widgets}/a`, '*/*', { 'user-agent': 'curl/8' })).text, /^\{\n {2}"/);
    assert.match((await get(`${widgets}/a?pretty=false`, '*/*', { 'user-agent': 'curl/8' })).text, /^\{"/);
  });
});
