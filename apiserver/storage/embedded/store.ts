/**
 * The embedded store: the storage contract on LMDB, for one process. Linearizable, durable before it answers,
 * with the history that watches and exact-revision reads need.
 */

import { accessSync, constants, mkdirSync } from 'node:fs';
import { errorText } from '../../../api/meta/error-text.ts';
import { type Clock, systemClock } from '../../../client/clock.ts';
import { COMPACTION_INTERVAL_MILLISECONDS, startCompaction } from '../compaction.ts';
import { StorageError } from '../errors.ts';
import { checkValueSize } from '../limits.ts';
import type {
  GetResult,
  RangeOptions,
  RangeResult,
  Revision,
  Storage,
  StorageKey,
  StoreWatch,
} from '../storage.ts';
import { Compactor } from './compactor.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import { readKey, readRange } from './reader.ts';
import { asRevision } from './record.ts';
import { openTables, readSnapshot, type Tables } from './tables.ts';
import { WatchHub } from './watcher.ts';
import { Writer } from './writer.ts';

/** Only the owner: objects may hold what RBAC keeps from others on the machine. */
const DIRECTORY_MODE = 0o700;

export interface EmbeddedStorageOptions {
  /** Created where missing; used by one process at a time. */
  readonly directory: string;
  readonly clock?: Clock;
  /** Milliseconds between compactions; 0: none but those asked for. */
  readonly compactionMilliseconds?: number;
  /** Hears of troubles that are survived: a compaction that failed. */
  readonly report?: (problem: string, error: unknown) => void;
}

/**
 * @throws StorageError `Locked` (another process has the directory), `Unavailable` (it cannot be used, and what
 * to do), `Corrupt` (its data cannot be read)
 */
export async function openEmbeddedStorage(options: EmbeddedStorageOptions): Promise<Storage> {
  const { directory } = options;
  const lock = claimDirectory(directory);
  try {
    return new EmbeddedStorage(await openTables(directory), lock, options);
  } catch (error) {
    lock.release();
    throw openError(directory, error);
  }
}

class EmbeddedStorage implements Storage {
  readonly capabilities = { name: 'embedded', shared: false } as const;
  readonly #tables: Tables;
  readonly #lock: DirectoryLock;
  readonly #hub: WatchHub;
  readonly #writer: Writer;
  readonly #compactor: Compactor;
  readonly #stopCompaction: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(tables: Tables, lock: DirectoryLock, options: EmbeddedStorageOptions) {
    this.#tables = tables;
    this.#lock = lock;
    this.#hub = new WatchHub(tables);
    this.#writer = new Writer(tables, (events, revision) => this.#hub.publish(events, revision));
    this.#compactor = new Compactor(tables);
    const report = options.report ?? (() => {});
    this.#compactor.resume().catch((error: unknown) => report('old history could not be swept', error));
    const interval = options.compactionMilliseconds ?? COMPACTION_INTERVAL_MILLISECONDS;
    this.#stopCompaction =
      interval > 0
        ? startCompaction(this, options.clock ?? systemClock, interval, report)
        : () => Promise.resolve();
  }

  async currentRevision(): Promise<Revision> {
    this.#assertOpen();
    return asRevision(readSnapshot(this.#tables, (snapshot) => snapshot.revision));
  }

  async get(key: StorageKey, options?: { readonly revision?: Revision }): Promise<GetResult> {
    this.#assertOpen();
    return readSnapshot(this.#tables, (snapshot) => readKey(snapshot, key, options?.revision));
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#assertOpen();
    return readSnapshot(this.#tables, (snapshot) => readRange(snapshot, prefix, options));
  }

  async create(key: StorageKey, value: Uint8Array): Promise<Revision> {
    this.#assertOpen();
    checkValueSize(value);
    return this.#writer.write({ type: 'create', key, value });
  }

  async update(key: StorageKey, value: Uint8Array, expected: Revision): Promise<Revision> {
    this.#assertOpen();
    checkValueSize(value);
    return this.#writer.write({ type: 'update', key, value, expected });
  }

  async delete(key: StorageKey, expected: Revision): Promise<Revision> {
    this.#assertOpen();
    return this.#writer.write({ type: 'delete', key, expected });
  }

  watch(prefix: string, after: Revision): StoreWatch {
    this.#assertOpen();
    return this.#hub.open(prefix, after);
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen();
    await this.#compactor.compact(revision);
  }

  async ping(): Promise<void> {
    this.#assertOpen();
    readSnapshot(this.#tables, () => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#stopCompaction();
    await this.#writer.idle();
    this.#hub.close();
    await this.#compactor.stop();
    await this.#tables.root.close();
    this.#lock.release();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StorageError('Unavailable', 'the embedded store is closed');
  }
}

function claimDirectory(directory: string): DirectoryLock {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return lockDirectory(directory);
  } catch (error) {
    throw openError(directory, error);
  }
}

function openError(directory: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const reason = errorText(error);
  if (/MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)/.test(reason)) {
    return new StorageError(
      'Corrupt',
      `the data in ${directory} cannot be read (${reason}): restore it, or start with an empty directory`,
      { cause: error },
    );
  }
  return new StorageError(
    'Unavailable',
    `the data directory ${directory} cannot be used (${reason}): make it writable for this user, or choose another`,
    { cause: error },
  );
}
