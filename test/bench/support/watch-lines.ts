/** A watch whose objects are read, for workloads in which what an event says counts. */
import type { ClientHttp2Session } from 'node:http2';
import { StringDecoder } from 'node:string_decoder';
import { send } from './connections.ts';

/** Resolves when the watch has begun; it lasts as long as its session. */
export async function followLines<T>(
  session: ClientHttp2Session,
  path: string,
  changed: (object: T) => void,
): Promise<void> {
  const stream = send(session, { method: 'GET', path, body: undefined, contentType: '' });
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string; object: T };
      if (event.type !== 'DELETED') changed(event.object);
    }
  });
  stream.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    stream.once('response', (headers) => {
      if (headers[':status'] === 200) resolve();
      else reject(new Error(`the watch ${path} answered ${headers[':status']}`));
    });
    stream.once('close', () => reject(new Error(`the watch ${path} ended`)));
  });
}
