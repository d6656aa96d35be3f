/** The etcd store: the storage contract on etcd v3. Writes are transactions on the key's mod revision. */
import type { IRangeRequest, IRequestOp } from 'etcd3';
import { type Clock, systemClock } from '../../../client/clock.ts';
import { COMPACTION_INTERVAL_MILLISECONDS, startCompaction } from '../compaction.ts';
import { StorageError } from '../errors.ts';
import { checkValueSize } from '../limits.ts';
import type {
  Entry,
  GetResult,
  RangeOptions,
  RangeResult,
  Revision,
  Storage,
  StorageKey,
  StoreWatch,
} from '../storage.ts';
import { EtcdConnection, type EtcdConnectionOptions } from './client.ts';
import { claimRound } from './compactor.ts';
import { EtcdWatch } from './watcher.ts';
import { entryOf, prefixEnd, rangeStart, revisionOf } from './wire.ts';

/** Keys in one range request when the caller sets no limit: with the largest objects still below gRPC's 2 GiB. */
const RANGE_PAGE = 1_000;

/** Keys of this project start with it, and its marker of the last compaction lies beside them. */
const DEFAULT_PREFIX = '/services-v3';

export interface EtcdStorageOptions extends EtcdConnectionOptions {
  /** Where this installation's keys are, without '/' at its end; several share one etcd. */
  readonly prefix?: string;
  readonly clock?: Clock;
  /** Milliseconds; 0: something else compacts this etcd. */
  readonly compactionMilliseconds?: number;
  /** Hears of troubles that are survived: a watch that reconnects, a compaction that failed. */
  readonly report?: (problem: string, error: unknown) => void;
}

