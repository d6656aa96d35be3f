/** Reads a request body into memory, up to a limit. */
import type { Readable } from 'node:stream';
import { ApiError } from '../../api/meta/api-error.ts';

const tooLarge = (limit: number): ApiError =>
  new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);

/**
 * @param declared the Content-Length header, '' when absent
 * @throws ApiError RequestEntityTooLarge beyond `limit` bytes; BadRequest when the client broke off
 */
export async function readBody(
  source: Readable,
  declared: string,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (Number(declared) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stop = () => source.destroy(new Error('request ended'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      const part = chunk as Uint8Array;
      bytes += part.byteLength;
      if (bytes > limit) throw tooLarge(limit);
      chunks.push(part);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(
      'BadRequest',
      'the request body could not be read: the client closed the connection',
      {},
      { cause: error },
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes);
}
