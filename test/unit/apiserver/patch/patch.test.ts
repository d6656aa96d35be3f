import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyJsonPatch, MAX_JSON_PATCH_COPIED } from '../../../../apiserver/patch/json-patch.ts';
import type { JsonObject } from '../../../../apiserver/patch/json-value.ts';
import { applyMergePatch } from '../../../../apiserver/patch/merge-patch.ts';

describe('JSON merge patch', () => {
  it('gives the outcomes of RFC 7386, appendix A, for objects', () => {
    for (const [target, patch, outcome] of [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ] as const) {
      assert.deepEqual(applyMergePatch(target as JsonObject, patch), outcome);
    }
  });

  it('changes neither its target nor any prototype', () => {
    const target = { a: { b: 1 } };
    const patch = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}');
    const outcome = applyMergePatch(target, patch);
    assert.deepEqual(target, { a: { b: 1 } });
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.equal((outcome as { polluted?: boolean }).polluted, undefined);
    assert.equal(Object.getPrototypeOf(outcome), Object.prototype);
  });

  it('a second time changes nothing', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(value, value, (target, patch) => {
        const once = applyMergePatch(target as JsonObject, patch);
        assert.deepEqual(applyMergePatch(once, patch), once);
      }),
    );
  });
});

describe('JSON patch', () => {
  it('leaves its target alone', () => {
    const target = { a: [1] };
    assert.deepEqual(applyJsonPatch(target, [{ op: 'add', path: '/a/-', value: 2 }]), { a: [1, 2] });
    assert.deepEqual(target, { a: [1] });
  });

  it('escapes in pointers', () => {
    const target = { labels: { 'a/b': '1', 'c~d': '2' } };
    const patch = [
      { op: 'replace', path: '/labels/a~1b', value: '3' },
      { op: 'remove', path: '/labels/c~0d' },
    ];
    assert.deepEqual(applyJsonPatch(target, patch), { labels: { 'a/b': '3' } });
  });

  it('stops copies that double each time', () => {
    const target = { a: ['x'.repeat(1024)] };
    const patch = new Array(40).fill({ op: 'copy', from: '/a', path: '/a/-' });
    assert.ok(MAX_JSON_PATCH_COPIED < 1024 * 2 ** 20);
    assert.throws(() => applyJsonPatch(target, patch), { reason: 'Invalid' });
  });

  it('does not replace what lies in nothing, or outside a list', () => {
    for (const path of ['/missing/x', '/list/7']) {
      assert.throws(() => applyJsonPatch({ list: [1] }, [{ op: 'replace', path, value: 1 }]), {
        reason: 'Invalid',
      });
    }
  });
});
