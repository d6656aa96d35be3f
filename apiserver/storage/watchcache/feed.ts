/** The feed: one store watch that keeps every resource's cache, in revision order and at the same revision. */
import { type Clock, sleep, systemClock } from '../../../client/clock.ts';
import { isStorageError } from '../errors.ts';
import { resourcePrefixOf } from '../key.ts';
import type { Entry, Revision, Storage, StoreEvent, StoreWatch, WatchBatch } from '../storage.ts';
import { type CacheContext, MutableCache } from './cache.ts';
import { DecodedObjects, encodeEntry } from './encoded-object.ts';
import { Freshness } from './freshness.ts';
import type { Change } from './history.ts';
import { TICK_MILLISECONDS, WATCH_CACHE_LIMITS, type WatchCacheLimits } from './limits.ts';
import { newTree, type ObjectTree } from './snapshot.ts';
import type { Feed, FeedBatch, ResourceCache } from './types.ts';

export interface FeedOptions {
  /** Key prefix of everything, without '/' at its end. */
  readonly prefix: string;
  readonly clock?: Clock;
  /** At least 0, below 1. */
  readonly random?: () => number;
  readonly limits?: Partial<WatchCacheLimits>;
  /** Hears of troubles that the feed survives: a store that fails, an object that cannot be read. */
  readonly report?: (problem: string, error: unknown) => void;
}

export function createFeed(storage: Storage, options: FeedOptions): Feed {
  return new StoreFeed(storage, options);
}

type FeedChange = FeedBatch['changes'][number];

class StoreFeed implements Feed {
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #limits: WatchCacheLimits;
  readonly #report: (problem: string, error: unknown) => void;
  readonly #context: CacheContext;
  readonly #caches = new Map<string, MutableCache>();
  readonly #listeners = new Set<(batch: FeedBatch) => void>();
  readonly #freshness: Freshness;
  readonly #stopping = new AbortController();
  /** Caches with changes that their watchers are yet to be told of, this turn. */
  readonly #toWake = new Set<MutableCache>();
  #revision = 0 as Revision;
  #ready = false;
  #watch: StoreWatch | undefined;
  #following: Promise<void> | undefined;
  #cancelTick: (() => void) | undefined;

  constructor(storage: Storage, options: FeedOptions) {
    this.#storage = storage;
    this.#prefix = options.prefix;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#limits = { ...WATCH_CACHE_LIMITS, ...options.limits };
    this.#report = options.report ?? (() => {});
    this.#context = {
      limits: this.#limits,
      decoded: new DecodedObjects(this.#limits.decodedObjects),
      revision: () => this.#revision,
      now: () => clock.now(),
      random: options.random ?? Math.random,
    };
    const source = {
      currentRevision: () => storage.currentRevision(),
      requestProgress: () => this.#watch?.requestProgress(),
    };
    this.#freshness = new Freshness(source, clock, this.#revision);
  }

  get ready(): boolean {
    return this.#ready;
  }

  get revision(): Revision {
    return this.#revision;
  }

  register(resourcePrefix: string): ResourceCache {
    if (this.#following !== undefined)
      throw new Error(`${resourcePrefix} is registered after the feed has started`);
    const existing = this.#caches.get(resourcePrefix);
    if (existing !== undefined) return existing;
    const cache = new MutableCache(resourcePrefix, this.#context);
    this.#caches.set(resourcePrefix, cache);
    return cache;
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#following ??= this.#run(resolve);
    });
  }

  consistent(signal: AbortSignal): Promise<Revision> {
    return this.#freshness.consistent(signal);
  }

  waitUntil(revision: Revision, milliseconds: number, signal: AbortSignal): Promise<boolean> {
    return this.#freshness.waitUntil(revision, milliseconds, signal);
  }

