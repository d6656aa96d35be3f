/** What has happened to one watch of subsets since it was last told, and when to tell it. */
import type { SubsetPlace } from '../../api/services/v3alpha1/endpoint-subset/name.ts';
import type { Clock } from '../../client/clock.ts';
import { LAST_BOOKMARK_MILLISECONDS } from '../storage/watchcache/limits.ts';
import type { SubsetIndex, Touched } from './subset-index.ts';
import { groupKey } from './subset-source.ts';

/** Between two flushes of one watch (milliseconds): rolling updates then cost ten answers a second, not hundreds. */
export const FLUSH_INTERVAL_MILLISECONDS = 100;
/** As stored kinds have it. */
const BOOKMARK_INTERVAL_MILLISECONDS = 60_000;

export interface PendingContext {
  readonly index: Pick<SubsetIndex, 'subscribe'>;
  readonly clock: Clock;
  readonly flushMilliseconds?: number;
}

/** What has been touched since the last flush, and when the next one is due. */
export class PendingChanges {
  readonly #context: PendingContext;
  readonly #place: SubsetPlace;
  readonly #namespace: string | undefined;
  #groups = new Set<string>();
  #all = false;
  #ended = false;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #lastBookmarkAt = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  /** @param namespace undefined: every namespace */
  constructor(context: PendingContext, place: SubsetPlace, namespace: string | undefined) {
    this.#context = context;
    this.#place = place;
    this.#namespace = namespace;
  }

  get isDirty(): boolean {
    return this.#all || this.#groups.size > 0;
  }

  /** Listens until stopped. @returns how to stop */
  start(timeoutMilliseconds: number, signal: AbortSignal): () => void {
    const { index, clock } = this.#context;
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    const unsubscribe = index.subscribe((touched) => this.#note(touched));
    this.#lastBookmarkAt = clock.now() + timeoutMilliseconds - LAST_BOOKMARK_MILLISECONDS;
    const cancel = clock.after(timeoutMilliseconds, end);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    return () => {
      unsubscribe();
      cancel();
      signal.removeEventListener('abort', end);
    };
  }

  #note({ groups, nodes }: Touched): void {
    const own = this.#namespace === undefined ? '' : groupKey(this.#namespace, '');
    for (const key of groups) if (key.startsWith(own)) this.#groups.add(key);
    if (this.#place.kind === 'node' && nodes.has(this.#place.nodeName)) this.#all = true;
    if (this.isDirty) this.#wake();
  }

  /** The watch now knows the state; `behind`: a past one, so everything is looked at in the first flush. */
  startFrom(behind: boolean): void {
    this.#groups.clear();
    this.#all = behind;
  }

  take(): ReadonlySet<string> | 'all' {
    const taken = this.#all ? 'all' : this.#groups;
    this.#groups = new Set();
    this.#all = false;
    this.#lastFlush = this.#context.clock.now();
    return taken;
  }

  /** Resolves true when a flush or a bookmark is due, false when the watch ends. */
  async wait(bookmarks: boolean): Promise<boolean> {
    const { clock, flushMilliseconds = FLUSH_INTERVAL_MILLISECONDS } = this.#context;
    const due = this.#nextBookmark();
    while (!this.#ended) {
      const rest = this.isDirty ? this.#lastFlush + flushMilliseconds - clock.now() : due - clock.now();
      if (rest <= 0 && (this.isDirty || bookmarks)) return true;
      await this.#sleep(rest <= 0 ? BOOKMARK_INTERVAL_MILLISECONDS : rest);
    }
    return false;
  }

  #nextBookmark(): number {
    const now = this.#context.clock.now();
    const regular = now + BOOKMARK_INTERVAL_MILLISECONDS;
    return now < this.#lastBookmarkAt ? Math.min(regular, this.#lastBookmarkAt) : regular;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
