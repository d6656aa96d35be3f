/**
 * One process per directory. The kernel holds the lock (an exclusive SQLite transaction, that is an advisory
 * file lock), so it goes with its process however that ends and nothing has to guess from pids whether a lock
 * is stale: pids repeat, and in containers everybody is 1. The pid is written beside it only to be told.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';

const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'lock.pid';

/** SQLite result codes (sqlite.org/rescode.html) in their low byte. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

export interface DirectoryLock {
  release(): void;
}

/** @throws StorageError `Locked` naming the directory and its holder; whatever the file system says otherwise */
export function lockDirectory(directory: string, pid: number = process.pid): DirectoryLock {
  const holderFile = join(directory, HOLDER_FILE);
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isHeldElsewhere(error)) throw error;
    throw new StorageError('Locked', `${directory} is in use by ${holder(holderFile)}: ${ADVICE}`);
  }
  writeFileSync(holderFile, `${pid}\n`);
  return {
    release() {
      // Removed before the lock goes: afterwards it may already be the next holder's.
      rmSync(holderFile, { force: true });
      database.close();
    },
  };
}

const ADVICE = 'stop that one first, or choose another data directory';

function holder(file: string): string {
  try {
    return `another process (pid ${readFileSync(file, 'utf8').trim()})`;
  } catch {
    // The holder is between taking the lock and writing its pid, or about to let go.
    return 'another process';
  }
}

function isHeldElsewhere(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code !== 'number') return false;
  const primary = code & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}
