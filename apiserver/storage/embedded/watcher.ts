/**
 * Watches of the embedded store. A watch that keeps up is handed each commit as it is made; one that does not
 * (or starts in the past) reads the log from where it stands, so slowness costs no memory and loses nothing.
 */
import type { Revision, StoreEvent, StoreWatch, WatchBatch } from '../storage.ts';
import { compactedError, readEntry } from './reader.ts';
import { asRevision, decodeNumber, decodeRecord, encodeNumber } from './record.ts';
import { readSnapshot, type Snapshot, type Tables } from './tables.ts';

/** Commits held for a watch that is busy; beyond these it reads the log. */
const MAX_QUEUED_BATCHES = 64;

/** Log records looked at in one go, a few milliseconds of the event loop. */
const CATCH_UP_RECORDS = 1_000;

const DONE = { done: true, value: undefined } as const;

export class WatchHub {
  readonly tables: Tables;
  readonly #watches = new Set<EmbeddedWatch>();
  /** Everything up to here has been handed out; behind the disk only while a commit is being told. */
  #published: Revision;

  constructor(tables: Tables) {
    this.tables = tables;
    this.#published = asRevision(readSnapshot(tables, (snapshot) => snapshot.revision));
  }

  get published(): Revision {
    return this.#published;
  }

  open(prefix: string, after: Revision): StoreWatch {
    const watch = new EmbeddedWatch(this, prefix, after, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  publish(events: readonly StoreEvent[], revision: Revision): void {
    const before = this.#published;
    this.#published = revision;
    for (const watch of this.#watches) watch.offer(events, before, revision);
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }
}

type Waiter = {
  readonly resolve: (result: IteratorResult<WatchBatch>) => void;
};

class EmbeddedWatch implements StoreWatch, AsyncIterator<WatchBatch> {
  readonly #hub: WatchHub;
  readonly #prefix: string;
  readonly #onClose: () => void;
  #queue: WatchBatch[] = [];
  /** Everything up to here is delivered, queued, or not of this watch. */
  #cursor: number;
  #progressTarget: number | undefined;
  #waiter: Waiter | undefined;
  #closed = false;

  constructor(hub: WatchHub, prefix: string, after: Revision, onClose: () => void) {
    this.#hub = hub;
    this.#prefix = prefix;
    this.#cursor = after;
    this.#onClose = onClose;
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch> {
    return this;
  }

  async next(): Promise<IteratorResult<WatchBatch>> {
    while (!this.#closed) {
      const queued = this.#queue.shift();
      if (queued !== undefined) return { done: false, value: queued };
      if (this.#cursor < this.#hub.published) {
        const batch = this.#catchUpOrClose();
        if (batch.events.length > 0) return { done: false, value: batch };
        // Nothing of this prefix in a long stretch of log: let others run before the next one.
        await new Promise<void>((resolve) => setImmediate(resolve));
        continue;
      }
      const progress = this.#takeProgress();
      if (progress !== undefined) return { done: false, value: progress };
      return new Promise((resolve) => {
        this.#waiter = { resolve };
      });
    }
    return DONE;
  }

  async return(): Promise<IteratorResult<WatchBatch>> {
    this.close();
    return DONE;
  }

  requestProgress(): void {
    // The disk may be one commit ahead of what is published: that commit is part of the promise.
    this.#progressTarget = readSnapshot(this.#hub.tables, (snapshot) => snapshot.revision);
    if (this.#waiter === undefined) return;
    const progress = this.#takeProgress();
    if (progress !== undefined) this.#hand(progress);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#onClose();
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
  }

  /** All events after `before` up to `revision`, as committed. */
  offer(events: readonly StoreEvent[], before: Revision, revision: Revision): void {
    if (this.#cursor < before || this.#queue.length >= MAX_QUEUED_BATCHES) return;
    const mine = events.filter((event) => this.#concerns(event));
    this.#cursor = Math.max(this.#cursor, revision);
    if (mine.length > 0) {
      this.#hand({ events: mine, revision });
      return;
    }
    if (this.#waiter === undefined) return;
    const progress = this.#takeProgress();
    if (progress !== undefined) this.#hand(progress);
  }

  #concerns(event: StoreEvent): boolean {
    return event.type === 'put'
      ? event.entry.revision > this.#cursor && event.entry.key.startsWith(this.#prefix)
      : event.revision > this.#cursor && event.key.startsWith(this.#prefix);
  }

  #hand(batch: WatchBatch): void {
    const waiter = this.#waiter;
    if (waiter === undefined) {
      this.#queue.push(batch);
      return;
    }
    this.#waiter = undefined;
    waiter.resolve({ done: false, value: batch });
  }

  #takeProgress(): WatchBatch | undefined {
    if (this.#progressTarget === undefined || this.#hub.published < this.#progressTarget) return undefined;
    this.#progressTarget = undefined;
    return { events: [], revision: this.#hub.published };
  }

  #catchUpOrClose(): WatchBatch {
    try {
      return this.#catchUp();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #catchUp(): WatchBatch {
    const events: StoreEvent[] = [];
    const { tables, published } = this.#hub;
    readSnapshot(tables, (snapshot) => {
      if (this.#cursor < snapshot.compacted) throw compactedError(this.#cursor, snapshot.compacted);
      const last = Math.min(published, this.#cursor + CATCH_UP_RECORDS);
      const rows = tables.log.getRange({
        start: encodeNumber(this.#cursor + 1),
        end: encodeNumber(last + 1),
        transaction: snapshot.transaction,
      });
      for (const row of rows) {
        const event = readEvent(snapshot, decodeNumber(row.key), row.value);
        if (this.#concerns(event)) events.push(event);
      }
      this.#cursor = last;
    });
    return { events, revision: asRevision(this.#cursor) };
  }
}

function readEvent(snapshot: Snapshot, at: number, bytes: Buffer): StoreEvent {
  const record = decodeRecord(bytes);
  const revision = asRevision(at);
  if (record.type === 'delete') {
    return { type: 'delete', key: record.key, revision, previous: readEntry(snapshot, record.previous) };
  }
  return {
    type: 'put',
    entry: { key: record.key, value: record.value, revision },
    previous: record.previous === 0 ? undefined : readEntry(snapshot, record.previous),
  };
}
