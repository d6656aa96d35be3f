/** Discovery, OpenAPI and health through Express, without a socket. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { coreKinds } from '../../../api/core/kinds.ts';
import { servicesKinds } from '../../../api/services/v3alpha1/kinds.ts';
import { groupVersionsOf } from '../../../apiserver/discovery/documents.ts';
import { discoveryPaths, discoveryRouter } from '../../../apiserver/discovery/router.ts';
import type { ApiResponse, Handler } from '../../../apiserver/exchange.ts';
import type { HealthCheck } from '../../../apiserver/health/checks.ts';
import { healthPaths, healthRouter } from '../../../apiserver/health/router.ts';
import { pathsHandler } from '../../../apiserver/http/paths.ts';
import { createRegistry } from '../../../apiserver/metrics/registry.ts';
import { openApiRouter } from '../../../apiserver/openapi/router.ts';
import { parseRequestInfo } from '../../../apiserver/request-info.ts';
import { versionInfo } from '../../../apiserver/version.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const ping: HealthCheck = { name: 'ping', check() {} };

let ready = true;
let storeWorks = true;
const store: HealthCheck = {
  name: 'store',
  async check() {
    if (!storeWorks) throw new Error('etcd at 10.0.0.1 is gone');
  },
};
const checks = { healthz: [ping, store], livez: [ping], readyz: [ping, store] };
const version = versionInfo('1.2.3', { version: 'v24.0.0', platform: 'linux', arch: 'x64' });
const groupVersions = groupVersionsOf([...coreKinds, ...servicesKinds]);
const handler: Handler = pathsHandler({
  routers: [
    healthRouter(checks, pino({ level: 'silent' })),
    discoveryRouter({ groupVersions, ready: () => ready, address: () => 'host:1' }),
    openApiRouter(
      {
        v2: () => ({ swagger: '2.0' }),
        v3: new Map([['apis/services.x-k8s.io/v3alpha1', () => ({ openapi: '3.0.0' })]]),
      },
      () => new Date('2026-01-01T00:00:00Z'),
    ),
  ],
  listed: [...healthPaths(checks), ...discoveryPaths(groupVersions)],
  version,
  registry: createRegistry(version),
});

interface Answer {
  readonly code: number;
  readonly headers: ApiResponse['headers'];
  readonly text: string;
}

async function ask(method: string, target: string, headers: Record<string, string> = {}): Promise<Answer> {
  const [path = '', search = ''] = target.split('?');
  const query = new URLSearchParams(search);
  const answer = await handler({
    method,
    path,
    query,
    headers,
    body: async () => new Uint8Array(),
    info: parseRequestInfo({ method, path, query }),
    user: { name: 'joe', groups: [], extra: {} },
    signal: new AbortController().signal,
    warnings: [],
    auditId: 'id',
  });
  return { code: answer.code, headers: answer.headers, text: 'body' in answer ? answer.body.toString() : '' };
}
const get = (target: string, headers: Record<string, string> = {}) => ask('GET', target, headers);

describe('discovery over HTTP', () => {
  afterEach(() => {
    ready = true;
  });

  it('answers the aggregated document with its ETag, and 304 to who has it', async () => {
    const first = await get('/apis', { accept: `${aggregated},application/json` });
    assert.equal(first.code, 200);
    assert.equal(first.headers['content-type'], aggregated);
    assert.equal(first.headers.vary, 'Accept');
    assert.equal(first.headers['cache-control'], 'public');
    const etag = `"${createHash('sha512').update(first.text.trimEnd()).digest('hex').toUpperCase()}"`;
    assert.equal(first.headers.etag, etag);
    const again = await get('/apis', { accept: aggregated, 'if-none-match': etag });
    assert.deepEqual([again.code, again.text], [304, '']);
    assert.equal((await get('/apis', { accept: aggregated, 'if-none-match': '"old"' })).code, 200);
  });

  it('takes the parameters in any order and passes over v2beta1 and protobuf', async () => {
    const kindOf = async (accept: string) => JSON.parse((await get('/apis', { accept })).text).kind;
    assert.equal(
      await kindOf('application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io'),
      'APIGroupDiscoveryList',
    );
    assert.equal(
      await kindOf(
        'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
      ),
      'APIGroupList',
    );
    assert.equal(await kindOf('application/vnd.kubernetes.protobuf,application/json'), 'APIGroupList');
    assert.equal(await kindOf('*/*'), 'APIGroupList');
    assert.equal(await kindOf(''), 'APIGroupList');
    await assert.rejects(get('/apis', { accept: 'application/vnd.kubernetes.protobuf' }), {
      reason: 'NotAcceptable',
    });
  });

  it('has the ladder of older documents', async () => {
    assert.deepEqual(JSON.parse((await get('/api')).text).versions, ['v1']);
    assert.equal(JSON.parse((await get('/api/v1')).text).groupVersion, 'v1');
    assert.equal(
      JSON.parse((await get('/apis/services.x-k8s.io')).text).preferredVersion.version,
      'v3alpha1',
    );
    const list = JSON.parse((await get('/apis/services.x-k8s.io/v3alpha1')).text);
    assert.equal(list.kind, 'APIResourceList');
    assert.ok(list.resources.some((r: { name: string }) => r.name === 'servicegroups/status'));
    const yaml = await get('/apis/services.x-k8s.io', { accept: 'application/yaml' });
    assert.match(yaml.text, /^kind: APIGroup$/m);
  });

  it('is 503 with Retry-After, never 404, until the caches are loaded; health is not held up', async () => {
    ready = false;
    for (const path of ['/apis', '/api', '/apis/services.x-k8s.io/v3alpha1']) {
      await assert.rejects(get(path), { reason: 'ServiceUnavailable', code: 503 });
    }
    assert.equal((await get('/healthz')).code, 200);
    assert.equal((await get('/openapi/v3')).code, 200);
    assert.equal((await get('/nowhere')).code, 404);
  });

  it('is 404 text for an unknown group and 405 for another method', async () => {
    const missing = await get('/apis/nobody.io');
    assert.deepEqual([missing.code, missing.text], [404, '404 page not found\n']);
    assert.equal((await ask('POST', '/apis')).code, 405);
  });
});

