import assert from 'node:assert/strict';
import { type Fixture, gadgets, startFixture, widget, widgets } from './fixture.ts';

describe('create (conformance §9)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
  });
  after(() => server.stop());

  const create = (body: unknown, query = '', headers = {}) =>
    server.call('POST', `${widgets}${query}`, { body, headers });

  it('answers 201 with uid, time in whole seconds, generation 1, a version and the defaults', async () => {
    const answer = await create(widget('first', { color: 'red' }));
    assert.equal(answer.code, 201);
    const { metadata, spec } = answer.object();
    assert.match(metadata.uid ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.match(metadata.resourceVersion ?? '', /^[1-9][0-9]*$/);
    assert.equal(metadata.creationTimestamp, '2026-01-02T03:04:05Z');
    assert.equal(metadata.generation, 1);
    assert.equal(metadata.namespace, 'shop');
    assert.deepEqual(spec, { mode: 'Auto', color: 'red' });
    assert.equal(answer.text.endsWith('}\n'), true);
    const read = await server.call('GET', `${widgets}/first`);
    assert.deepEqual(read.object(), answer.object());
  });

  it('an owner without uid is refused as one with an empty uid', async () => {
    for (const uid of [{}, { uid: '' }]) {
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', ...uid }];
      const answer = await create(widget('owned', {}, { ownerReferences }));
      assert.equal(answer.code, 422);
      assert.equal(
        answer.status().message,
        'Widget.example.com "owned" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      );
    }
  });

  it('wipes what is the system’s and drops status', async () => {
    const body = {
      ...widget(
        'wiped',
        {},
        {
          uid: 'mine',
          creationTimestamp: '2020-01-01T00:00:00Z',
          deletionTimestamp: '2020-01-01T00:00:00Z',
          deletionGracePeriodSeconds: 5,
          generation: 7,
          selfLink: '/mine',
          resourceVersion: '0',
        },
      ),
      status: { phase: 'Done' },
    };
    const answer = await create(body);
    assert.equal(answer.code, 201);
    const object = answer.object();
    assert.notEqual(object.metadata.uid, 'mine');
    assert.equal(object.metadata.deletionTimestamp, undefined);
    assert.equal('selfLink' in object.metadata, false);
    assert.equal(object.metadata.generation, 1);
    assert.equal(object.status, undefined);
  });

  it('keeps the status of kinds without the subresource', async () => {
    const body = { metadata: { name: 'g' }, spec: {}, status: { phase: 'Done' } };
    const answer = await server.call('POST', gadgets, { body });
    assert.deepEqual(answer.object().status, { phase: 'Done' });
    assert.equal(answer.object().kind, 'Gadget');
  });

  it('refuses a resourceVersion: 400', async () => {
    for (const resourceVersion of ['12', 'abc']) {
      const answer = await create(widget('versioned', {}, { resourceVersion }));
      assert.equal(answer.code, 400);
      assert.equal(answer.status().message, 'resourceVersion should not be set on objects to be created');
    }
  });

  it('409 AlreadyExists, with the prefix while the old one is being deleted', async () => {
    await create(widget('twice', {}, { finalizers: ['example.com/hold'] }));
    const first = await create(widget('twice'));
    assert.equal(first.code, 409);
    assert.deepEqual(first.status(), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'widgets.example.com "twice" already exists',
      reason: 'AlreadyExists',
      details: { name: 'twice', group: 'example.com', kind: 'widgets' },
      code: 409,
    });
    await server.call('DELETE', `${widgets}/twice`);
    const second = await create(widget('twice'));
    assert.equal(
      second.status().message,
      'object is being deleted: widgets.example.com "twice" already exists',
    );
  });

  it('generates names of the base and five letters', async () => {
    const answer = await create({ metadata: { generateName: 'gen-' }, spec: {} });
    assert.equal(answer.code, 201);
    assert.match(answer.object().metadata.name ?? '', /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('422 without name and generateName', async () => {
    const answer = await create({ metadata: {}, spec: {} });
    assert.equal(answer.code, 422);
    assert.equal(
      answer.status().message,
      'Widget.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    );
  });

  it('400 for another namespace, version or kind than the URL’s', async () => {
    const namespace = await create(widget('n', {}, { namespace: 'other' }));
    assert.equal(namespace.code, 400);
    assert.equal(
      namespace.status().message,
      'the namespace of the provided object does not match the namespace sent on the request',
    );
    const version = await create({ ...widget('n'), apiVersion: 'example.com/v2' });
    assert.equal(
      version.status().message,
      'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)',
    );
    const kind = await create({ ...widget('n'), kind: 'Gizmo' });
    assert.match(kind.status().message ?? '', /^Gizmo in version "v1" cannot be handled as a Widget: /);
  });

  it('422 with every cause, in Kubernetes’ form', async () => {
    const answer = await create(widget('Bad_Name', { size: 13 }));
    assert.equal(answer.code, 422);
    const { details, reason } = answer.status();
    assert.equal(reason, 'Invalid');
    assert.equal(details?.kind, 'Widget');
    assert.deepEqual(
      details?.causes?.map((c) => [c.reason, c.field]),
      [
        ['FieldValueInvalid', 'metadata.name'],
        ['FieldValueInvalid', 'spec.size'],
      ],
    );
    assert.equal(details?.causes?.[1]?.message, 'Invalid value: 13: brings bad luck');
  });

  it('422 for a value of the wrong type in the kind’s fields, 400 in metadata (name: y in YAML)', async () => {
    const typed = await create(widget('typed', { size: 'big' as never }));
    assert.equal(typed.code, 422);
    assert.equal(typed.status().details?.causes?.[0]?.field, 'spec.size');
    const yaml = await create('metadata: {name: y}\nspec: {}\n', '', { 'content-type': 'application/yaml' });
    assert.equal(yaml.code, 400);
    assert.match(yaml.status().message ?? '', /^Widget in version "v1" cannot be handled as a Widget: /);
  });

  describe('fieldValidation', () => {
    const unknown = '{"metadata":{"name":"NAME"},"spec":{"bogus":1,"color":"red","color":"blue"}}';
    it('Strict: 400', async () => {
      const answer = await create(unknown.replace('NAME', 's'), '?fieldValidation=Strict');
      assert.equal(answer.code, 400);
      assert.equal(
        answer.status().message,
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.bogus", duplicate field "spec.color"',
      );
    });
    it('Warn, the default: pruned, with warnings', async () => {
      const answer = await create(unknown.replace('NAME', 'w'));
      assert.equal(answer.code, 201);
      assert.deepEqual(answer.warnings, ['unknown field "spec.bogus"', 'duplicate field "spec.color"']);
      assert.deepEqual(answer.object().spec, { mode: 'Auto', color: 'blue' });
    });
    it('Ignore: pruned in silence', async () => {
      const answer = await create(unknown.replace('NAME', 'i'), '?fieldValidation=Ignore');
      assert.equal(answer.code, 201);
      assert.deepEqual(answer.warnings, []);
    });
    it('anything else: 422 CreateOptions', async () => {
      const answer = await create(widget('x'), '?fieldValidation=Loose');
      assert.equal(answer.code, 422);
      assert.match(
        answer.status().message ?? '',
        /^CreateOptions\.meta\.k8s\.io "" is invalid: fieldValidation: Unsupported value: "Loose": /,
      );
    });
  });

  it('422 for options that are none of theirs, before the body is looked at', async () => {
    const long = 'x'.repeat(129);
    for (const query of [
      '?dryRun=Some',
      `?fieldManager=${long}`,
      '?fieldManager=%07',
      '?fieldValidation=Loose',
    ]) {
      const answer = await server.call('POST', `${widgets}${query}`, { body: '{' });
      assert.equal(answer.code, 422, query);
      assert.match(answer.status().message ?? '', /^CreateOptions\.meta\.k8s\.io "" is invalid: /);
    }
  });

  it('dryRun=All: the object as it would be, without a version, and nothing stored', async () => {
    const answer = await create(widget('dry'), '?dryRun=All');
    assert.equal(answer.code, 201);
    assert.notEqual(answer.object().metadata.uid, undefined);
    assert.equal(answer.object().metadata.resourceVersion, undefined);
    assert.equal((await server.call('GET', `${widgets}/dry`)).code, 404);
    const again = await create(widget('first'), '?dryRun=All');
    assert.equal(again.code, 409);
    const odd = await create(widget('dry'), '?dryRun=Some');
    assert.equal(odd.code, 422);
  });

  it('413 for an object too large to store, with its size and the limit', async () => {
    const answer = await create(widget('huge', { color: 'x'.repeat(2_000_000) }));
    assert.equal(answer.code, 413);
    assert.match(answer.status().message ?? '', /has 20\d{5} bytes, the limit is 1568768$/);
  });

  it('400 for a body that cannot be decoded, showing its beginning', async () => {
    const answer = await create('{"metadata":');
    assert.equal(answer.code, 400);
    assert.equal(
      answer.status().message,
      `the object provided is unrecognized (must be of type Widget): couldn't get version/kind; json parse error: unexpected end of JSON input ({"metadata":)`,
    );
    assert.match((await create('')).status().message ?? '', /\(<empty>\)$/);
    assert.match((await create('[1]')).status().message ?? '', /\(5b315d\)$/);
  });

  it('415 for protobuf', async () => {
    const answer = await create('k8s', '', { 'content-type': 'application/vnd.kubernetes.protobuf' });
    assert.equal(answer.code, 415);
    assert.equal(
      answer.status().message,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  });

  it('warns of duplicate owners, and of what the strategy says', async () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u-1' };
    const answer = await create(widget('warned', { color: 'beige' }, { ownerReferences: [owner, owner] }));
    assert.equal(answer.code, 201);
    assert.equal(answer.object().metadata.ownerReferences?.length, 1);
    assert.match(answer.warnings[0] ?? '', /duplicate UID\(s\) observed: u-1$/);
    assert.equal(answer.warnings[1], 'spec.color: beige is deprecated');
  });
});
