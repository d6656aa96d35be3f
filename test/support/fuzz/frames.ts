/** Bytes that are no requests: cut HTTP/1.1, floods of headers, broken HTTP/2 frames. */
import fc from 'fast-check';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const http1Texts = [
  'GET /apis HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /apis/services.x-k8s.io/v3alpha1/servicegroups HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n{"a":',
  'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
  'GET /apis HTTP/9.9\r\nHost: a\r\n\r\n',
  'GET /a b c HTTP/1.1\r\n\r\n',
  'GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /apis HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
  'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
  'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\nContent-Length: 3\r\n\r\nabc',
  `GET /apis HTTP/1.1\r\nHost: a\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`,
  `GET /apis HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(2 * 1024 * 1024)}\r\n\r\n`,
  `GET /${'x'.repeat(2 * 1024 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  'GET / HTTP/1.1\r\n a: folded\r\nHost: a\r\n\r\n',
  '\r\n\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(200),
];

const cut = (bytes: Buffer, where: number): Buffer => bytes.subarray(0, Math.ceil(where * bytes.length));

const share = fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));

export const brokenHttp1: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...http1Texts), share)
  .map(([text, where]) => cut(Buffer.from(text, 'latin1'), where));

/** A frame with any type, flags and stream, whose declared length may be a lie. */
const frame = fc
  .record({
    type: fc.integer({ min: 0, max: 12 }),
    flags: fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x25, 0xff),
    stream: fc.constantFrom(0, 1, 2, 3, 5, 0x7fffffff),
    payload: fc.uint8Array({ maxLength: 40 }),
    extra: fc.constantFrom(0, 0, 0, 1, -1, 20_000),
  })
  .map(({ type, flags, stream, payload, extra }) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(Math.max(0, payload.length + extra), 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, Buffer.from(payload)]);
  });

const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
/** HEADERS that open a stream and are never finished, reset at once: the rapid reset of CVE-2023-44487. */
const rapidReset = Buffer.concat(
  Array.from({ length: 300 }, (_, i) => {
    const opened = Buffer.from([0, 0, 3, 1, 4, 0, 0, 0, 0, 0x82, 0x84, 0x87]);
    const reset = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    opened.writeUInt32BE(2 * i + 1, 5);
    reset.writeUInt32BE(2 * i + 1, 5);
    return Buffer.concat([opened, reset]);
  }),
);

export const brokenHttp2: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.array(frame, { minLength: 1, maxLength: 6 }), fc.boolean(), share)
      .map(([frames, polite, where]) =>
        cut(Buffer.concat([preface, ...(polite ? [settings] : []), ...frames]), where),
      ),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.concat([preface, settings, rapidReset])) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);
