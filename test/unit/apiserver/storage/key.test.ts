import assert from 'node:assert/strict';
import {
  namespacePrefix,
  objectKey,
  parseKey,
  resourcePrefix,
  resourcePrefixOf,
} from '../../../../apiserver/storage/key.ts';

describe('storage keys', () => {
  const endpoints = resourcePrefix('/services-v3', 'services.x-k8s.io', 'endpoints');
  const nodes = resourcePrefix('/services-v3', '', 'nodes');

  it('are built as <prefix>/<group or core>/<plural>/[<namespace>/]<name>', () => {
    assert.equal(endpoints, '/services-v3/services.x-k8s.io/endpoints/');
    assert.equal(namespacePrefix(endpoints, 'shop'), '/services-v3/services.x-k8s.io/endpoints/shop/');
    assert.equal(
      objectKey(endpoints, 'shop', 'web-1'),
      '/services-v3/services.x-k8s.io/endpoints/shop/web-1',
    );
    assert.equal(objectKey(nodes, '', 'node-1'), '/services-v3/core/nodes/node-1');
  });

  it('are taken apart again', () => {
    for (const parts of [
      { group: 'services.x-k8s.io', plural: 'endpoints', namespace: 'shop', name: 'web-1' },
      { group: '', plural: 'nodes', namespace: '', name: 'node-1' },
    ]) {
      const resource = resourcePrefix('/p', parts.group, parts.plural);
      const key = objectKey(resource, parts.namespace, parts.name);
      assert.deepEqual(parseKey('/p', key), parts);
      assert.equal(resourcePrefixOf('/p', key), resource);
    }
  });

  it('what is no object key has no parts', () => {
    for (const key of [
      '/p',
      '/p/',
      '/p/core',
      '/p/core/nodes',
      '/p/core/nodes/',
      '/p/core/pods/a/b/c',
      '/p/core/pods//b',
      '/px/core/nodes/a',
    ]) {
      assert.equal(parseKey('/p', key), undefined, key);
    }
    assert.equal(resourcePrefixOf('/p', '/p/core/nodes'), undefined);
  });

  it('a segment cannot pose as two', () => {
    assert.throws(() => objectKey(nodes, '', 'a/b'), RangeError);
    assert.throws(() => namespacePrefix(nodes, ''), RangeError);
    assert.throws(() => objectKey(nodes, '', ''), RangeError);
  });
});
