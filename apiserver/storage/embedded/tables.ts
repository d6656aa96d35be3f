/** The embedded store's file: one LMDB environment with four tables (`record.ts`), and consistent reads of it. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { StorageError } from '../errors.ts';
import { commit } from './commit.ts';
import { decodeNumber, encodeNumber, FORMAT } from './record.ts';

const DATA_FOLDER = 'data';

/** Like etcd, an empty store stands at 1: the first write is 2, and 0 stays free to mean "none". */
const FIRST_REVISION = 1;

export const META = {
  format: Buffer.from('format'),
  revision: Buffer.from('revision'),
  /** Reads and watches before this revision are refused. */
  compacted: Buffer.from('compacted'),
  /** How far the sweep behind `compacted` has got; the rest is done after a crash. */
  swept: Buffer.from('swept'),
} as const;

export type Table = Database<Buffer, Buffer>;

export interface Tables {
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly meta: Table;
  readonly current: Table;
  readonly versions: Table;
  readonly log: Table;
}

/** LMDB's meta page as lmdb-js lays it out: a page header of 24 bytes, then magic and version (32 bits, little endian). */
const LMDB_MAGIC_OFFSET = 24;
const LMDB_MAGIC = 0xbeef_c0de;

const BINARY = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const;

/** @throws StorageError `Corrupt`; whatever LMDB says otherwise */
export async function openTables(directory: string): Promise<Tables> {
  assertLmdbFile(join(directory, DATA_FOLDER, 'data.mdb'));
  const root = open<Buffer, Buffer>({
    ...BINARY,
    path: join(directory, DATA_FOLDER),
    noSubdir: false,
    maxDbs: 8,
    // Visible means durable: nobody can read, and tell others, what a power cut may still take back.
    overlappingSync: false,
    // `commit` makes the batches; lmdb-js's own would leave a promise of theirs unhandled when the disk is full.
    eventTurnBatching: false,
  });
  const tables: Tables = {
    root,
    meta: root.openDB('meta', BINARY),
    current: root.openDB('current', BINARY),
    versions: root.openDB('versions', BINARY),
    log: root.openDB('log', BINARY),
  };
  try {
    await prepare(tables);
  } catch (error) {
    await root.close();
    throw error;
  }
  return tables;
}

/** LMDB maps the file and believes it: on something else the process would die of a signal, without a word. */
function assertLmdbFile(file: string): void {
  if (!existsSync(file)) return;
  const header = Buffer.alloc(LMDB_MAGIC_OFFSET + 4);
  const descriptor = openSync(file, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header);
  } finally {
    closeSync(descriptor);
  }
  // An empty file is what a crash leaves between its creation and the first write.
  if (length === 0 || (length === header.length && header.readUInt32LE(LMDB_MAGIC_OFFSET) === LMDB_MAGIC))
    return;
  throw new StorageError(
    'Corrupt',
    `${file} is not a database of this store: restore it, or start with an empty directory`,
  );
}

async function prepare(tables: Tables): Promise<void> {
  const { meta } = tables;
  const found = meta.get(META.format);
  if (found === undefined) {
    await commit(tables, (changes) => {
      changes.put(meta, META.format, encodeNumber(FORMAT));
      changes.put(meta, META.revision, encodeNumber(FIRST_REVISION));
      changes.put(meta, META.compacted, encodeNumber(0));
      changes.put(meta, META.swept, encodeNumber(0));
    });
    return;
  }
  const format = found.length === 8 ? decodeNumber(found) : Number.NaN;
  if (format !== FORMAT) {
    throw new StorageError(
      'Corrupt',
      `the data is in format ${format}, this version reads format ${FORMAT}: use the version that wrote it`,
    );
  }
}

/** All tables as of one committed transaction. Synchronous use, or `done` when it has to live longer. */
export class Snapshot {
  readonly tables: Tables;
  readonly transaction: Transaction;
  readonly revision: number;
  readonly compacted: number;

  constructor(tables: Tables) {
    // LMDB keeps a read transaction for the rest of the turn: without this, a write committed meanwhile is not seen.
    tables.root.resetReadTxn();
    this.tables = tables;
    this.transaction = tables.root.useReadTransaction();
    this.revision = this.#number(META.revision);
    this.compacted = this.#number(META.compacted);
  }

  get(table: Table, key: Buffer): Buffer | undefined {
    return table.get(key, this);
  }

  done(): void {
    this.transaction.done();
  }

  #number(key: Buffer): number {
    const bytes = this.get(this.tables.meta, key);
    if (bytes === undefined)
      throw new StorageError('Corrupt', `the embedded store lost its ${key.toString()}`);
    return decodeNumber(bytes);
  }
}

/** Runs a synchronous read at one committed state. */
export function readSnapshot<T>(tables: Tables, read: (snapshot: Snapshot) => T): T {
  const snapshot = new Snapshot(tables);
  try {
    return read(snapshot);
  } finally {
    snapshot.done();
  }
}
