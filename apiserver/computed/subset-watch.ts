/**
 * Watching computed subsets. A flush brings every changed subset of one watch to one revision:
 *
 *   store batches ──► touched groups ──(first at once, then at most every 100 ms)──► flush
 *                                                                                      │ cut at R, recompute
 *                                                                                      ▼ the touched, diff
 *                                              (R,0) (R,1) … (R,65535)  ◄── events ────┘
 *
 * A reader that is slow gets fewer, larger flushes: what waits is a set of names, never a queue of events.
 */

import { expired } from '../../api/meta/api-error.ts';
import { matchesLabels } from '../../api/meta/labels.ts';
import type { EndpointSubset, ServiceGroup } from '../../api/services/v3alpha1/types.ts';
import type { Clock } from '../../client/clock.ts';
import type { WatchEvent, WatchOptions } from '../registry/rest.ts';
import { isStorageError } from '../storage/errors.ts';
import { LAST_BOOKMARK_MILLISECONDS } from '../storage/watchcache/limits.ts';
import type { Feed } from '../storage/watchcache/types.ts';
import { computeSubset, contentOf, viewAt } from './subset-object.ts';
import type { SubsetQuery } from './subset-query.ts';
import { cutSource, groupKey, type SubsetCaches, type SubsetSource, touchedBy } from './subset-source.ts';
import {
  formatSubsetVersion,
  LAST_POSITION,
  parseSubsetVersion,
  type SubsetVersion,
} from './subset-version.ts';

/** Between two flushes of one watch (milliseconds): rolling updates then cost ten answers a second, not hundreds. */
export const FLUSH_INTERVAL_MILLISECONDS = 100;
/** As stored kinds have it. */
const BOOKMARK_INTERVAL_MILLISECONDS = 60_000;

export interface SubsetWatchDependencies {
  readonly feed: Feed;
  readonly caches: SubsetCaches;
  readonly clock: Clock;
  readonly flushMilliseconds?: number;
}

/** What the watcher has been told of one subset. */
interface Known {
  readonly subset: EndpointSubset;
  readonly content: string;
}

type Change = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly subset: EndpointSubset };

/** The subset that a watch sees for a group, or undefined when it does not see that group. */
export function selectedSubset(
  source: SubsetSource,
  group: ServiceGroup | undefined,
  options: Pick<WatchOptions, 'labels' | 'namespace'>,
  query: SubsetQuery,
): EndpointSubset | undefined {
  if (group === undefined || !query.admits(group)) return undefined;
  if (options.namespace !== undefined && group.metadata.namespace !== options.namespace) return undefined;
  if (!matchesLabels(options.labels, group.metadata.labels ?? {})) return undefined;
  return computeSubset(source, group, query.place);
}

