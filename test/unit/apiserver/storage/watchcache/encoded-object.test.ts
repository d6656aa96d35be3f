import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isStorageError } from '../../../../../apiserver/storage/errors.ts';
import type { Revision, StorageKey } from '../../../../../apiserver/storage/storage.ts';
import { DecodedObjects, encodeEntry } from '../../../../../apiserver/storage/watchcache/encoded-object.ts';

const RESOURCE = '/p/services.x-k8s.io/endpoints/';
const encode = (json: string, revision: number, key = `${RESOURCE}ns/a`) =>
  encodeEntry(
    { key: key as StorageKey, value: Buffer.from(json), revision: revision as Revision },
    RESOURCE,
    new DecodedObjects(4),
  );
const decode = (json: Uint8Array): unknown => JSON.parse(Buffer.from(json).toString());

describe('encoded objects', () => {
  it('carry the revision as resourceVersion, and nothing else changes, whatever the object', () => {
    const labels = fc.dictionary(fc.string(), fc.string());
    const object = fc.record({
      before: fc.jsonValue(),
      metadata: fc.record(
        { labels, annotations: labels, name: fc.string({ unit: 'grapheme' }) },
        { requiredKeys: [] },
      ),
      after: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        object,
        fc.constantFrom(0, 2),
        fc.integer({ min: 1 }),
        fc.integer({ min: 1 }),
        (value, indent, one, two) => {
          // Through JSON once: what it cannot say (-0) is not the cache's to keep.
          const plain = JSON.parse(JSON.stringify(value)) as typeof value;
          const encoded = encode(JSON.stringify(plain, undefined, indent), one);
          const expected = (revision: number) => ({
            ...plain,
            metadata: { ...plain.metadata, resourceVersion: String(revision) },
          });
          assert.deepEqual(decode(encoded.json), expected(one));
          assert.deepEqual(decode(encoded.at(two as Revision).json), expected(two));
          assert.deepEqual(encoded.object(), expected(one));
          assert.deepEqual({ ...encoded.labels }, { ...plain.metadata.labels });
        },
      ),
    );
  });

  it('read a selectable field once, absent or not, and anew at another revision', () => {
    const encoded = encode('{"metadata":{},"spec":{"nodeName":"a"}}', 1);
    let reads = 0;
    const node = (object: object) => {
      reads += 1;
      return (object as { spec: { nodeName: string } }).spec.nodeName;
    };
    const nothing = () => {
      reads += 1;
      return undefined;
    };
    for (let i = 0; i < 2; i++) {
      assert.equal(encoded.field('spec.nodeName', node), 'a');
      assert.equal(encoded.field('spec.zone', nothing), undefined);
    }
    assert.equal(reads, 2);
    assert.equal(encoded.at(2 as Revision).field('spec.nodeName', node), 'a');
    assert.equal(reads, 3);
  });

  it('know their namespace and name', () => {
    const namespaced = encode('{"metadata":{}}', 1);
    assert.deepEqual([namespaced.namespace, namespaced.name], ['ns', 'a']);
    const cluster = encode('{"metadata":{}}', 1, `${RESOURCE}node-1`);
    assert.deepEqual([cluster.namespace, cluster.name], ['', 'node-1']);
  });

  it('are not misled by a metadata that is deeper, or quoted', () => {
    const json =
      '{"spec":{"metadata":{"labels":{"no":"1"}}},"kind":"\\"metadata\\":{","metadata":{"labels":{"yes":"1"}}}';
    const encoded = encode(json, 7);
    assert.deepEqual(encoded.labels, { yes: '1' });
    assert.equal(encoded.object().metadata.resourceVersion, '7');
  });

  it('what is not an object with metadata is Corrupt', () => {
    for (const json of [
      '',
      'null',
      '[]',
      '{}',
      '{"metadata":null}',
      '{"kind":"A"',
      '{"a":{"metadata":{}}}',
    ]) {
      assert.throws(
        () => encode(json, 1),
        (error) => isStorageError(error, 'Corrupt'),
        json,
      );
    }
  });

  it('only so many stay decoded', () => {
    const decoded = new DecodedObjects(1);
    const [a, b] = ['a', 'b'].map((name) =>
      encodeEntry(
        {
          key: `${RESOURCE}${name}` as StorageKey,
          value: Buffer.from('{"metadata":{}}'),
          revision: 1 as Revision,
        },
        RESOURCE,
        decoded,
      ),
    );
    const first = a?.object();
    assert.equal(a?.object(), first, 'the same object while it is kept');
    b?.object();
    assert.notEqual(a?.object(), first);
    assert.deepEqual(a?.object(), first);
  });
});
