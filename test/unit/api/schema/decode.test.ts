import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { decodeJson, decodeYaml } from '../../../../api/schema/decode.ts';
import { DecodeError, maxNestingDepth, scanJson } from '../../../../api/schema/json-scan.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (text: string) => decodeJson(bytes(text));
const yaml = (text: string) => decodeYaml(bytes(text));

function message(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return error.message;
  }
  throw new Error('nothing was thrown');
}

describe('decodeJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.deepEqual(json(text), { value: JSON.parse(text), duplicates: [] });
      }),
    );
  });

  it('refuses exactly what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '\\u12',
      '\n',
    );
    const accepts = (read: (text: string) => unknown, text: string): boolean => {
      try {
        read(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        assert.equal(accepts(scanJson, text), accepts(JSON.parse, text), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('names duplicate fields with their paths, each once', () => {
    const text = `{"spec": {"foo": 1, "foo": 2, "f\\u006fo": 3, "ports": [{}, {"name": "a", "name": "b"}]}, "kind": "A", "kind": "B"}`;
    const { value, duplicates } = json(text);
    assert.deepEqual(duplicates, ['spec.foo', 'spec.ports[1].name', 'kind']);
    assert.deepEqual(value, { spec: { foo: 3, ports: [{}, { name: 'b' }] }, kind: 'B' });
  });

  it('names at most 100 duplicates', () => {
    const fields = Array.from({ length: 150 }, (_, i) => `"x${i}": 1, "x${i}": 2`);
    assert.equal(json(`{${fields.join(',')}}`).duplicates.length, 100);
  });

  const failures: [string, string][] = [
    ['', 'unexpected end of JSON input'],
    ['{"a": ', 'unexpected end of JSON input'],
    ['{"a', 'unexpected end of JSON input'],
    // Go's scanner tries a space at the end.
    ['tru', "invalid character ' ' in literal true (expecting 'e')"],
    ['-', "invalid character ' ' in numeric literal"],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{,}', "invalid character ',' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12G4"', "invalid character 'G' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['nulL', "invalid character 'L' in literal null (expecting 'l')"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ];
  for (const [text, expected] of failures) {
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      assert.equal(
        message(() => json(text)),
        expected,
      );
    });
  }

  it('bounds nesting without using the stack', () => {
    const nested = (n: number) => '['.repeat(n) + ']'.repeat(n);
    assert.deepEqual(json(nested(maxNestingDepth)).duplicates, []);
    assert.equal(
      message(() => json(nested(maxNestingDepth + 1))),
      "invalid character '[' exceeded max depth",
    );
    assert.match(
      message(() => json('{"a":'.repeat(1_000_000))),
      /exceeded max depth/,
    );
  });

  it('keeps __proto__ a key', () => {
    const { value } = json('{"__proto__": {"polluted": true}}') as { value: Record<string, unknown> };
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('decodeYaml', () => {
  it('reads manifests as JSON', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {app: "1"}\nspec:\n- 1\n- 0x1F\n- 1e3\n- ~\n';
    assert.deepEqual(yaml(text), {
      value: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a', labels: { app: '1' } },
        spec: [1, 31, 1000, null],
      },
      duplicates: [],
    });
  });

  it('knows the words of YAML 1.1, and leaves dates, times and base 60 alone', () => {
    assert.deepEqual(yaml('{a: y, b: on, c: No, n: 1, d: 2026-01-02, e: 12:30:45, 80: x}').value, {
      a: true,
      b: true,
      c: false,
      false: 1,
      d: '2026-01-02',
      e: '12:30:45',
      80: 'x',
    });
  });

  it('reads JSON too', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.integer(), fc.string(), fc.boolean())),
        (value) => {
          assert.deepEqual(yaml(JSON.stringify(value)).value, { ...value });
        },
      ),
    );
  });

  it('names duplicate fields with their paths', () => {
    const { value, duplicates } = yaml('spec:\n  foo: 1\n  foo: 2\n  ports:\n  - name: a\n    name: b\n');
    assert.deepEqual(duplicates, ['spec.foo', 'spec.ports[0].name']);
    assert.deepEqual(value, { spec: { foo: 2, ports: [{ name: 'b' }] } });
  });

  it('follows anchors and merge keys, without sharing objects', () => {
    const { value } = yaml('a: &x {k: 1}\nb: *x\nc: {<<: *x, m: 2}\n') as { value: Record<string, object> };
    assert.deepEqual(value, { a: { k: 1 }, b: { k: 1 }, c: { k: 1, m: 2 } });
    assert.notEqual(value.a, value.b);
  });

  it('says the line', () => {
    assert.match(
      message(() => yaml('a: 1\nb: [1\nc: 2\n')),
      /^yaml: line 3: /,
    );
    assert.match(
      message(() => yaml('? [a]\n: b')),
      /^yaml: invalid map key: /,
    );
    assert.match(
      message(() => yaml('a: *nope\n')),
      /nope/,
    );
  });

  it('reads JSON of any size, YAML up to a limit', () => {
    const items = Array.from({ length: 40_000 }, (_, i) => `"k${i}": 1`);
    const long = yaml(`{${items.join(', ')}}`).value as object;
    assert.equal(Object.keys(long).length, 40_000);
    assert.match(
      message(() => yaml(items.join('\n'))),
      /^yaml: document of \d+ bytes is over the limit of 262144; send JSON$/,
    );
  });

  it('refuses bombs, depth and numbers that JSON has not', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    assert.match(
      message(() => yaml(lines.join('\n'))),
      /alias/i,
    );
    assert.match(
      message(() => yaml(`a: ${'['.repeat(900)}${']'.repeat(900)}`)),
      /exceeded max depth/,
    );
    assert.match(
      message(() => yaml(`a: ${'['.repeat(100_000)}`)),
      /^yaml: exceeded max depth$/,
    );
    assert.match(
      message(() => yaml('a: .inf')),
      /unsupported value: Infinity/,
    );
  });

  it('keeps __proto__ a key', () => {
    const { value } = yaml('__proto__: {polluted: 1}\n') as { value: object };
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });
});
