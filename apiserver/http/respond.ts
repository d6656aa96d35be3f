/** Writes a reply to a Node response of either protocol, no faster than the client reads. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { ApiResponse } from '../exchange.ts';
import { headerValues } from '../headers.ts';
import { acceptsGzip, compressed } from './compression.ts';
import type { Incoming, Reply } from './incoming.ts';

export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Header values travel as bytes: Node takes them as Latin-1, Kubernetes reads UTF-8. */
const wire = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

/** @returns bytes of the body. Resolves too when the client is gone; never rejects for that. */
export async function respond(incoming: Incoming, response: NodeResponse, reply: Reply): Promise<number> {
  const accepted = headerValues(incoming.rawHeaders, 'accept-encoding').join(',');
  const worthwhile = reply.compressible && incoming.method !== 'HEAD' && acceptsGzip(accepted);
  const answer = worthwhile ? await compressed(reply.response) : reply.response;
  writeHead(incoming, response, reply, answer);
  if (incoming.method === 'HEAD' || answer.code === 304 || answer.code === 204) {
    if ('stream' in answer) await answer.stream[Symbol.asyncIterator]().return?.();
    await end(response);
    return 0;
  }
  if ('body' in answer) {
    await end(response, answer.body);
    return Buffer.byteLength(answer.body);
  }
  return writeStream(response, answer.stream, reply.signal);
}

function writeHead(incoming: Incoming, response: NodeResponse, reply: Reply, answer: ApiResponse): void {
  response.statusCode = answer.code;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, wire(value));
  if (reply.warnings.length > 0) response.setHeader('warning', reply.warnings.map(wire));
  const bodiless = answer.code === 304 || answer.code === 204;
  if ('body' in answer && !bodiless) {
    response.setHeader('content-length', String(Buffer.byteLength(answer.body)));
  }
  if (reply.closeConnection && incoming.protocol === 'http/1.1') response.setHeader('connection', 'close');
}

/** Resolves when everything is with the socket, or the client is gone. */
async function end(response: NodeResponse, body?: Uint8Array | string): Promise<void> {
  if (response.destroyed) return;
  const finished = new Promise<void>((resolve) => {
    response.once('finish', resolve);
    response.once('close', resolve);
  });
  // Bytes, not text: beside a text Node would write the header in the text's encoding.
  if (body === undefined) response.end();
  else response.end(typeof body === 'string' ? Buffer.from(body) : body);
  await finished;
}

async function writeStream(
  response: NodeResponse,
  stream: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<number> {
  flushHead(response);
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      if (response.destroyed) return bytes;
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      bytes += part.byteLength;
      if (!write(response, part)) await drained(response);
    }
  } catch (error) {
    // The head is out, so the only honest sign of a failure is to break the answer off.
    response.destroy();
    if (!signal.aborted) throw error;
    return bytes;
  }
  await end(response);
  return bytes;
}

/**
 * The client must see the headers of a watch before its first event. HTTP/1.1 flushes them as UTF-8, which would
 * encode ours twice: then they wait for the first chunk, which is bytes.
 */
function flushHead(response: NodeResponse): void {
  if ('stream' in response) response.writeHead(response.statusCode);
  else if (Object.values(response.getHeaders()).flat().every(isAscii)) response.flushHeaders();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
const isAscii = (value: unknown): boolean => /^[\x00-\x7f]*$/.test(String(value));

/** Node types `write` apart for the two protocols, though both take either. */
const write = (response: NodeResponse, chunk: Uint8Array): boolean =>
  'stream' in response ? response.write(chunk) : response.write(chunk);

async function drained(response: NodeResponse): Promise<void> {
  const stop = new AbortController();
  const gone = () => stop.abort();
  response.once('close', gone);
  try {
    await once(response, 'drain', { signal: stop.signal });
  } catch {
    // Closed instead of drained: the loop sees it.
  } finally {
    response.removeListener('close', gone);
  }
}
