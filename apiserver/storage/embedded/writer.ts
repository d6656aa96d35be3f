/**
 * The embedded store's only writer. Writes that arrive while a commit is on its way to the disk share the next
 * one (group commit), so a flush is paid once however many wait:
 *
 *   create/update/delete ─► queue ─► plan against the committed state ─► one LMDB transaction + flush
 *                                                                           │
 *                              callers told ◄── watches told ◄──────────────┘
 *
 * Nobody, not even a loser of a conflict, hears anything before what decided it is durable.
 */
import { errorText } from '../../../api/meta/error-text.ts';
import { StorageError } from '../errors.ts';
import type { Entry, Revision, StorageKey, StoreEvent } from '../storage.ts';
import { commit } from './commit.ts';
import { GONE, LIVE, latestVersion, readEntry } from './reader.ts';
import { asRevision, encodeKey, encodeNumber, encodeRecord, encodeVersion } from './record.ts';
import { META, readSnapshot, type Snapshot, type Tables } from './tables.ts';

/** Writes in one transaction: enough to spread a flush thin, few enough to plan in a few milliseconds. */
const MAX_BATCH_WRITES = 1_000;

export type WriteRequest =
  | { readonly type: 'create'; readonly key: StorageKey; readonly value: Uint8Array }
  | {
      readonly type: 'update';
      readonly key: StorageKey;
      readonly value: Uint8Array;
      readonly expected: Revision;
    }
  | { readonly type: 'delete'; readonly key: StorageKey; readonly expected: Revision };

interface QueuedWrite {
  readonly request: WriteRequest;
  readonly keyBytes: Buffer;
  readonly resolve: (revision: Revision) => void;
  readonly reject: (error: unknown) => void;
}

interface PlannedEvent {
  readonly event: StoreEvent;
  readonly keyBytes: Buffer;
  readonly revision: Revision;
}

interface Plan {
  readonly events: PlannedEvent[];
  readonly outcomes: (Revision | StorageError)[];
  readonly revision: number;
}

export class Writer {
  readonly #tables: Tables;
  readonly #publish: (events: readonly StoreEvent[], revision: Revision) => void;
  #queue: QueuedWrite[] = [];
  #running: Promise<void> | undefined;

  constructor(tables: Tables, publish: (events: readonly StoreEvent[], revision: Revision) => void) {
    this.#tables = tables;
    this.#publish = publish;
  }

  write(request: WriteRequest): Promise<Revision> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, keyBytes: encodeKey(request.key), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is queued or on its way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // All requests that this turn of the event loop has read from its sockets get into the first batch.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, MAX_BATCH_WRITES);
      this.#queue = this.#queue.slice(MAX_BATCH_WRITES);
      await this.#commit(batch);
    }
    this.#running = undefined;
  }

  async #commit(batch: readonly QueuedWrite[]): Promise<void> {
    let plan: Plan;
    try {
      plan = readSnapshot(this.#tables, (snapshot) => planBatch(snapshot, batch));
      if (plan.events.length > 0) await persist(this.#tables, plan);
    } catch (error) {
      const failure = writeError(error);
      for (const write of batch) write.reject(failure);
      return;
    }
    if (plan.events.length > 0) {
      this.#publish(
        plan.events.map((planned) => planned.event),
        asRevision(plan.revision),
      );
    }
    batch.forEach((write, index) => {
      const outcome = plan.outcomes[index];
      if (typeof outcome === 'number') write.resolve(outcome);
      else write.reject(outcome);
    });
  }
}

/** What each write of a batch comes to, in order; later ones see the earlier ones. */
function planBatch(snapshot: Snapshot, batch: readonly QueuedWrite[]): Plan {
  const written = new Map<StorageKey, Entry | undefined>();
  const events: PlannedEvent[] = [];
  const outcomes: (Revision | StorageError)[] = [];
  let revision = snapshot.revision;
  for (const { request, keyBytes } of batch) {
    const current = written.has(request.key) ? written.get(request.key) : storedEntry(snapshot, keyBytes);
    const refusal = refuse(request, current);
    if (refusal !== undefined) {
      outcomes.push(refusal);
      continue;
    }
    revision++;
    const event = eventOf(request, asRevision(revision), current);
    written.set(request.key, event.type === 'put' ? event.entry : undefined);
    events.push({ event, keyBytes, revision: asRevision(revision) });
    outcomes.push(asRevision(revision));
  }
  return { events, outcomes, revision };
}

function storedEntry(snapshot: Snapshot, key: Buffer): Entry | undefined {
  const revision = latestVersion(snapshot, key);
  return revision === 0 ? undefined : readEntry(snapshot, revision);
}

function refuse(request: WriteRequest, current: Entry | undefined): StorageError | undefined {
  const { key } = request;
  if (request.type === 'create') {
    return current === undefined
      ? undefined
      : new StorageError('KeyExists', `${key} exists already`, { current });
  }
  if (current === undefined) return new StorageError('NotFound', `${key} does not exist`);
  if (current.revision === request.expected) return undefined;
  const message = `${key} is at revision ${current.revision}, not ${request.expected}`;
  return new StorageError('Conflict', message, { current });
}

function eventOf(request: WriteRequest, revision: Revision, previous: Entry | undefined): StoreEvent {
  if (request.type !== 'delete') {
    return { type: 'put', entry: { key: request.key, value: request.value, revision }, previous };
  }
  // `refuse` has let only deletions of something pass.
  if (previous === undefined)
    throw new StorageError('Corrupt', `deleting ${request.key}, which is not there`);
  return { type: 'delete', key: request.key, revision, previous };
}

/** Resolves when the transaction is on the disk. */
async function persist(tables: Tables, plan: Plan): Promise<void> {
  const { meta, current, versions, log } = tables;
  await commit(tables, (changes) => {
    for (const { event, keyBytes, revision } of plan.events) {
      const number = encodeNumber(revision);
      const previous = event.previous?.revision ?? 0;
      const value = event.type === 'put' ? event.entry.value : new Uint8Array(0);
      changes.put(log, number, encodeRecord(event.type, previous, keyBytes, value));
      changes.put(versions, encodeVersion(keyBytes, revision), event.type === 'put' ? LIVE : GONE);
      if (event.type === 'put') changes.put(current, keyBytes, number);
      else changes.remove(current, keyBytes);
    }
    changes.put(meta, META.revision, encodeNumber(plan.revision));
  });
}

function writeError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const reason = errorText(error);
  return new StorageError(
    'Unavailable',
    `the write did not reach the disk (${reason}): check its free space`,
    {
      cause: error,
    },
  );
}
