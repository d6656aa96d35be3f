/**
 * One LMDB transaction, on the disk when it resolves. lmdb-js hands out a promise for every single change besides
 * the one for all, and rejects each of them (and one more, inside the error) when the disk is full: they are all
 * taken care of here, since one that nobody looks at ends the process.
 */
import type { Table, Tables } from './tables.ts';

export interface Changes {
  put(table: Table, key: Buffer, value: Buffer): void;
  remove(table: Table, key: Buffer): void;
}

/** @throws Error with the operating system's reason; then nothing of it has happened */
export async function commit(
  { root }: Pick<Tables, 'root'>,
  write: (changes: Changes) => void,
): Promise<void> {
  const results = new Set<Promise<unknown>>();
  const changes: Changes = {
    put: (table, key, value) => results.add(table.put(key, value)),
    remove: (table, key) => results.add(table.remove(key)),
  };
  results.add(root.batch(() => write(changes)));
  try {
    await Promise.all(results);
  } catch (error) {
    throw await commitReason(error);
  }
}

async function commitReason(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  // It is rejected in the same turn as `error`; the fallback is for a version of lmdb-js that forgets to.
  const fallback = new Promise((resolve) => setImmediate(resolve, error));
  return Promise.race([commitError.catch((reason: unknown) => reason), fallback]);
}