describe('OpenAPI over HTTP', () => {
  const path = '/openapi/v3/apis/services.x-k8s.io/v3alpha1';

  it('has an index whose addresses carry the hash, and keeps those for a year', async () => {
    const index = JSON.parse((await get('/openapi/v3')).text);
    const url: string = index.paths['apis/services.x-k8s.io/v3alpha1'].serverRelativeURL;
    assert.match(url, /^\/openapi\/v3\/apis\/services\.x-k8s\.io\/v3alpha1\?hash=[0-9A-F]{128}$/);
    const document = await get(url, { accept: 'application/json' });
    assert.equal(document.headers['cache-control'], 'public, immutable');
    assert.equal(document.headers.expires, 'Fri, 01 Jan 2027 00:00:00 GMT');
    assert.equal(document.headers.vary, 'Accept');
    assert.equal((await get(path, { 'if-none-match': String(document.headers.etag) })).code, 304);
  });

  it('serves the current document for a stale hash, without redirect', async () => {
    const stale = await get(`${path}?hash=old`);
    assert.equal(stale.code, 200);
    assert.equal(stale.headers['cache-control'], undefined);
  });

  const protobuf = (version: string) => `application/com.github.proto-openapi.spec.${version}+protobuf`;

  /** @param names the current one, then that of old clients */
  async function inProtobuf(path: string, names: readonly [string, string], body: string): Promise<void> {
    const plain = await get(path);
    for (const name of names) {
      const answer = await get(path, { accept: `${protobuf(name)},application/json;q=0.5` });
      assert.deepEqual([answer.code, answer.text], [200, body]);
      assert.equal(answer.headers['content-type'], protobuf(names[0]));
      assert.equal(answer.headers.vary, 'Accept');
      assert.equal(answer.headers.etag, plain.headers.etag);
    }
    const known = { accept: protobuf(names[0]), 'if-none-match': String(plain.headers.etag) };
    assert.equal((await get(path, known)).code, 304);
  }

  // Field 1, of bytes: what the fixtures' documents say of themselves.
  it('answers v2 in protobuf under the current name, whichever was asked for', async () => {
    await inProtobuf('/openapi/v2', ['v2.v1.0', 'v2@v1.0'], '\n\x032.0');
  });

  it('answers v3 in protobuf under the current name, whichever was asked for', async () => {
    await inProtobuf(path, ['v3.v1.0', 'v3@v1.0'], '\n\x053.0.0');
  });

  it('takes the first clause that it can serve, JSON where any will do', async () => {
    const typeFor = async (accept: string) => (await get(path, { accept })).headers['content-type'];
    assert.equal(await typeFor(`application/json,${protobuf('v3.v1.0')}`), 'application/json');
    assert.equal(await typeFor(`${protobuf('v3.v1.0')};q=0.5,application/json`), 'application/json');
    assert.equal(await typeFor(`${protobuf('v2.v1.0')},*/*`), 'application/json');
    assert.equal(await typeFor('application/*'), 'application/json');
  });

  it('answers the index in JSON, whatever is asked for', async () => {
    const index = await get('/openapi/v3', { accept: protobuf('v3.v1.0') });
    assert.deepEqual([index.code, index.headers['content-type']], [200, 'application/json']);
  });

  it('refuses the protobuf of the other version', async () => {
    await assert.rejects(get(path, { accept: protobuf('v2.v1.0') }), { reason: 'NotAcceptable' });
    await assert.rejects(get('/openapi/v2', { accept: protobuf('v3.v1.0') }), { reason: 'NotAcceptable' });
  });
});