/** @throws StorageError `Unavailable` with what was tried and what to do */
export async function openEtcdStorage(options: EtcdStorageOptions): Promise<Storage> {
  const connection = new EtcdConnection(options);
  try {
    const trusted = await connection.trustsProgress();
    return new EtcdStorage(connection, options, trusted);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class EtcdStorage implements Storage {
  readonly capabilities = { name: 'etcd', shared: true } as const;
  readonly #connection: EtcdConnection;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #trustedProgress: boolean;
  readonly #report: (problem: string, error: unknown) => void;
  readonly #watches = new Set<EtcdWatch>();
  readonly #stopCompaction: () => Promise<void>;
  #closed = false;

  constructor(connection: EtcdConnection, options: EtcdStorageOptions, trustedProgress: boolean) {
    this.#connection = connection;
    this.#clock = options.clock ?? systemClock;
    this.#prefix = options.prefix ?? DEFAULT_PREFIX;
    this.#trustedProgress = trustedProgress;
    this.#report = options.report ?? (() => {});
    this.#stopCompaction = this.#compactOnTimer(
      options.compactionMilliseconds ?? COMPACTION_INTERVAL_MILLISECONDS,
    );
  }

  async currentRevision(): Promise<Revision> {
    this.#assertOpen();
    const { header } = await this.#connection.range({
      key: Buffer.from(`${this.#prefix}/`),
      count_only: true,
    });
    return revisionOf(header.revision);
  }

  async get(key: StorageKey, options?: { readonly revision?: Revision }): Promise<GetResult> {
    this.#assertOpen();
    const { header, kvs } = await this.#range({ key: Buffer.from(key) }, options?.revision);
    const [found] = kvs;
    return {
      entry: found === undefined ? undefined : entryOf(found),
      revision: options?.revision ?? revisionOf(header.revision),
    };
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#assertOpen();
    const limit =
      options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
    const entries: Entry[] = [];
    let { revision, after } = options;
    for (;;) {
      const page = await this.#rangePage(prefix, {
        after,
        revision,
        limit: Math.min(RANGE_PAGE, limit - entries.length),
      });
      revision = page.revision;
      for (const entry of page.entries) entries.push(entry);
      after = page.entries.at(-1)?.key;
      if (page.remaining === 0 || entries.length >= limit || after === undefined) {
        return { entries, revision, remaining: page.remaining };
      }
    }
  }

  async create(key: StorageKey, value: Uint8Array): Promise<Revision> {
    checkValueSize(value);
    const bytes = Buffer.from(key);
    const written = await this.#write(bytes, ABSENT, {
      request_put: { key: bytes, value: Buffer.from(value) },
    });
    if (written.done) return written.revision;
    throw new StorageError('KeyExists', `${key} exists already`, { current: written.current });
  }

  async update(key: StorageKey, value: Uint8Array, expected: Revision): Promise<Revision> {
    checkValueSize(value);
    const bytes = Buffer.from(key);
    const written = await this.#write(bytes, present(expected), {
      request_put: { key: bytes, value: Buffer.from(value) },
    });
    return doneOrConflict(key, expected, written);
  }

  async delete(key: StorageKey, expected: Revision): Promise<Revision> {
    const bytes = Buffer.from(key);
    const written = await this.#write(bytes, present(expected), { request_delete_range: { key: bytes } });
    return doneOrConflict(key, expected, written);
  }

  watch(prefix: string, after: Revision): StoreWatch {
    this.#assertOpen();
    const watch = new EtcdWatch(this.#connection, {
      prefix,
      after,
      clock: this.#clock,
      trustedProgress: this.#trustedProgress,
      report: this.#report,
      onClose: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    return watch;
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen();
    try {
      await this.#connection.compact({ revision: String(revision) });
    } catch (error) {
      // Somebody else has gone as far already.
      if (error instanceof StorageError && error.code === 'Compacted') return;
      throw error;
    }
  }

  async ping(): Promise<void> {
    await this.currentRevision();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
    await this.#stopCompaction();
    this.#connection.close();
  }

  #compactOnTimer(interval: number): () => Promise<void> {
    if (interval <= 0) return async () => {};
    const target = {
      currentRevision: () => this.currentRevision(),
      compact: (revision: Revision) => this.compact(revision),
      claim: claimRound(this.#connection, this.#prefix),
    };
    return startCompaction(target, this.#clock, interval, this.#report);
  }

  async #range(request: IRangeRequest, revision: Revision | undefined) {
    try {
      return await this.#connection.range(
        revision === undefined ? request : { ...request, revision: String(revision) },
      );
    } catch (error) {
      // etcd says that the revision is in the future, but not where it stands: another answer has told.
      if (!(error instanceof StorageError) || error.code !== 'FutureRevision') throw error;
      throw new StorageError('FutureRevision', error.message, {
        revision: this.#connection.seen,
        cause: error.cause,
      });
    }
  }

  async #rangePage(
    prefix: string,
    page: {
      readonly after: StorageKey | undefined;
      readonly revision: Revision | undefined;
      readonly limit: number;
    },
  ): Promise<RangeResult> {
    const { header, kvs, count } = await this.#range(
      { key: rangeStart(prefix, page.after), range_end: prefixEnd(prefix), limit: page.limit },
      page.revision,
    );
    return {
      entries: kvs.map(entryOf),
      revision: page.revision ?? revisionOf(header.revision),
      remaining: Number(count) - kvs.length,
    };
  }

  /** One operation on a key that is at `expected` (`ABSENT`: does not exist), and what is there otherwise. */
  async #write(key: Buffer, expected: number, operation: IRequestOp): Promise<WriteOutcome> {
    this.#assertOpen();
    const { header, succeeded, responses } = await this.#connection.txn({
      compare: [{ key, result: 'Equal', target: 'Mod', mod_revision: expected }],
      success: [operation],
      failure: [{ request_range: { key } }],
    });
    if (succeeded) return { done: true, revision: revisionOf(header.revision) };
    const found = responses[0]?.response_range?.kvs[0];
    return { done: false, current: found === undefined ? undefined : entryOf(found) };
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageError('Unavailable', 'the etcd store is closed');
  }
}

/** To etcd, a key that does not exist has mod revision 0. */
const ABSENT = 0;

/** An expectation that no key without an object meets, whatever the caller passes. */
function present(expected: Revision): number {
  return expected > ABSENT ? expected : -1;
}

type WriteOutcome =
  | { readonly done: true; readonly revision: Revision }
  | { readonly done: false; readonly current: Entry | undefined };

function doneOrConflict(key: StorageKey, expected: Revision, written: WriteOutcome): Revision {
  if (written.done) return written.revision;
  const { current } = written;
  if (current === undefined) throw new StorageError('NotFound', `${key} does not exist`);
  throw new StorageError('Conflict', `${key} is at revision ${current.revision}, not ${expected}`, {
    current,
  });
}
