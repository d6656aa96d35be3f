import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { ApiError } from '../../../../api/meta/api-error.ts';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import {
  formatLabelSelector,
  fromLabelSelector,
  matchesLabels,
  parseLabelSelector,
} from '../../../../api/meta/labels.ts';
import type { LabelRequirement } from '../../../../api/meta/selectors.ts';
import type { LabelSelector } from '../../../../api/meta/types.ts';

const matches = (selector: string, labels?: Record<string, string>): boolean =>
  matchesLabels(parseLabelSelector(selector), labels);

describe('parseLabelSelector', () => {
  it('reads every operator, sorted by key, values sorted and distinct', () => {
    assert.deepEqual(parseLabelSelector(' x in (b, a,b),!c , d==1,a!=2, e.f/g, h>5,i<7,z notin ()'), [
      { key: 'a', operator: '!=', values: ['2'] },
      { key: 'c', operator: '!exists', values: [] },
      { key: 'd', operator: '=', values: ['1'] },
      { key: 'e.f/g', operator: 'exists', values: [] },
      { key: 'h', operator: '>', values: ['5'] },
      { key: 'i', operator: '<', values: ['7'] },
      { key: 'x', operator: 'in', values: ['a', 'b'] },
      { key: 'z', operator: 'notin', values: [''] },
    ]);
    assert.deepEqual(parseLabelSelector(''), []);
    assert.deepEqual(parseLabelSelector('a='), [{ key: 'a', operator: '=', values: [''] }]);
    assert.deepEqual(parseLabelSelector('a in (in,notin)')[0]?.values, ['in', 'notin']);
  });

  const value =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  const failures: [string, string][] = [
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=-', `unable to parse requirement: values[0][a]: Invalid value: "-": ${value}`],
    [
      'a>b',
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ];
  for (const [text, message] of failures) {
    it(`refuses ${JSON.stringify(text)} in upstream's words`, () => {
      assert.throws(
        () => parseLabelSelector(text),
        (e: unknown) => {
          assert.ok(e instanceof ApiError);
          assert.equal(e.message, message);
          return e.code === 400 && e.reason === 'BadRequest';
        },
      );
    });
  }

  it('refuses a bad key, naming no field, as upstream does', () => {
    assert.throws(
      () => parseLabelSelector('a/b/c'),
      /^ApiError: unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must consist of/,
    );
  });

  it('parses what it prints', () => {
    const word = fc.stringMatching(/^[a-z]([a-z0-9]{0,5})$/);
    const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
      fc.record({
        key: word,
        operator: fc.constantFrom('exists' as const, '!exists' as const),
        values: fc.constant([]),
      }),
      fc.record({
        key: word,
        operator: fc.constantFrom('=' as const, '!=' as const),
        values: fc.tuple(fc.oneof(word, fc.constant(''))),
      }),
      fc.record({
        key: word,
        operator: fc.constantFrom('in' as const, 'notin' as const),
        values: fc.uniqueArray(word, { minLength: 1 }).map((a) => a.sort()),
      }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(requirement, { selector: (r) => r.key }), (requirements) => {
        const sorted = requirements.map((r) => ({ ...r })).sort((a, b) => (a.key < b.key ? -1 : 1));
        assert.deepEqual(parseLabelSelector(formatLabelSelector(sorted)), sorted);
      }),
    );
  });
});

describe('matchesLabels', () => {
  it('follows upstream for absent labels', () => {
    assert.equal(matches('a=1', {}), false);
    assert.equal(matches('a!=1', {}), true);
    assert.equal(matches('a notin (1)', undefined), true);
    assert.equal(matches('a in (1,2)', { a: '2' }), true);
    assert.equal(matches('a', { a: '' }), true);
    assert.equal(matches('!a', { a: '' }), false);
    assert.equal(matches('', undefined), true);
    assert.equal(matches('a,b=1', { a: 'x', b: '2' }), false);
  });

  it('compares whole numbers, and never what is none', () => {
    assert.equal(matches('a>9', { a: '10' }), true);
    assert.equal(matches('a<9223372036854775807', { a: '9223372036854775806' }), true);
    assert.equal(matches('a>1', { a: 'x' }), false);
    assert.equal(matches('a>1', {}), false);
  });

  it('does not take inherited properties for labels', () => {
    assert.equal(matches('constructor', {}), false);
    assert.equal(matches('toString!=x', { a: 'b' }), true);
  });
});

describe('fromLabelSelector', () => {
  const errors = (selector: LabelSelector): string[] =>
    fromLabelSelector(selector, 'spec.selector').errors.map(fieldErrorMessage);

  it('ANDs both halves', () => {
    const { requirements } = fromLabelSelector(
      {
        matchLabels: { app: 'web' },
        matchExpressions: [
          { key: 'track', operator: 'NotIn', values: ['b', 'a'] },
          { key: 'a', operator: 'Exists' },
        ],
      },
      'spec.selector',
    );
    assert.equal(formatLabelSelector(requirements), 'a,app=web,track notin (a,b)');
  });

  it('words errors as apimachinery does', () => {
    assert.deepEqual(
      errors({
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Foo' as 'In' },
        ],
      }),
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        'spec.selector.matchExpressions[2].operator: Invalid value: "Foo": not a valid selector operator',
      ],
    );
    assert.match(
      errors({ matchLabels: { 'a b': 'c' } })[0] ?? '',
      /^spec\.selector\.matchLabels: Invalid value: "a b": name part must consist/,
    );
    assert.match(
      errors({ matchExpressions: [{ key: 'a', operator: 'In', values: ['b', '-'] }] })[0] ?? '',
      /^spec\.selector\.matchExpressions\[0\]\.values\[1\]: Invalid value: "-": a valid label must be/,
    );
  });
});