export async function* watchSubsets(
  dependencies: SubsetWatchDependencies,
  options: WatchOptions,
  query: SubsetQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent[]> {
  const pending = new PendingChanges(dependencies, query);
  const stop = pending.start(options.timeoutMilliseconds, signal);
  try {
    if (!(await caughtUp(dependencies.feed, options, signal))) return;
    const known = new Map<string, Known>();
    const opening = openingEvents(dependencies, options, query, known, pending);
    if (opening.length > 0) yield opening;
    if (opening.at(-1)?.type === 'ERROR') return;
    while (await pending.wait(options.allowBookmarks)) {
      const events = pending.isDirty
        ? flush(dependencies, options, query, known, pending)
        : [bookmark(dependencies.feed, false)];
      if (events.length > 0) yield events;
      if (events.at(-1)?.type === 'ERROR') return;
    }
  } finally {
    stop();
  }
}

/** The version to resume from; undefined: the watch begins with the state as it is. */
function resumedVersion({ resourceVersion, sendInitialEvents }: WatchOptions): SubsetVersion | undefined {
  const fromState = resourceVersion === '' || resourceVersion === '0' || sendInitialEvents === true;
  return fromState ? undefined : parseSubsetVersion(resourceVersion);
}

/**
 * A version of the future is a replica's that is ahead of ours: its client has seen what we have yet to hear of.
 * @returns false when the watch ends before that
 */
async function caughtUp(feed: Feed, options: WatchOptions, signal: AbortSignal): Promise<boolean> {
  const version = resumedVersion(options);
  if (version === undefined || version.revision <= feed.revision) return true;
  try {
    return await feed.waitUntil(version.revision, options.timeoutMilliseconds, signal);
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** The state the watch starts from, as events or as what the client has already. */
function openingEvents(
  { caches, feed }: SubsetWatchDependencies,
  options: WatchOptions,
  query: SubsetQuery,
  known: Map<string, Known>,
  pending: PendingChanges,
): WatchEvent[] {
  const { resourceVersion, sendInitialEvents } = options;
  const version = resumedVersion(options);
  const behind = (): WatchEvent =>
    gone(`too old resource version: ${resourceVersion} (${formatSubsetVersion(feed.revision)})`);
  if (version !== undefined && version.position !== LAST_POSITION) return [behind()];
  let source: SubsetSource;
  try {
    const past = version !== undefined && version.revision < feed.revision;
    source = cutSource(caches, past ? version.revision : undefined);
  } catch (error) {
    if (isStorageError(error, 'Compacted')) return [behind()];
    throw error;
  }
  for (const group of source.groups(options.namespace)) {
    const subset = selectedSubset(source, group, options, query);
    if (subset !== undefined) known.set(keyOf(group), { subset, content: contentOf(subset) });
  }
  pending.startFrom(version !== undefined);
  if (version !== undefined || sendInitialEvents === false) return [];
  const marked = options.allowBookmarks;
  const changes = [...known.values()].map(({ subset }) => ({ type: 'ADDED' as const, subset }));
  const events = numbered(changes, source, marked);
  return marked ? [...events, bookmark(feed, true)] : events;
}

/** Recomputes what was touched and tells the difference. */
function flush(
  { caches }: SubsetWatchDependencies,
  options: WatchOptions,
  query: SubsetQuery,
  known: Map<string, Known>,
  pending: PendingChanges,
): WatchEvent[] {
  const source = cutSource(caches);
  const touched = pending.take();
  const keys = touched === 'all' ? allKeys(source, options, known) : touched;
  const changes: Change[] = [];
  for (const key of [...keys].sort()) {
    const [namespace = '', name = ''] = key.split('/');
    const before = known.get(key);
    const subset = selectedSubset(source, source.group(namespace, name), options, query);
    if (subset === undefined) {
      if (before === undefined) continue;
      known.delete(key);
      changes.push({ type: 'DELETED', subset: before.subset });
      continue;
    }
    const content = contentOf(subset);
    if (content === before?.content) continue;
    known.set(key, { subset, content });
    changes.push({ type: before === undefined ? 'ADDED' : 'MODIFIED', subset });
  }
  return numbered(changes, source, false);
}

function allKeys(
  source: SubsetSource,
  options: WatchOptions,
  known: ReadonlyMap<string, Known>,
): Set<string> {
  const keys = new Set(known.keys());
  for (const group of source.groups(options.namespace)) keys.add(keyOf(group));
  return keys;
}

const keyOf = (group: ServiceGroup): string =>
  groupKey(group.metadata.namespace ?? '', group.metadata.name ?? '');

/** @param open whether a bookmark will carry the last position */
function numbered(changes: readonly Change[], source: SubsetSource, open: boolean): WatchEvent[] {
  if (changes.length > LAST_POSITION)
    return [gone(`a flush of ${changes.length} subsets is more than ${LAST_POSITION}`)];
  return changes.map(({ type, subset }, i) => {
    const position = !open && i === changes.length - 1 ? LAST_POSITION : i;
    return { type, view: viewAt(subset, formatSubsetVersion(source.revision, position)) };
  });
}

const bookmark = (feed: Feed, initialEventsEnd: boolean): WatchEvent => ({
  type: 'BOOKMARK',
  resourceVersion: formatSubsetVersion(feed.revision),
  initialEventsEnd,
});

const gone = (message: string): WatchEvent => ({ type: 'ERROR', status: expired(message).status });

/** What has been touched since the last flush, and when the next one is due. */
class PendingChanges {
  readonly #dependencies: SubsetWatchDependencies;
  readonly #query: SubsetQuery;
  #groups = new Set<string>();
  #all = false;
  #ended = false;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #lastBookmarkAt = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(dependencies: SubsetWatchDependencies, query: SubsetQuery) {
    this.#dependencies = dependencies;
    this.#query = query;
  }

  get isDirty(): boolean {
    return this.#all || this.#groups.size > 0;
  }

  /** Listens until stopped. @returns how to stop */
  start(timeoutMilliseconds: number, signal: AbortSignal): () => void {
    const { feed, caches, clock } = this.#dependencies;
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    const unsubscribe = feed.subscribe((batch) => {
      if (batch.changes.length === 0) return;
      const touched = touchedBy(batch, caches, cutSource(caches));
      for (const key of touched.groups) this.#groups.add(key);
      const { place } = this.#query;
      if (place.kind === 'node' && touched.nodes.has(place.nodeName)) this.#all = true;
      if (this.isDirty) this.#wake();
    });
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

  /** The watch now knows the state; `behind`: a past one, so everything is looked at in the first flush. */
  startFrom(behind: boolean): void {
    this.#groups.clear();
    this.#all = behind;
  }

  take(): ReadonlySet<string> | 'all' {
    const taken = this.#all ? 'all' : this.#groups;
    this.#groups = new Set();
    this.#all = false;
    this.#lastFlush = this.#dependencies.clock.now();
    return taken;
  }

  /** Resolves true when a flush or a bookmark is due, false when the watch ends. */
  async wait(bookmarks: boolean): Promise<boolean> {
    const { clock, flushMilliseconds = FLUSH_INTERVAL_MILLISECONDS } = this.#dependencies;
    const due = this.#nextBookmark();
    while (!this.#ended) {
      const rest = this.isDirty ? this.#lastFlush + flushMilliseconds - clock.now() : due - clock.now();
      if (rest <= 0 && (this.isDirty || bookmarks)) return true;
      await this.#sleep(rest <= 0 ? BOOKMARK_INTERVAL_MILLISECONDS : rest);
    }
    return false;
  }

  #nextBookmark(): number {
    const now = this.#dependencies.clock.now();
    const regular = now + BOOKMARK_INTERVAL_MILLISECONDS;
    return now < this.#lastBookmarkAt ? Math.min(regular, this.#lastBookmarkAt) : regular;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#dependencies.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
