/** Bodies that kubectl 1.36 sends for `create`, recorded with `-v=10`, and what must never be taken for one. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { configMapMessage } from '../../../../api/core/protobuf/config-map.ts';
import { namespaceMessage } from '../../../../api/core/protobuf/namespace.ts';
import { serviceMessage } from '../../../../api/core/protobuf/service.ts';
import { decodeEnvelope } from '../../../../api/protobuf/envelope.ts';
import {
  decodeMessage,
  flag,
  integer,
  list,
  map,
  message,
  nested,
  present,
  text,
  time,
} from '../../../../api/protobuf/message.ts';
import { DecodeError } from '../../../../api/schema/json-scan.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** kubectl create service nodeport np2 --tcp=80:http --node-port=30002 */
const service = bytes(`
  6b 38 73 00 0a 0d 0a 02 76 31 12 07 53 65 72 76 69 63 65 12 6d 0a 1f 0a 03 6e 70 32 12 00 1a 00
  22 00 2a 00 32 00 38 00 42 00 5a 0a 0a 03 61 70 70 12 03 6e 70 32 12 46 0a 20 0a 07 38 30 2d 68
  74 74 70 12 03 54 43 50 18 50 22 0a 08 01 10 00 1a 04 68 74 74 70 28 b2 ea 01 12 0a 0a 03 61 70
  70 12 03 6e 70 32 1a 00 22 08 4e 6f 64 65 50 6f 72 74 3a 00 42 00 52 00 5a 00 60 00 68 00 1a 02
  0a 00 1a 00 22 00`);
/** kubectl create configmap b --from-file=x=/dev/stdin, of the bytes ff fe 0a */
const configMap = bytes(`
  6b 38 73 00 0a 0f 0a 02 76 31 12 09 43 6f 6e 66 69 67 4d 61 70 12 1d 0a 11 0a 01 62 12 00 1a 00
  22 00 2a 00 32 00 38 00 42 00 1a 08 0a 01 78 12 03 ff fe 0a 1a 00 22 00`);

describe('protobuf bodies', () => {
  it('a Service as its JSON would be: what is empty is left out', () => {
    assert.deepEqual(decodeEnvelope(service, serviceMessage), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'np2', labels: { app: 'np2' } },
      spec: {
        ports: [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http', nodePort: 30002 }],
        selector: { app: 'np2' },
        type: 'NodePort',
      },
    });
  });

  it('a ConfigMap: bytes become base64', () => {
    assert.deepEqual(decodeEnvelope(configMap, configMapMessage), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'b' },
      binaryData: { x: '//4K' },
    });
  });

  const refuses = (body: Uint8Array, why: RegExp) =>
    assert.throws(
      () => decodeEnvelope(body, serviceMessage),
      (error: unknown) => error instanceof DecodeError && why.test(error.message),
    );

  it('without the magic bytes is refused', () => {
    refuses(Buffer.from('{"kind":"Service"}'), /does not appear to be a protobuf message/);
    refuses(new Uint8Array(), /does not appear to be a protobuf message/);
  });

  it('with a content encoding is refused: none is defined', () => {
    refuses(bytes('6b387300 1a04677a6970'), /content encoding "gzip"/);
  });

  it('cut short anywhere is refused, or is a shorter message', () => {
    for (let length = 4; length < service.byteLength; length++) {
      try {
        decodeEnvelope(service.subarray(0, length), serviceMessage);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }
    refuses(service.subarray(0, 60), /unexpected EOF/);
  });

  it('of any bytes gives a value or a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const body = Buffer.concat([bytes('6b387300 12'), Buffer.from([noise.byteLength % 128]), noise]);
        for (const table of [serviceMessage, configMapMessage, namespaceMessage]) {
          try {
            decodeEnvelope(body, table);
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
        }
      }),
    );
  });
});

describe('protobuf messages', () => {
  const decode = (hex: string, fields: Parameters<typeof message>[0]) =>
    decodeMessage(bytes(hex), message(fields));

  it('fields that the table lacks are skipped, of every width', () => {
    // 9: varint; 10: 8 bytes; 11: a string; 12: 4 bytes; then 1.
    const hex = '48 96 01  51 0102030405060708  5a 01 78  65 01020304  0a 01 61';
    assert.deepEqual(decode(hex, { 1: text('name') }), { name: 'a' });
  });

  it('an empty value of a pointer is kept, of a plain field dropped', () => {
    const hex = '0a00 1200 1800 2000 2800 3000';
    const fields = { 1: text('a'), 2: present(text('b')), 3: flag('c'), 4: present(flag('d')) };
    assert.deepEqual(decode(hex, { ...fields, 5: integer('e'), 6: present(integer('f')) }), {
      b: '',
      d: false,
      f: 0,
    });
  });

  it('integers are signed and 64 bits wide', () => {
    const fields = { 1: present(integer('n')) };
    assert.deepEqual(decode('08 ffffffffffffffffff01', fields), { n: -1 });
    assert.deepEqual(decode('08 ffffffff07', fields), { n: 2_147_483_647 });
    assert.throws(() => decode('08 ffffffffffffffffffff01', fields), /integer overflow/);
  });

  it('lists and maps gather their entries; an absent key or value is empty', () => {
    const fields = { 1: list('l'), 2: map('m') };
    assert.deepEqual(decode('0a0161 0a0162 12060a016b120176 1200', fields), {
      l: ['a', 'b'],
      m: { k: 'v', '': '' },
    });
  });

  it('a key called __proto__ is a key', () => {
    const key = Buffer.from('__proto__').toString('hex');
    const decoded = decode(`0a0e 0a09${key} 120178`, { 1: map('m') });
    assert.deepEqual(Object.entries(decoded.m ?? {}), [['__proto__', 'x']]);
  });

  it('times are RFC 3339 in whole seconds; Go’s zero time is no time', () => {
    const fields = { 1: time('at') };
    assert.deepEqual(decode('0a02 0800', fields), { at: '1970-01-01T00:00:00Z' });
    assert.deepEqual(decode('0a00', fields), {});
    assert.throws(() => decode('0a0a 08 ffffffffffffffff7f', fields), /out of range/);
  });

  it('a wrong wire type, a group and text that is not UTF-8 are refused', () => {
    assert.throws(() => decode('0801', { 1: text('name') }), /wrong wireType for field name/);
    assert.throws(() => decode('0a00', { 1: integer('n') }), /wrong wireType for field n/);
    assert.throws(() => decode('0b0c', { 1: nested('g', message({})) }), /illegal wireType 3/);
    assert.throws(() => decode('0a01ff', { 1: text('name') }), /invalid UTF-8/);
    assert.throws(() => decode('0001', {}), /illegal tag 0/);
  });
});
