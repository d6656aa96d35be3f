/** A child process that writes until the disk takes no more, and prints what it then sees of its store. */
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import { isStorageError } from '../../../../apiserver/storage/errors.ts';
import type { StorageKey } from '../../../../apiserver/storage/storage.ts';

/** More than the limit that the test sets. */
const MAX_WRITES = 1_000;
const VALUE = Buffer.alloc(30_000, 120);

const [directory = ''] = process.argv.slice(2);
const storage = await openEmbeddedStorage({ directory });
const refusals: string[] = [];
let acknowledged = 0;
for (let index = 0; index < MAX_WRITES && refusals.length < 3; index++) {
  try {
    await storage.create(`/full/core/things/n${index}` as StorageKey, VALUE);
    acknowledged++;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    refusals.push(`${error.code}: ${error.message}`);
  }
}
const { entries, revision } = await storage.range('/full/');
console.log(JSON.stringify({ acknowledged, kept: entries.length, revision, refusals }));
await storage.close();
