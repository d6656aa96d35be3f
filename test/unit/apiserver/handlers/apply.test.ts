import assert from 'node:assert/strict';
import { ApiError } from '../../../../api/meta/api-error.ts';
import { type Answer, type Fixture, gadgets, startFixture, widget, widgets } from './fixture.ts';

describe('server-side apply over HTTP (conformance §10)', () => {
  let server: Fixture;
  let mayCreate = true;

  before(async () => {
    server = await startFixture({
      requireRight: async ({ verb }) => {
        if (!mayCreate) throw new ApiError('Forbidden', `may not ${verb}`);
      },
    });
  });
  afterEach(() => {
    mayCreate = true;
  });
  after(() => server.stop());

  const send = (path: string, body: unknown, query = '?fieldManager=m'): Promise<Answer> =>
    server.call('PATCH', `${path}${query}`, {
      body,
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  const apply = (name: string, spec: object, query?: string, metadata = {}): Promise<Answer> =>
    send(`${widgets}/${name}`, widget(name, spec, metadata), query);
  const managersOf = (answer: Answer): unknown[] =>
    (answer.object().metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);

  it('creates with 201, then updates with 200; defaults belong to nobody', async () => {
    const created = await apply('new', { color: 'red' });
    assert.equal(created.code, 201);
    assert.deepEqual(created.object().spec, { mode: 'Auto', color: 'red' });
    assert.deepEqual(
      created.object().metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1),
      [{ 'f:spec': { 'f:color': {} } }],
    );
    const changed = await apply('new', { size: 1 });
    assert.equal(changed.code, 200);
    assert.deepEqual(changed.object().spec, { mode: 'Auto', size: 1 });
    assert.equal(changed.object().metadata.generation, 2);
  });

  it('takes YAML', async () => {
    const text = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: yaml}\nspec:\n  color: red\n';
    assert.equal((await send(`${widgets}/yaml`, text)).code, 201);
    const twice = await send(
      `${widgets}/yaml`,
      `${text}  color: blue\n`,
      '?fieldManager=m&fieldValidation=Strict',
    );
    assert.equal(twice.code, 400);
    assert.equal(twice.status().message, 'error strict decoding YAML: duplicate field "spec.color"');
    assert.match((await send(`${widgets}/yaml`, '{')).status().message ?? '', /^error decoding YAML: /);
  });

  it('conflicts, and force', async () => {
    await server.call('POST', `${widgets}?fieldManager=c`, { body: widget('taken', { color: 'red' }) });
    const answer = await apply('taken', { color: 'blue' });
    assert.equal(answer.code, 409);
    assert.deepEqual(answer.status(), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "c" using example.com/v1: .spec.color',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "c" using example.com/v1',
            field: '.spec.color',
          },
        ],
      },
      code: 409,
    });
    // A default is the creator's, and comes before any validation (observed behaviour 10).
    const mode = await apply('taken', { mode: 'Nonsense' });
    assert.equal(mode.code, 409);
    const forced = await apply('taken', { color: 'blue' }, '?fieldManager=m&force=true');
    assert.equal(forced.object().spec.color, 'blue');
    assert.deepEqual(managersOf(forced), ['m Apply', 'c Update']);
  });

  it('what says nothing new is not written', async () => {
    const first = await apply('same', { color: 'red' });
    server.clock.advance(60_000);
    assert.deepEqual((await apply('same', { color: 'red' })).object(), first.object());
    // Typed Go clients send this null: what is left of the difference is the manager's time.
    const again = await apply('same', { color: 'red' }, undefined, { creationTimestamp: null });
    assert.deepEqual(again.object(), first.object());
  });

  it('options: a manager is required, force is for apply only', async () => {
    const answer = await apply('o', {}, '');
    assert.equal(answer.code, 422);
    assert.equal(
      answer.status().message,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
    const merge = await server.call('PATCH', `${widgets}/o?force=true`, {
      body: {},
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.match(merge.status().message ?? '', /force: Forbidden: may not be specified for non-apply patch/);
  });

  it('400 for another kind and for managedFields; null is none', async () => {
    const other = await send(`${widgets}/a`, { ...widget('a'), kind: 'Gizmo' });
    assert.equal(other.code, 400);
    assert.equal(other.status().message, 'invalid object type: example.com/v1, Kind=Gizmo');
    assert.equal((await send(`${widgets}/a`, '')).status().message, 'invalid object type: /, Kind=');
    const owned = await apply('a', {}, undefined, { managedFields: [] });
    assert.equal(owned.code, 400);
    assert.equal(owned.status().message, 'metadata.managedFields must be nil');
    assert.equal((await apply('nil', {}, undefined, { managedFields: null })).code, 201);
  });

  it('422 with the field for what does not fit the schema', async () => {
    const answer = await apply('misfit', { bogus: 1 });
    assert.equal(answer.code, 422);
    assert.deepEqual(answer.status().details?.causes, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: null: field not declared in schema',
        field: 'spec.bogus',
      },
    ]);
  });

  it('uid and resourceVersion are held against what is there (observed behaviours 6, 7)', async () => {
    const missing = await apply('gone', {}, undefined, { uid: 'u' });
    assert.equal(missing.code, 409);
    assert.match(
      missing.status().message ?? '',
      /uid mismatch: the provided object specified uid u, and no existing object was found$/,
    );
    assert.equal((await apply('versioned', {}, undefined, { resourceVersion: '1' })).code, 201);
    assert.equal((await apply('versioned', {}, undefined, { resourceVersion: '1' })).code, 409);
    const wrong = await apply('versioned', {}, undefined, { uid: 'u' });
    assert.equal(wrong.code, 422);
    assert.match(wrong.status().message ?? '', /metadata.uid: Invalid value: "u": field is immutable/);
  });

  it('creating needs the right to create', async () => {
    mayCreate = false;
    assert.equal((await apply('denied', {})).code, 403);
    assert.equal((await server.call('GET', `${widgets}/denied`)).code, 404);
  });

  it('a dry run stores nothing', async () => {
    const query = '?fieldManager=m&dryRun=All';
    assert.equal((await apply('dry', { color: 'red' }, query)).code, 201);
    assert.equal((await server.call('GET', `${widgets}/dry`)).code, 404);
    await apply('dry', { color: 'red' });
    assert.equal((await apply('dry', { color: 'blue' }, query)).object().spec.color, 'blue');
    assert.equal((await server.call('GET', `${widgets}/dry`)).object().spec.color, 'red');
  });

  it('status: its own managers, and no creation', async () => {
    const status = { ...widget('s'), status: { phase: 'Up' } };
    assert.equal((await send(`${widgets}/s/status`, status)).code, 404);
    await apply('s', { color: 'red' });
    const answer = await send(`${widgets}/s/status`, status, '?fieldManager=k');
    assert.deepEqual(answer.object().status, { phase: 'Up' });
    assert.deepEqual(answer.object().spec, { mode: 'Auto', color: 'red' });
    const entry = answer.object().metadata.managedFields?.find(({ manager }) => manager === 'k');
    assert.equal(entry?.subresource, 'status');
    assert.deepEqual(entry?.fieldsV1, { 'f:status': { 'f:phase': {} } });
  });

  it('the storage version migrator’s apply of nothing: 200 without a write, or 409', async () => {
    const created = (await server.call('POST', widgets, { body: widget('old', { color: 'red' }) })).object();
    const { uid, resourceVersion } = created.metadata;
    const nothing = { apiVersion: created.apiVersion, kind: created.kind };
    const same = await send(`${widgets}/old`, { ...nothing, metadata: { uid, resourceVersion } });
    assert.equal(same.code, 200);
    assert.deepEqual(same.object(), created);
    const stale = await send(`${widgets}/old`, { ...nothing, metadata: { uid, resourceVersion: '1' } });
    assert.equal(stale.code, 409);
  });

  it('every write is tracked; who sends [] wants it forgotten', async () => {
    const agent = { 'user-agent': 'kubectl/v1.36.2 (linux/amd64)' };
    const created = await server.call('POST', gadgets, {
      body: gadget('t', { color: 'red' }),
      headers: agent,
    });
    assert.deepEqual(managersOf(created), ['kubectl Update']);
    const put = { ...created.object(), spec: { mode: 'Auto', color: 'blue' } };
    const updated = await server.call('PUT', `${gadgets}/t?fieldManager=p`, { body: put });
    assert.deepEqual(managersOf(updated), ['kubectl Update', 'p Update']);
    const patched = await server.call('PATCH', `${gadgets}/t?fieldManager=q`, {
      body: { metadata: { managedFields: [] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.equal(patched.object().metadata.managedFields, undefined);
  });
});

const gadget = (name: string, spec: object): object => ({ ...widget(name, spec), kind: 'Gadget' });
