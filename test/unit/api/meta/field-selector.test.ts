import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import {
  checkFieldSelector,
  exactField,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from '../../../../api/meta/field-selector.ts';

describe('parseFieldSelector', () => {
  it('reads terms, sorted, with escapes in values', () => {
    assert.deepEqual(parseFieldSelector('spec.zone!=b,,metadata.name==a\\,b\\=c\\\\d'), [
      { field: 'metadata.name', operator: '=', value: 'a,b=c\\d' },
      { field: 'spec.zone', operator: '!=', value: 'b' },
    ]);
    assert.deepEqual(parseFieldSelector(''), []);
    assert.deepEqual(parseFieldSelector('a='), [{ field: 'a', operator: '=', value: '' }]);
    assert.equal(exactField(parseFieldSelector('metadata.name=x,a=b'), 'metadata.name'), 'x');
    assert.equal(exactField(parseFieldSelector('metadata.name!=x'), 'metadata.name'), undefined);
  });

  const failures: [string, string][] = [
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b,c', "invalid selector: 'a=b,c'; can't understand 'c'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ];
  for (const [text, message] of failures) {
    it(`refuses ${text} in upstream's words`, () => {
      assert.throws(() => parseFieldSelector(text), { name: 'ApiError', message });
    });
  }

  it('parses what it prints', () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z]{1,4}(\.[a-z]{1,4})?$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string(),
    });
    fc.assert(
      fc.property(requirement, (r) => {
        assert.deepEqual(parseFieldSelector(formatFieldSelector([r])), [{ ...r }]);
      }),
    );
  });
});

describe('checkFieldSelector', () => {
  it('names the unknown field and the known ones', () => {
    const known = ['metadata.name', 'metadata.namespace'];
    assert.throws(() => checkFieldSelector(parseFieldSelector('spec.x=1'), known), {
      message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    checkFieldSelector(parseFieldSelector('metadata.name=1'), known);
  });
});

describe('matchesFields', () => {
  const object: Record<string, string | string[] | undefined> = {
    'spec.ip': ['10.0.0.1', 'fd00::1'],
    'spec.zone': 'a',
    'spec.none': [],
  };
  const matches = (text: string): boolean =>
    matchesFields(parseFieldSelector(text), (field) => object[field]);

  it('any value equals, none may for !=, and absent is empty', () => {
    assert.equal(matches('spec.ip=fd00::1,spec.zone=a'), true);
    assert.equal(matches('spec.ip!=fd00::1'), false);
    assert.equal(matches('spec.ip!=fd00::2'), true);
    assert.equal(matches('spec.zone=b'), false);
    assert.equal(matches('spec.node='), true);
    assert.equal(matches('spec.node!='), false);
    assert.equal(matches('spec.none='), true);
  });
});
