/** The listener, the pipeline and the Express adapter on a real socket, over both protocols. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { gunzipSync } from 'node:zlib';
import type { ApiRequest, ApiResponse } from '../../../apiserver/exchange.ts';
import { type ServerFixture, startServer } from '../../support/server-fixture.ts';
import { protocols, send } from '../../support/wire-client.ts';

const json = (value: unknown, headers: Record<string, string> = {}): ApiResponse => ({
  code: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

/** Tells what it was asked; special resources misbehave. */
async function echo(request: ApiRequest): Promise<ApiResponse> {
  const { info, user } = request;
  switch (info.resource) {
    case 'crashes':
      throw new TypeError('a bug with secrets');
    case 'large':
      return json({ text: 'x'.repeat(300_000) });
    case 'warnings':
      request.warnings.push('näh "quoted"', 'second', 'second');
      if (request.query.has('stream')) return { code: 200, headers: {}, stream: oneChunk() };
      return json({});
    case 'streams':
      return { code: 200, headers: { 'content-type': 'application/json' }, stream: ticks(request.signal) };
    case 'bodies':
      return json({ bytes: (await request.body()).byteLength });
    default:
      return json({ info, user, headers: request.headers });
  }
}

async function* ticks(signal: AbortSignal): AsyncIterable<string> {
  yield '{"tick":1}\n';
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function* oneChunk(): AsyncIterable<string> {
  yield '{}';
}

const item = '/apis/example.com/v1/namespaces/a/things/b';

describe('API server on loopback', () => {
  let fixture: ServerFixture;
  let admin: { ca: string; cert: string; key: string };

  before(async () => {
    fixture = await startServer({ resources: echo });
    admin = { ca: fixture.servingCa.cert, ...(await fixture.client('root', ['system:masters'])) };
  });
  after(() => fixture.server.close({ delay: 0, drain: 100 }));

  const url = (path: string) => `${fixture.server.url}${path}`;

  for (const protocol of protocols) {
    describe(protocol, () => {
      const get = (path: string, headers: Record<string, string | string[]> = {}) =>
        send(protocol, url(path), admin, { headers });

      it('authenticates a client certificate and passes the request on', async () => {
        const answer = await get(item);
        assert.equal(answer.code, 200);
        const seen = JSON.parse(answer.body.toString());
        assert.equal(seen.user.name, 'root');
        assert.deepEqual(seen.user.groups, ['system:masters', 'system:authenticated']);
        assert.match(
          seen.user.extra['authentication.kubernetes.io/credential-id'][0],
          /^X509SHA256=[0-9a-f]{64}$/,
        );
        assert.equal(seen.info.verb, 'get');
        assert.equal(answer.headers['cache-control'], 'no-cache, private');
        assert.match(String(answer.headers['audit-id']), /^[0-9a-f-]{36}$/);
        if (protocol === 'h2') assert.equal(answer.goaway, false);
      });

      it('takes the identity from front-proxy headers without splitting groups', async () => {
        const proxy = { ca: fixture.servingCa.cert, ...(await fixture.proxy('front-proxy-client')) };
        const answer = await send(protocol, url(item), proxy, {
          headers: {
            'X-Remote-User': Buffer.from('jürgen', 'utf8').toString('latin1'),
            'X-Remote-Group': ['system:masters', 'one,two'],
            'X-Remote-Extra-Example.com%2fKey': ['v1', 'v2'],
            'Audit-ID': 'from-the-front',
          },
        });
        const seen = JSON.parse(answer.body.toString());
        assert.equal(seen.user.name, 'jürgen');
        assert.deepEqual(seen.user.groups, ['system:masters', 'one,two', 'system:authenticated']);
        assert.deepEqual(seen.user.extra, { 'example.com/key': ['v1', 'v2'] });
        assert.equal(answer.headers['audit-id'], 'from-the-front');
        assert.equal(
          Object.keys(seen.headers).some((name) => name.startsWith('x-remote')),
          false,
        );
      });

      it('does not believe those headers from a client of the other CA', async () => {
        const user = { ca: fixture.servingCa.cert, ...(await fixture.client('joe', [])) };
        const answer = await send(protocol, url(item), user, {
          headers: { 'X-Remote-User': 'root', 'X-Remote-Group': 'system:masters' },
        });
        assert.equal(answer.code, 403);
        assert.match(
          JSON.parse(answer.body.toString()).message,
          /^things\.example\.com "b" is forbidden: User "joe" cannot get resource "things" in API group "example\.com" in the namespace "a"$/,
        );
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      });

      it('refuses a proxy whose name is not allowed', async () => {
        const proxy = { ca: fixture.servingCa.cert, ...(await fixture.proxy('someone-else')) };
        const answer = await send(protocol, url(item), proxy, { headers: { 'X-Remote-User': 'root' } });
        assert.equal(answer.code, 401);
        assert.deepEqual(JSON.parse(answer.body.toString()), {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: 'Unauthorized',
          reason: 'Unauthorized',
          code: 401,
        });
      });

      it('closes the connection of strangers after their answer', async () => {
        const answer = await send(protocol, url('/healthz'), { ca: fixture.servingCa.cert });
        assert.equal(answer.code, 200);
        assert.equal(answer.body.toString(), 'ok');
        assert.equal(answer.goaway, true);
        const denied = await send(protocol, url('/version'), { ca: fixture.servingCa.cert });
        assert.equal(denied.code, 403);
        assert.equal(
          JSON.parse(denied.body.toString()).message,
          'forbidden: User "system:anonymous" cannot get path "/version"',
        );
      });

      it('accepts hundreds of groups', async () => {
        const proxy = { ca: fixture.servingCa.cert, ...(await fixture.proxy('front-proxy-client')) };
        const groups = [
          'system:masters',
          ...Array.from({ length: 500 }, (_, i) => `group-${i}-${'x'.repeat(60)}`),
        ];
        const answer = await send(protocol, url(item), proxy, {
          headers: { 'X-Remote-User': 'u', 'X-Remote-Group': groups },
        });
        assert.equal(answer.code, 200);
        assert.equal(JSON.parse(answer.body.toString()).user.groups.length, 502);
      });

      it('runs Express routes', async () => {
        const version = await get('/version');
        assert.equal(JSON.parse(version.body.toString()).gitVersion, 'v0.1.0');
        const index = JSON.parse((await get('/')).body.toString());
        assert.ok(index.paths.includes('/readyz/shutdown'));
        assert.deepEqual(index.paths, index.paths.toSorted());
        const missing = await get('/no/such/path');
        assert.equal(missing.code, 404);
        assert.equal(missing.body.toString(), '404 page not found\n');
        assert.match(String(missing.headers['content-type']), /^text\/plain/);
        const wrong = await send(protocol, url('/version'), admin, { method: 'POST', body: '{}' });
        assert.equal(wrong.code, 405);
        const metrics = (await get('/metrics')).body.toString();
        assert.match(metrics, /apiserver_request_total\{verb="GET",group="",/);
      });

      it('turns a crash into 500 without its text, and lives', async () => {
        const answer = await get('/apis/example.com/v1/crashes');
        assert.equal(answer.code, 500);
        const status = JSON.parse(answer.body.toString());
        assert.equal(status.reason, 'InternalError');
        assert.equal(answer.body.includes('secrets'), false);
        assert.match(status.message, new RegExp(String(answer.headers['audit-id'])));
        assert.equal((await get(item)).code, 200);
      });

      it('compresses long answers for those who accept it', async () => {
        const answer = await get('/apis/example.com/v1/large', { 'accept-encoding': 'gzip' });
        assert.equal(answer.headers['content-encoding'], 'gzip');
        assert.match(String(answer.headers.vary), /Accept-Encoding/);
        assert.equal(JSON.parse(gunzipSync(answer.body).toString()).text.length, 300_000);
        assert.equal((await get('/apis/example.com/v1/large')).headers['content-encoding'], undefined);
      });

      it('sends warnings, one header each', async () => {
        const answer = await get('/apis/example.com/v1/warnings');
        const text = Buffer.from(String(answer.headers.warning), 'latin1').toString('utf8');
        assert.equal(text, '299 - "näh \\"quoted\\"", 299 - "second"');
        const streamed = await get('/apis/example.com/v1/warnings?stream=1');
        assert.equal(streamed.headers.warning, answer.headers.warning);
      });

      it('refuses a body above 3 MiB', async () => {
        const post = (bytes: number) =>
          send(protocol, url('/apis/example.com/v1/bodies'), admin, {
            method: 'POST',
            body: Buffer.alloc(bytes),
          });
        assert.equal(JSON.parse((await post(3 * 1024 * 1024)).body.toString()).bytes, 3 * 1024 * 1024);
        const refused = await post(3 * 1024 * 1024 + 1);
        assert.equal(refused.code, 413);
        assert.equal(
          JSON.parse(refused.body.toString()).message,
          'Request entity too large: limit is 3145728',
        );
      });

      it('answers 504 when the deadline passes, and 400 for a malformed one', async () => {
        const late = await get('/apis/example.com/v1/streams?timeout=50ms');
        // The head of the stream was out already; a handler that waits gets the Status.
        assert.ok(late.code === 200 || late.code === 504);
        const malformed = await get(`${item}?timeout=soon`);
        assert.equal(malformed.code, 400);
        assert.equal(
          JSON.parse(malformed.body.toString()).message,
          'invalid timeout specified in the request URL - time: invalid duration "soon"',
        );
      });
    });
  }

  it('streams a watch at once and ends it when the client leaves', async () => {
    const session = connect(fixture.server.url, admin);
    const stream = session.request({ ':path': '/apis/example.com/v1/streams?watch=true' });
    const first = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
    assert.equal(first.toString(), '{"tick":1}\n');
    stream.close();
    await new Promise((resolve) => stream.once('close', resolve));
    session.close();
  });

  it('ends watches cleanly when it stops', async () => {
    const own = await startServer({ resources: echo });
    const tls = { ca: own.servingCa.cert, ...(await own.client('root', ['system:masters'])) };
    const session = connect(own.server.url, tls);
    const stream = session.request({ ':path': '/apis/example.com/v1/streams?watch=true' });
    await new Promise<void>((resolve) => stream.once('data', () => resolve()));
    const ended = new Promise<number>((resolve) => stream.once('close', () => resolve(stream.rstCode)));
    await own.server.close({ delay: 0, drain: 5_000 });
    assert.equal(await ended, 0);
    session.destroy();
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(fixture.server.url).port);
    await assert.rejects(startServer({ resources: echo, port }), (error: Error) => {
      assert.match(error.message, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is in use`));
      return true;
    });
  });
});
