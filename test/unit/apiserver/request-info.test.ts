import assert from 'node:assert/strict';
import { parseRequestInfo, type RequestInfo } from '../../../apiserver/request-info.ts';

function parse(method: string, target: string): RequestInfo {
  const [path = '', query = ''] = target.split('?');
  return parseRequestInfo({ method, path, query: new URLSearchParams(query) });
}

const summary = (info: RequestInfo): string =>
  info.isResource
    ? [info.verb, info.group, info.version, info.namespace, info.resource, info.name, info.subresource].join(
        '|',
      )
    : `${info.verb} ${info.path}`;

const cases: readonly [method: string, target: string, expected: string][] = [
  ['GET', '/', 'get /'],
  ['GET', '/healthz/ping', 'get /healthz/ping'],
  ['GET', '/apis', 'get /apis'],
  ['GET', '/apis/g.io/v1', 'get /apis/g.io/v1'],
  ['GET', '/api/v1', 'get /api/v1'],
  ['POST', '/version', 'post /version'],
  ['GET', '/apis/g.io/v1/things', 'list|g.io|v1||things||'],
  ['HEAD', '/apis/g.io/v1/things', 'list|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?watch=true', 'watch|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?watch', 'watch|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?watch=0', 'list|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?watch=False', 'list|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/namespaces/a/things/b', 'get|g.io|v1|a|things|b|'],
  ['GET', '/apis/g.io/v1/namespaces/a/things/b?watch=true', 'get|g.io|v1|a|things|b|'],
  ['PUT', '/apis/g.io/v1/namespaces/a/things/b/status', 'update|g.io|v1|a|things|b|status'],
  ['PATCH', '/apis/g.io/v1/namespaces/a/things/b', 'patch|g.io|v1|a|things|b|'],
  ['POST', '/apis/g.io/v1/namespaces/a/things', 'create|g.io|v1|a|things||'],
  ['DELETE', '/apis/g.io/v1/namespaces/a/things', 'deletecollection|g.io|v1|a|things||'],
  ['DELETE', '/apis/g.io/v1/namespaces/a/things/b', 'delete|g.io|v1|a|things|b|'],
  ['OPTIONS', '/apis/g.io/v1/things', '|g.io|v1||things||'],
  ['GET', '/api/v1/namespaces', 'list||v1||namespaces||'],
  ['GET', '/api/v1/namespaces/a', 'get||v1|a|namespaces|a|'],
  ['PUT', '/api/v1/namespaces/a/status', 'update||v1|a|namespaces|a|status'],
  ['PUT', '/api/v1/namespaces/a/finalize', 'update||v1|a|namespaces|a|finalize'],
  ['GET', '/api/v1/namespaces/a/pods', 'list||v1|a|pods||'],
  ['GET', '/apis/g.io/v1/watch/namespaces/a/things/b', 'watch|g.io|v1|a|things|b|'],
  ['GET', '/apis/g.io/v1/watch', 'get /apis/g.io/v1/watch'],
  ['GET', '/apis/g.io/v1/namespaces/a/things/b%2Fc', 'get|g.io|v1|a|things|b|c'],
  ['GET', '/apis/g.io/v1/things?fieldSelector=metadata.name%3Db', 'list|g.io|v1||things|b|'],
  ['GET', '/apis/g.io/v1/things?fieldSelector=metadata.name%3D%3Db,spec.x%3Dy', 'list|g.io|v1||things|b|'],
  ['GET', '/apis/g.io/v1/things?fieldSelector=metadata.name!%3Db', 'list|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?fieldSelector=metadata.name%3Da/b', 'list|g.io|v1||things||'],
  ['GET', '/apis/g.io/v1/things?fieldSelector=broken', 'list|g.io|v1||things||'],
  [
    'DELETE',
    '/apis/g.io/v1/namespaces/a/things?fieldSelector=metadata.name%3Db',
    'deletecollection|g.io|v1|a|things||',
  ],
];

describe('parseRequestInfo', () => {
  for (const [method, target, expected] of cases) {
    it(`${method} ${target}`, () => assert.equal(summary(parse(method, target)), expected));
  }

  it('refuses a malformed escape', () => {
    assert.throws(() => parse('GET', '/apis/g.io/v1/things/%zz'), { reason: 'BadRequest' });
  });

  it('keeps segments beyond the subresource', () => {
    assert.deepEqual(parse('GET', '/apis/g.io/v1/namespaces/a/things/b/c/d').parts, [
      'things',
      'b',
      'c',
      'd',
    ]);
  });
});
