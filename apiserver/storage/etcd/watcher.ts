/**
 * A watch on etcd's raw Watch RPC. It owns its stream and knows what has been delivered, so that after any
 * disconnect it goes on from the next revision.
 *
 *   connecting ──created──► streaming ──error, end──► (back off) ──► connecting from delivered + 1
 *        └─────────────────────┴── compacted ──► failed
 *
 * Deliveries hold whole revisions: etcd cuts a response that is too large into fragments, which are put
 * together first, and what is left of one when a connection breaks is thrown away.
 */
import type { IEvent, IWatchResponse } from 'etcd3';
import { type Clock, sleep } from '../../../client/clock.ts';
import { StorageError } from '../errors.ts';
import type { Revision, StoreEvent, StoreWatch, WatchBatch } from '../storage.ts';
import type { EtcdConnection, WatchStream } from './client.ts';
import { etcdError } from './errors.ts';
import { prefixEnd, progressKey, revisionOf, storeEvent } from './wire.ts';

/** Batches held for a reader that is busy; then etcd is left to hold them. */
const MAX_QUEUED_BATCHES = 64;

/** Milliseconds between attempts to reconnect: the first, and at most. */
const RETRY_MILLISECONDS = 20;
const RETRY_MAX_MILLISECONDS = 2_000;

/** Milliseconds: etcd drops a progress request, without a word, while the watch is still catching up. */
const PROGRESS_RETRY_MILLISECONDS = 100;

/** watch_id of answers to a progress request (etcd clientv3.InvalidWatchID); periodic ones carry the watch's. */
const ALL_WATCHES = '-1';

const DONE = { done: true, value: undefined } as const;

export interface EtcdWatchOptions {
  readonly prefix: string;
  readonly after: Revision;
  readonly clock: Clock;
  /** False: this etcd's progress answers may overtake events, so a write of our own is waited for instead. */
  readonly trustedProgress: boolean;
  readonly report: (problem: string, error: unknown) => void;
  readonly onClose: () => void;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<WatchBatch>) => void;
  readonly reject: (error: StorageError) => void;
}

export class EtcdWatch implements StoreWatch, AsyncIterator<WatchBatch> {
  readonly #connection: EtcdConnection;
  readonly #options: EtcdWatchOptions;
  readonly #closing = new AbortController();
  #queue: WatchBatch[] = [];
  #waiter: Waiter | undefined;
  #failure: StorageError | undefined;
  #stream: WatchStream | undefined;
  /** Whether etcd has said that the current stream's watch exists. */
  #created = false;
  #paused = false;
  #fragments: IEvent[] = [];
  /** Everything up to here is delivered or queued. */
  #delivered: Revision;
  #progressTarget: Revision | undefined;
  #cancelProgressRetry: (() => void) | undefined;

  constructor(connection: EtcdConnection, options: EtcdWatchOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#delivered = options.after;
    void this.#run();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch> {
    return this;
  }

