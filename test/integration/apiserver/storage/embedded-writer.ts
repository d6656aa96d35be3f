/** A child process that writes to an embedded store for ever and prints each write once it is acknowledged. */
import { writeSync } from 'node:fs';
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import type { StorageKey } from '../../../../apiserver/storage/storage.ts';

/** Writers at once, so that the kill falls into commits of several writes. */
const WRITERS = 8;

const [directory = '', round = ''] = process.argv.slice(2);
const storage = await openEmbeddedStorage({ directory });
writeSync(1, 'open\n');

async function writeForever(writer: number): Promise<never> {
  for (let index = 0; ; index++) {
    const key = `/crash/core/things/ns/r${round}-w${writer}-${index % 50}` as StorageKey;
    const value = Buffer.from(`${round}/${writer}/${index}`);
    const { entry } = await storage.get(key);
    const revision =
      entry === undefined
        ? await storage.create(key, value)
        : await storage.update(key, value, entry.revision);
    writeSync(1, `${revision} ${key} ${value}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeForever(writer)));