  subscribe(listener: (batch: FeedBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTick?.();
    this.#watch?.close();
    await this.#following;
    for (const cache of this.#caches.values()) cache.endWatches();
  }

  async #run(loaded: () => void): Promise<void> {
    this.#tick();
    let retry = this.#limits.retryMilliseconds;
    let mustLoad = true;
    while (!this.#stopping.signal.aborted) {
      const before = this.#revision;
      try {
        if (mustLoad) await this.#load();
        mustLoad = false;
        loaded();
        await this.#follow();
      } catch (error) {
        // History does not reach back to where we are: only a fresh load gets over the gap.
        mustLoad ||= isStorageError(error, 'Compacted');
        this.#report('the store watch has ended and is taken up again', error);
      }
      retry =
        this.#revision === before
          ? Math.min(retry * 2, this.#limits.retryMaxMilliseconds)
          : this.#limits.retryMilliseconds;
      await sleep(this.#clock, retry, this.#stopping.signal);
    }
    loaded();
  }

  async #load(): Promise<void> {
    const trees = new Map<MutableCache, ObjectTree>();
    for (const cache of this.#caches.values()) trees.set(cache, newTree());
    const revision = await this.#loadPages((entry) => {
      const cache = this.#cacheOf(entry.key);
      if (cache === undefined) return;
      const object = this.#survive(entry.key, () => encodeEntry(entry, cache.prefix, this.#context.decoded));
      if (object !== undefined) trees.get(cache)?.set(entry.key, object);
    });
    if (this.#stopping.signal.aborted) return;
    this.#revision = revision;
    const changes: FeedChange[] = [];
    for (const [cache, tree] of trees) {
      for (const change of cache.replace(tree, revision)) changes.push(feedChange(cache, change));
    }
    this.#ready = true;
    this.#freshness.advance(revision);
    this.#tell({ revision, changes });
  }

  /** Reads everything at one revision. @throws StorageError */
  async #loadPages(take: (entry: Entry) => void): Promise<Revision> {
    const scope = `${this.#prefix}/`;
    const limit = this.#limits.loadPage;
    let page = await this.#storage.range(scope, { limit });
    const { revision } = page;
    for (;;) {
      for (const entry of page.entries) take(entry);
      const last = page.entries.at(-1);
      if (page.remaining === 0 || last === undefined || this.#stopping.signal.aborted) return revision;
      // A store in this process answers without a pause; requests must get their turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
      page = await this.#storage.range(scope, { limit, after: last.key, revision });
    }
  }

  async #follow(): Promise<void> {
    const watch = this.#storage.watch(`${this.#prefix}/`, this.#revision);
    this.#watch = watch;
    try {
      // stop() may have come while there was no watch to close.
      if (this.#stopping.signal.aborted) return;
      // Readers that began to wait while nothing was watched have asked nobody yet.
      if (this.#freshness.isAwaited) watch.requestProgress();
      for await (const batch of watch) this.#apply(batch);
    } finally {
      this.#watch = undefined;
      watch.close();
    }
  }

  /** One store batch: all caches first, then everybody who looks at them (see types.ts). */
  #apply(batch: WatchBatch): void {
    if (batch.revision < this.#revision) return;
    const touched = new Set<MutableCache>();
    const changes: FeedChange[] = [];
    for (const event of batch.events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const cache = this.#cacheOf(key);
      if (cache === undefined) continue;
      const change = this.#survive(key, () => this.#applyEvent(cache, event));
      if (change === undefined) continue;
      touched.add(cache);
      if (this.#listeners.size > 0) changes.push(feedChange(cache, change));
    }
    this.#revision = batch.revision;
    this.#wakeSoon(touched);
    this.#freshness.advance(batch.revision);
    this.#tell({ revision: batch.revision, changes });
  }

  /**
   * Watchers learn of all that comes in one turn of the event loop at once: when a thousand are served, the next
   * changes arrive meanwhile, and a write with two events costs little more than one with one.
   */
  #wakeSoon(touched: ReadonlySet<MutableCache>): void {
    if (touched.size > 0 && this.#toWake.size === 0) {
      setImmediate(() => {
        const caches = [...this.#toWake];
        this.#toWake.clear();
        for (const cache of caches) cache.dispatch();
      });
    }
    for (const cache of touched) this.#toWake.add(cache);
  }

  #applyEvent(cache: MutableCache, event: StoreEvent): Change | undefined {
    // A store that repeats itself after a reconnect must not make us repeat it (W1, W7).
    if (event.type === 'put')
      return event.entry.revision > this.#revision ? cache.put(event.entry) : undefined;
    return event.revision > this.#revision ? cache.remove(event.key, event.revision) : undefined;
  }

  #tell(batch: FeedBatch): void {
    for (const listener of this.#listeners) {
      try {
        listener(batch);
      } catch (error) {
        this.#report('a listener of the watch cache failed', error);
      }
    }
  }

  #cacheOf(key: string): MutableCache | undefined {
    const resource = resourcePrefixOf(this.#prefix, key);
    return resource === undefined ? undefined : this.#caches.get(resource);
  }

  /** One unreadable object must not stop the others. */
  #survive<T>(key: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#report(`${key} cannot be read and is left out`, error);
      return undefined;
    }
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MILLISECONDS, () => {
      const now = this.#clock.now();
      for (const cache of this.#caches.values()) {
        cache.expire(now);
        cache.dispatch();
      }
      if (!this.#stopping.signal.aborted) this.#tick();
    });
  }
}

function feedChange(cache: ResourceCache, { key, current, previous }: Change): FeedChange {
  return { cache, key, current, previous };
}
