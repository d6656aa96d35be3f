import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClientError } from '../../../client/errors.ts';
import { decodeLines, maxLineBytes } from '../../../client/ndjson.ts';

async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array, void, void> {
  const borders = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let from = 0;
  for (const border of [...borders, bytes.length]) {
    yield bytes.subarray(from, border);
    from = border;
  }
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

describe('decodeLines', () => {
  it('gives back the values whatever the borders of the chunks (property)', async () => {
    const value = fc.record({
      type: fc.string({ unit: 'grapheme' }),
      n: fc.integer(),
      text: fc.constantFrom('é', '𝛑', '名'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.array(fc.nat(500)), async (values, cuts) => {
        const bytes = Buffer.from(values.map((v) => `${JSON.stringify(v)}\n`).join(''));
        assert.deepEqual(await collect(decodeLines(chunked(bytes, cuts))), structuredClone(values));
      }),
    );
  });

  it('reads a last line without an end, and skips empty ones', async () => {
    const bytes = Buffer.from('\n{"a":1}\r\n\n{"b":2}');
    assert.deepEqual(await collect(decodeLines(chunked(bytes, []))), [{ a: 1 }, { b: 2 }]);
  });

  it('refuses half a line: the connection was cut', async () => {
    const stream = decodeLines(chunked(Buffer.from('{"a":1}\n{"b'), []));
    await assert.rejects(collect(stream), (e) => e instanceof ClientError && e.code === 'Protocol');
  });

  it('refuses a line that does not end', async () => {
    const endless = async function* () {
      const block = Buffer.alloc(1024 * 1024, 0x20);
      for (let sent = 0; sent <= maxLineBytes; sent += block.length) yield block;
    };
    await assert.rejects(collect(decodeLines(endless())), /larger than/);
  });
});
