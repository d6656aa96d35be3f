import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { generateName } from '../../../../api/meta/name-generator.ts';
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegmentName,
  validatePortName,
  validatePortNumber,
  validateQualifiedName,
} from '../../../../api/meta/names.ts';

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const key =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('names', () => {
  it('DNS-1123 labels', () => {
    assert.deepEqual(validateDns1123Label('a'.repeat(63)), []);
    assert.deepEqual(validateDns1123Label('1-a'), []);
    assert.deepEqual(validateDns1123Label('a'.repeat(64)), ['must be no more than 63 characters']);
    assert.deepEqual(validateDns1123Label('a.b'), ['must not contain dots']);
    for (const bad of ['', 'A', '-a', 'a-', 'a_b', 'a\n'])
      assert.deepEqual(validateDns1123Label(bad), [label]);
  });

  it('DNS-1123 subdomains', () => {
    assert.deepEqual(validateDns1123Subdomain('a.b-c.1'), []);
    assert.deepEqual(validateDns1123Subdomain('a'.repeat(254)), ['must be no more than 253 characters']);
    for (const bad of ['', 'a..b', '.a', 'A.b', 'a.b\n']) {
      assert.deepEqual(validateDns1123Subdomain(bad), [subdomain]);
    }
  });

  it('DNS-1035 labels', () => {
    assert.deepEqual(validateDns1035Label('a-1'), []);
    assert.deepEqual(validateDns1035Label('1a'), [
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ]);
  });

  it('qualified names', () => {
    for (const good of ['a', 'A_b.c-1', 'example.com/MyName', 'constructor']) {
      assert.deepEqual(validateQualifiedName(good), []);
    }
    assert.deepEqual(validateQualifiedName(''), ['name part must be non-empty', `name part ${key}`]);
    assert.deepEqual(validateQualifiedName('/a'), ['prefix part must be non-empty']);
    assert.deepEqual(validateQualifiedName('A/b'), [`prefix part ${subdomain}`]);
    assert.deepEqual(validateQualifiedName('a'.repeat(64)), ['name part must be no more than 63 bytes']);
    assert.deepEqual(validateQualifiedName('a/b/c'), [
      `a valid label key ${key} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]);
    assert.deepEqual(validateQualifiedName('__proto__'), [`name part ${key}`]);
  });

  it('label values', () => {
    assert.deepEqual(validateLabelValue(''), []);
    assert.deepEqual(validateLabelValue('a'.repeat(64)), ['must be no more than 63 bytes']);
    assert.equal(validateLabelValue('a b').length, 1);
  });

  it('port names', () => {
    assert.deepEqual(validatePortName('http-2'), []);
    assert.deepEqual(validatePortName('a'.repeat(16)), ['must be no more than 15 characters']);
    assert.deepEqual(validatePortName('80'), ['must contain at least one letter (a-z)']);
    assert.deepEqual(validatePortName('-a--B'), [
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'must not contain consecutive hyphens',
      'must not begin or end with a hyphen',
    ]);
    assert.deepEqual(validatePortNumber(0), ['must be between 1 and 65535, inclusive']);
    assert.deepEqual(validatePortNumber(65535), []);
  });

  it('path segments', () => {
    assert.deepEqual(validatePathSegmentName('web.node.n1'), []);
    assert.deepEqual(validatePathSegmentName('..'), [`may not be '..'`]);
    assert.deepEqual(validatePathSegmentName('a/%'), [`may not contain '/'`, `may not contain '%'`]);
  });
});

describe('generateName', () => {
  it('adds five letters of the alphabet that random picks', () => {
    const picks = [0, 26, 1, 2, 3];
    assert.equal(
      generateName('web-', (limit) => {
        assert.equal(limit, 27);
        return picks.shift() ?? 0;
      }),
      'web-b9cdf',
    );
  });

  it('always fits a DNS label and is one, where the base is', () => {
    const base = fc.stringMatching(/^[a-z][a-z0-9]{0,100}$/);
    fc.assert(
      fc.property(base, fc.nat(), (text, seed) => {
        const name = generateName(text, (limit) => seed % limit);
        assert.deepEqual(validateDns1123Label(name), []);
        assert.ok(name.startsWith(text.slice(0, 58)));
      }),
    );
  });
});
