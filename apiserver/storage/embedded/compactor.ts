/**
 * Forgetting of the embedded store's history. `compacted` moves first, so that nobody reads what is about to
 * go; the sweep then follows in small transactions and takes up where a crash left it. A version is swept
 * when a later one of its key is at or before `compacted`, and a deletion when it is itself.
 */

import { StorageError } from '../errors.ts';
import { commit } from './commit.ts';
import { asRevision, decodeNumber, decodeRecord, encodeKey, encodeNumber, encodeVersion } from './record.ts';
import { META, readSnapshot, type Snapshot, type Tables } from './tables.ts';

/** Log records per transaction: a few milliseconds of the writer's time. */
const SWEEP_RECORDS = 500;

interface SweepStep {
  readonly versions: { readonly key: Buffer; readonly revision: number }[];
  readonly swept: number;
  readonly finished: boolean;
}

export class Compactor {
  readonly #tables: Tables;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Resolves when history before `revision` is gone. @throws StorageError `FutureRevision` */
  compact(revision: number): Promise<void> {
    const run = this.#running.then(() => this.#compact(revision));
    this.#running = run.catch(() => {});
    return run;
  }

  /** Finishes what a crash has left. */
  resume(): Promise<void> {
    const run = this.#running.then(() => this.#sweep());
    this.#running = run.catch(() => {});
    return run;
  }

  /** Resolves when no transaction of the sweep is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #compact(revision: number): Promise<void> {
    const { meta } = this.#tables;
    const state = readSnapshot(this.#tables, ({ revision: current, compacted }) => ({ current, compacted }));
    if (revision > state.current) {
      throw new StorageError(
        'FutureRevision',
        `cannot compact to ${revision}, the store is at ${state.current}`,
        {
          revision: asRevision(state.current),
        },
      );
    }
    if (revision > state.compacted) {
      await commit(this.#tables, (changes) => {
        changes.put(meta, META.compacted, encodeNumber(revision));
      });
    }
    await this.#sweep();
  }

  async #sweep(): Promise<void> {
    const { meta, log, versions } = this.#tables;
    while (!this.#stopped) {
      const step = readSnapshot(this.#tables, planStep);
      if (step === undefined) return;
      await commit(this.#tables, (changes) => {
        for (const { key, revision } of step.versions) {
          changes.remove(log, encodeNumber(revision));
          changes.remove(versions, encodeVersion(key, revision));
        }
        changes.put(meta, META.swept, encodeNumber(step.swept));
      });
      if (step.finished) return;
    }
  }
}

/** The next stretch of log behind `compacted`; undefined when all is swept. */
function planStep(snapshot: Snapshot): SweepStep | undefined {
  const { meta, log } = snapshot.tables;
  const swept = decodeNumber(snapshot.get(meta, META.swept) ?? encodeNumber(0));
  if (swept >= snapshot.compacted) return undefined;
  const doomed: { key: Buffer; revision: number }[] = [];
  let last = swept;
  let records = 0;
  const rows = log.getRange({
    start: encodeNumber(swept + 1),
    end: encodeNumber(snapshot.compacted + 1),
    limit: SWEEP_RECORDS,
    transaction: snapshot.transaction,
  });
  for (const row of rows) {
    records++;
    last = decodeNumber(row.key);
    const record = decodeRecord(row.value);
    const key = encodeKey(record.key);
    if (record.previous !== 0) doomed.push({ key, revision: record.previous });
    if (record.type === 'delete') doomed.push({ key, revision: last });
  }
  const finished = records < SWEEP_RECORDS;
  return { versions: doomed, swept: finished ? snapshot.compacted : last, finished };
}