describe('health over HTTP', () => {
  afterEach(() => {
    storeWorks = true;
  });

  it('is terse when well, tells each check when asked, and leaves out what is excluded', async () => {
    const answer = await get('/readyz');
    assert.deepEqual([answer.code, answer.text], [200, 'ok']);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal((await get('/readyz?verbose')).text, '[+]ping ok\n[+]store ok\nreadyz check passed\n');
    assert.equal((await get('/readyz/store')).text, 'ok');
    storeWorks = false;
    const excluded = await get('/readyz?exclude=store&exclude=what&verbose');
    assert.equal(
      excluded.text,
      '[+]ping ok\n[+]store excluded: ok\nwarn: some health checks cannot be excluded: no matches for "what"\nreadyz check passed\n',
    );
  });

  it('withholds the reason in the summary and gives it for the one check', async () => {
    storeWorks = false;
    const answer = await get('/readyz');
    assert.deepEqual(
      [answer.code, answer.text],
      [500, '[+]ping ok\n[-]store failed: reason withheld\nreadyz check failed\n'],
    );
    assert.equal((await get('/readyz/store')).text, 'internal server error: etcd at 10.0.0.1 is gone\n');
    assert.equal((await get('/livez')).code, 200);
  });
});

describe('the rest of the paths', () => {
  it('never answers with a redirect or with HTML', async () => {
    const paths = [
      '/',
      '/apis',
      '/apis/',
      '/apis/services.x-k8s.io/v3alpha1/',
      '/openapi/v3/',
      '/metrics',
      '/what',
    ];
    const odd = ['//apis', '/%2e%2e/apis', '/readyz/../apis', '/index.html', '/version/'];
    for (const path of [...paths, ...odd]) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const answer = await ask(method, path, { accept: 'text/html,*/*' });
        assert.ok(answer.code < 300 || answer.code >= 400, `${method} ${path}: ${answer.code}`);
        assert.equal(answer.headers.location, undefined, path);
        assert.doesNotMatch(answer.headers['content-type'] ?? '', /html/, `${method} ${path}`);
        assert.doesNotMatch(answer.text, /<!DOCTYPE|<html/i, path);
      }
    }
  });

  it('are version, metrics and a sorted index', async () => {
    assert.deepEqual(JSON.parse((await get('/version')).text), version);
    assert.match(
      (await get('/metrics')).text,
      /^kubernetes_build_info\{major="1",minor="2",git_version="v1\.2\.3"/m,
    );
    const { paths } = JSON.parse((await get('/')).text);
    assert.deepEqual(paths, [...new Set(paths as string[])].sort());
    assert.ok(paths.includes('/readyz/store') && paths.includes('/apis/services.x-k8s.io/v3alpha1'));
  });
  it('are found by their exact case only', async () => {
    assert.equal((await get('/Version')).code, 404);
  });
});