  async next(): Promise<IteratorResult<WatchBatch>> {
    const batch = this.#queue.shift();
    if (batch !== undefined) {
      if (this.#paused && this.#queue.length < MAX_QUEUED_BATCHES / 2) this.#setPaused(false);
      return { done: false, value: batch };
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing.signal.aborted) return DONE;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<WatchBatch>> {
    this.close();
    return DONE;
  }

  requestProgress(): void {
    // Failed, with batches still to be read: nobody would ever answer.
    if (this.#closing.signal.aborted) return;
    this.#progressTarget = this.#connection.seen;
    this.#askProgress();
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#cancelProgressRetry?.();
    this.#queue = [];
    this.#stream?.cancel();
    this.#options.onClose();
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let retry = RETRY_MILLISECONDS;
    while (!signal.aborted) {
      const before = this.#delivered;
      try {
        await this.#followStream();
      } catch (error) {
        if (signal.aborted) return;
        this.#options.report('the watch on etcd was interrupted and is taken up again', error);
      }
      if (this.#created || this.#delivered > before) retry = RETRY_MILLISECONDS;
      await sleep(this.#options.clock, retry, signal);
      retry = Math.min(retry * 2, RETRY_MAX_MILLISECONDS);
    }
  }

  /** One stream, from its opening to its end. @throws StorageError why it ended */
  async #followStream(): Promise<void> {
    this.#created = false;
    this.#fragments = [];
    const stream = await this.#connection.openWatch();
    if (this.#closing.signal.aborted) {
      stream.on('error', () => {});
      stream.cancel();
      return;
    }
    this.#stream = stream;
    try {
      await new Promise<void>((resolve, reject) => {
        stream.on('error', (error) => reject(etcdError(error, this.#connection.endpoints)));
        stream.on('end', resolve);
        stream.on('data', (response) => {
          try {
            if (this.#stream === stream) this.#receive(response);
          } catch (error) {
            reject(error);
          }
        });
        stream.write({ create_request: this.#createRequest() });
        this.#setPaused(this.#queue.length >= MAX_QUEUED_BATCHES);
      });
    } finally {
      this.#stream = undefined;
      stream.cancel();
    }
  }

  #createRequest() {
    const { prefix } = this.#options;
    return {
      key: Buffer.from(prefix),
      range_end: prefixEnd(prefix),
      start_revision: String(this.#delivered + 1),
      prev_kv: true,
      progress_notify: true,
      fragment: true,
    };
  }

  /** @throws StorageError when the stream is of no use any more */
  #receive(response: IWatchResponse): void {
    if (response.canceled) {
      this.#refused(response);
      return;
    }
    if (response.created) {
      this.#created = true;
      if (this.#progressTarget !== undefined) this.#askProgress();
      return;
    }
    if (response.fragment || this.#fragments.length > 0) this.#fragments.push(...response.events);
    if (response.fragment) return;
    const received = this.#fragments.length > 0 ? this.#fragments : response.events;
    this.#fragments = [];
    if (received.length > 0) this.#deliverEvents(received);
    else this.#deliverProgress(response);
  }

  #refused(response: IWatchResponse): void {
    const oldest = revisionOf(response.compact_revision);
    if (oldest > 0) {
      const message = `history before revision ${oldest} is gone, ${this.#delivered + 1} was asked for`;
      this.#fail(new StorageError('Compacted', message, { revision: oldest }));
      return;
    }
    throw etcdError(
      new Error(response.cancel_reason || 'etcd canceled the watch'),
      this.#connection.endpoints,
    );
  }

  #deliverEvents(received: readonly IEvent[]): void {
    const events: StoreEvent[] = [];
    const marker = progressKey(this.#options.prefix);
    let revision = this.#delivered;
    for (const raw of received) {
      const at = revisionOf(raw.kv.mod_revision);
      if (at <= this.#delivered) continue;
      revision = at;
      if (raw.kv.key.equals(marker)) continue;
      const event = storeEvent(raw);
      if (event === undefined) {
        const message = `the object before revision ${at} is compacted away`;
        this.#fail(new StorageError('Compacted', message, { revision: at }));
        return;
      }
      events.push(event);
    }
    if (revision === this.#delivered) return;
    this.#delivered = revision;
    if (!this.#options.trustedProgress) this.#progressReached(revision);
    this.#hand({ events, revision });
  }

  #deliverProgress(response: IWatchResponse): void {
    const { trustedProgress } = this.#options;
    if (!trustedProgress) return;
    const revision = revisionOf(response.header.revision);
    if (response.watch_id === ALL_WATCHES) this.#progressReached(revision);
    if (revision < this.#delivered) return;
    this.#delivered = revision;
    this.#hand({ events: [], revision });
  }

  #hand(batch: WatchBatch): void {
    const waiter = this.#waiter;
    if (waiter === undefined) {
      this.#queue.push(batch);
      if (this.#queue.length >= MAX_QUEUED_BATCHES) this.#setPaused(true);
      return;
    }
    this.#waiter = undefined;
    waiter.resolve({ done: false, value: batch });
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#stream?.pause();
    else this.#stream?.resume();
  }

  /** What is queued is still delivered before the failure. */
  #fail(failure: StorageError): void {
    this.#failure = failure;
    this.#closing.abort();
    this.#cancelProgressRetry?.();
    this.#stream?.cancel();
    this.#options.onClose();
    this.#waiter?.reject(failure);
    this.#waiter = undefined;
  }

  #askProgress(): void {
    this.#cancelProgressRetry?.();
    this.#cancelProgressRetry = this.#options.clock.after(PROGRESS_RETRY_MILLISECONDS, () =>
      this.#askProgress(),
    );
    if (this.#stream === undefined || !this.#created) return;
    if (this.#options.trustedProgress) this.#stream.write({ progress_request: {} });
    else this.#writeMarker();
  }

  #progressReached(revision: Revision): void {
    if (this.#progressTarget === undefined || revision < this.#progressTarget) return;
    this.#progressTarget = undefined;
    this.#cancelProgressRetry?.();
  }

  /** Its event comes through the watch behind every write before it, on any etcd. */
  #writeMarker(): void {
    const put = { key: progressKey(this.#options.prefix), value: Buffer.alloc(0) };
    this.#connection.txn({ success: [{ request_put: put }] }).catch((error: unknown) => {
      this.#options.report('the progress of the watch could not be asked for', error);
    });
  }
}
