/** Reads of the embedded store: the latest state through `current`, an earlier one through `versions`. */
import { StorageError } from '../errors.ts';
import type { Entry, GetResult, RangeOptions, RangeResult, StorageKey } from '../storage.ts';
import {
  asRevision,
  decodeNumber,
  decodeRecord,
  decodeVersion,
  encodeKey,
  encodeNumber,
  encodeVersion,
} from './record.ts';
import type { Snapshot } from './tables.ts';

/** The value of a row in `versions`: whether the key lives on after it. */
export const LIVE = Buffer.from([1]);
export const GONE = Buffer.from([0]);

export function readKey(snapshot: Snapshot, key: StorageKey, at: number | undefined): GetResult {
  const revision = readableRevision(snapshot, at);
  const bytes = encodeKey(key);
  const found =
    revision === snapshot.revision ? latestVersion(snapshot, bytes) : versionAt(snapshot, bytes, revision);
  return {
    entry: found === 0 ? undefined : readEntry(snapshot, found),
    revision: asRevision(at ?? snapshot.revision),
  };
}

export function readRange(snapshot: Snapshot, prefix: string, options: RangeOptions): RangeResult {
  const revision = readableRevision(snapshot, options.revision);
  const bounds = rangeBounds(prefix, options.after);
  const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
  const { entries, remaining } =
    revision === snapshot.revision
      ? latestRange(snapshot, bounds, limit)
      : rangeAt(snapshot, bounds, limit, revision);
  return { entries, revision: asRevision(revision), remaining };
}

/** The entry that the log holds at `revision`. @throws StorageError `Corrupt` */
export function readEntry(snapshot: Snapshot, revision: number): Entry {
  const bytes = snapshot.get(snapshot.tables.log, encodeNumber(revision));
  if (bytes === undefined) {
    throw new StorageError('Corrupt', `the embedded store lost the record of revision ${revision}`);
  }
  const { key, value } = decodeRecord(bytes);
  return { key, value, revision: asRevision(revision) };
}

/** Revision of the live object of this key; 0: there is none. */
export function latestVersion(snapshot: Snapshot, key: Buffer): number {
  const bytes = snapshot.get(snapshot.tables.current, key);
  return bytes === undefined ? 0 : decodeNumber(bytes);
}

/** @throws StorageError `Compacted`, `FutureRevision` */
function readableRevision(snapshot: Snapshot, wanted: number | undefined): number {
  if (wanted === undefined) return snapshot.revision;
  if (wanted > snapshot.revision) {
    throw new StorageError(
      'FutureRevision',
      `revision ${wanted} is not reached yet, the store is at ${snapshot.revision}`,
      {
        revision: asRevision(snapshot.revision),
      },
    );
  }
  if (wanted < snapshot.compacted) throw compactedError(wanted, snapshot.compacted);
  return wanted;
}

export function compactedError(wanted: number, compacted: number): StorageError {
  return new StorageError(
    'Compacted',
    `history before revision ${compacted} is gone, ${wanted} was asked for`,
    {
      revision: asRevision(compacted),
    },
  );
}

function versionAt(snapshot: Snapshot, key: Buffer, revision: number): number {
  const rows = snapshot.tables.versions.getRange({
    start: encodeVersion(key, revision),
    end: encodeVersion(key, 0),
    reverse: true,
    limit: 1,
    transaction: snapshot.transaction,
  });
  for (const row of rows) return row.value[0] === LIVE[0] ? decodeVersion(row.key).revision : 0;
  return 0;
}

interface Bounds {
  readonly start: Buffer;
  readonly end: Buffer;
  readonly exclusiveStart: boolean;
}

function rangeBounds(prefix: string, after: StorageKey | undefined): Bounds {
  const start = Buffer.from(prefix);
  const end = Buffer.from(start);
  // The prefix ends in '/', so the last byte can always be one more.
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return after === undefined || after < prefix
    ? { start, end, exclusiveStart: false }
    : { start: Buffer.from(after), end, exclusiveStart: true };
}

interface Page {
  readonly entries: Entry[];
  readonly remaining: number;
}

function latestRange(snapshot: Snapshot, bounds: Bounds, limit: number): Page {
  const { current } = snapshot.tables;
  const { transaction } = snapshot;
  const entries: Entry[] = [];
  let last: Buffer | undefined;
  for (const row of current.getRange({
    ...bounds,
    transaction,
    ...(limit === Number.POSITIVE_INFINITY ? {} : { limit }),
  })) {
    entries.push(readEntry(snapshot, decodeNumber(row.value)));
    last = row.key;
  }
  const remaining =
    entries.length < limit || last === undefined
      ? 0
      : current.getKeysCount({ start: last, exclusiveStart: true, end: bounds.end, transaction });
  return { entries, remaining };
}

/** Walks every version of the range: right for any revision, and only used while the range has changed since. */
function rangeAt(snapshot: Snapshot, bounds: Bounds, limit: number, revision: number): Page {
  const entries: Entry[] = [];
  let remaining = 0;
  let key: Buffer | undefined;
  let live = 0;
  const finishKey = (): void => {
    if (live === 0) return;
    if (entries.length < limit) entries.push(readEntry(snapshot, live));
    else remaining++;
  };
  const start = bounds.exclusiveStart ? encodeVersion(bounds.start, Number.MAX_SAFE_INTEGER) : bounds.start;
  const rows = snapshot.tables.versions.getRange({
    start,
    end: bounds.end,
    transaction: snapshot.transaction,
  });
  for (const row of rows) {
    const version = decodeVersion(row.key);
    if (key === undefined || !key.equals(version.key)) {
      finishKey();
      key = version.key;
      live = 0;
    }
    if (version.revision <= revision) live = row.value[0] === LIVE[0] ? version.revision : 0;
  }
  finishKey();
  return { entries, remaining };
}
