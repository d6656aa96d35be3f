/**
 * gzip for answers of more than 128 KiB that are not watches (upstream: apiserver
 * `pkg/endpoints/handlers/responsewriters/writers.go`). A stream is compressed once it turns out that long.
 */
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import type { ApiResponse } from '../exchange.ts';

/** Bytes from which compression pays. */
const minimumBytes = 128 * 1024;
/** Upstream's choice: speed over the last tenth of size. */
const level = 1;

const gzipAsync = promisify(gzip);

export const acceptsGzip = (acceptEncoding: string): boolean =>
  acceptEncoding.split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim());
    return name === 'gzip' && !parameters.some((p) => /^q=0(?:\.0*)?$/.test(p));
  });

export async function compressed(response: ApiResponse): Promise<ApiResponse> {
  if (response.headers['content-encoding'] !== undefined) return response;
  const headers = { ...response.headers, 'content-encoding': 'gzip', vary: varyOf(response.headers.vary) };
  if ('body' in response) {
    if (Buffer.byteLength(response.body) <= minimumBytes) return response;
    return { code: response.code, headers, body: await gzipAsync(response.body, { level }) };
  }
  const iterator = response.stream[Symbol.asyncIterator]();
  const head: (Uint8Array | string)[] = [];
  let bytes = 0;
  while (bytes <= minimumBytes) {
    const next = await iterator.next();
    if (next.done)
      return { code: response.code, headers: response.headers, body: Buffer.concat(head.map(toBytes)) };
    head.push(next.value);
    bytes += Buffer.byteLength(next.value);
  }
  return { code: response.code, headers, stream: gzipped(head, iterator) };
}

const toBytes = (chunk: Uint8Array | string): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk) : chunk;

const varyOf = (vary: string | undefined): string =>
  vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`;

/** What was read already, then the rest, through gzip; an error of the source surfaces in the reader. */
function gzipped(
  head: readonly (Uint8Array | string)[],
  rest: AsyncIterator<Uint8Array | string>,
): AsyncIterable<Uint8Array> {
  const zip = createGzip({ level });
  pipeline(Readable.from(joined(head, rest)), zip, () => {});
  return zip;
}

async function* joined(
  head: readonly (Uint8Array | string)[],
  rest: AsyncIterator<Uint8Array | string>,
): AsyncIterable<Uint8Array | string> {
  try {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
