/**
 * JSON values one a line (a watch's body), whatever the borders of the chunks: a chunk may end inside a
 * line or inside a UTF-8 character. Lines are cut on bytes and decoded whole.
 */
import { ClientError } from './errors.ts';

/** Bytes. Twice what a server accepts as one object (3 MiB), for the envelope and managedFields. */
export const maxLineBytes = 6 * 1024 * 1024;

const newline = 0x0a;

export async function* decodeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void, void> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const value = parse(parts);
      parts = [];
      held = 0;
      if (value !== undefined) yield value;
    }
    if (start < chunk.length) {
      const rest = chunk.subarray(start);
      parts.push(rest);
      held += rest.length;
      if (held > maxLineBytes) {
        throw new ClientError('Protocol', `a watch event is larger than ${maxLineBytes} bytes`);
      }
    }
  }
  // A server that ends a watch cleanly ends the last line too; half a line is a cut connection.
  const last = held > 0 ? parse(parts) : undefined;
  if (last !== undefined) yield last;
}

function parse(parts: readonly Uint8Array[]): unknown {
  const only = parts.length === 1 ? parts[0] : undefined;
  const bytes = only ?? Buffer.concat(parts);
  if (bytes.length === 0) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ClientError('Protocol', 'a watch event is not JSON', { cause: error });
  }
}
