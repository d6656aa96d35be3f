import assert from 'node:assert/strict';
import { headerValues, joinedHeaders, prefixedHeaders } from '../../../../apiserver/headers.ts';
import { deadlineOf, parseDuration } from '../../../../apiserver/http/deadline.ts';
import { InFlight } from '../../../../apiserver/http/in-flight.ts';
import { warningHeaders } from '../../../../apiserver/http/warnings.ts';
import { parseRequestInfo } from '../../../../apiserver/request-info.ts';

describe('deadlineOf', () => {
  const deadline = (method: string, target: string) => {
    const [path = '', query = ''] = target.split('?');
    const parameters = new URLSearchParams(query);
    return deadlineOf(parseRequestInfo({ method, path, query: parameters }), parameters);
  };
  const things = '/apis/g.io/v1/namespaces/a/things';

  it('is a minute, 34 s for the write of one object, none for a watch', () => {
    assert.equal(deadline('GET', things), 60_000);
    assert.equal(deadline('DELETE', things), 60_000);
    assert.equal(deadline('POST', things), 34_000);
    assert.equal(deadline('DELETE', `${things}/b`), 34_000);
    assert.equal(deadline('GET', `${things}?watch=1&timeout=soon`), undefined);
  });

  it('can only be lowered', () => {
    assert.equal(deadline('GET', `${things}?timeout=10s`), 10_000);
    assert.equal(deadline('GET', `${things}?timeout=10m`), 60_000);
    assert.equal(deadline('GET', `${things}?timeout=0`), 60_000);
  });

  it('reads durations as Go does', () => {
    assert.equal(parseDuration('1h2m3.5s'), 3_723_500);
    assert.equal(parseDuration('-1.5ms'), -1.5);
    assert.equal(parseDuration('2µs'), 0.002);
    const prefix = 'invalid timeout specified in the request URL - time: ';
    for (const [text, message] of [
      ['10', 'missing unit in duration "10"'],
      ['3x', 'unknown unit "x" in duration "3x"'],
      ['', 'invalid duration ""'],
      ['soon', 'invalid duration "soon"'],
    ] as const) {
      assert.throws(() => parseDuration(text), { message: `${prefix}${message}`, reason: 'BadRequest' });
    }
  });
});

describe('raw headers', () => {
  const raw = [
    'X-A',
    'one, two',
    'x-a',
    'three',
    ':path',
    '/',
    '__proto__',
    'x',
    'X-N',
    Buffer.from('ü').toString('latin1'),
  ];
  it('are never split, and joined only where asked', () => {
    assert.deepEqual(headerValues(raw, 'x-A'), ['one, two', 'three']);
    const joined = joinedHeaders(raw, (name) => name !== 'x-n');
    assert.deepEqual(Object.entries(joined), [
      ['x-a', 'one, two, three'],
      ['__proto__', 'x'],
    ]);
  });
  it('are UTF-8', () => assert.deepEqual(headerValues(raw, 'x-n'), ['ü']));
  it('give values by the rest of their name', () => {
    const found = prefixedHeaders(['P-A', '1', 'p-b%2fc', '2', 'P-a', '3', 'Q', '4'], ['P-']);
    assert.deepEqual({ ...found }, { a: ['1', '3'], 'b/c': ['2'] });
  });
});

describe('warningHeaders', () => {
  it('quotes, removes control characters, and says each once', () => {
    assert.deepEqual(warningHeaders(['a "b"\\\n', 'a "b"\\\n', '', 'c']), [
      '299 - "a \\"b\\"\\\\"',
      '299 - "c"',
    ]);
  });
  it('cuts every text when all are too long together', () => {
    const texts = Array.from({ length: 30 }, (_, i) => `${String(i).padStart(2, '0')}${'x'.repeat(500)}`);
    const headers = warningHeaders(texts);
    assert.equal(headers.length, 16);
    assert.ok(headers.every((h) => h.length === '299 - ""'.length + 256));
  });
});

describe('InFlight', () => {
  it('has a share for reading and one for changing, and a place is given back once', () => {
    const inFlight = new InFlight({ reading: 1, changing: 1 });
    const leave = inFlight.enter('readOnly');
    assert.equal(inFlight.enter('readOnly'), undefined);
    assert.notEqual(inFlight.enter('mutating'), undefined);
    leave?.();
    leave?.();
    assert.equal(inFlight.current('readOnly'), 0);
    assert.notEqual(inFlight.enter('readOnly'), undefined);
    assert.equal(inFlight.enter('readOnly'), undefined);
  });
});
