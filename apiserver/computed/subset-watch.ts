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
import type { Feed } from '../storage/watchcache/types.ts';
import { PendingChanges } from './pending-changes.ts';
import { type Answer, answerAt, type PlaceAnswers, type SharedAnswers } from './shared-answers.ts';
import type { SubsetIndex } from './subset-index.ts';
import { viewAt } from './subset-object.ts';
import type { SubsetQuery } from './subset-query.ts';
import { groupKey, pastSource, type SubsetCaches, type SubsetSource } from './subset-source.ts';
import {
  formatSubsetVersion,
  LAST_POSITION,
  parseSubsetVersion,
  type SubsetVersion,
} from './subset-version.ts';

export interface SubsetWatchDependencies {
  readonly feed: Feed;
  readonly caches: SubsetCaches;
  readonly clock: Clock;
  readonly flushMilliseconds?: number;
}

/** The dependencies, with what all watches share. */
export interface SubsetWatchContext extends SubsetWatchDependencies {
  readonly index: SubsetIndex;
  readonly answers: SharedAnswers;
}

/** What one watch asks, and what its client has been told: answers by the key of the group. */
interface Watch {
  readonly context: SubsetWatchContext;
  readonly options: WatchOptions;
  readonly query: SubsetQuery;
  readonly answers: PlaceAnswers;
  readonly pending: PendingChanges;
  readonly known: Map<string, Answer>;
}

type Change = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly subset: EndpointSubset };

/** Whether a list or watch sees the subset of a group. */
export function isSelected(
  group: ServiceGroup,
  options: Pick<WatchOptions, 'labels' | 'namespace'>,
  query: SubsetQuery,
): boolean {
  if (!query.admits(group)) return false;
  if (options.namespace !== undefined && group.metadata.namespace !== options.namespace) return false;
  return matchesLabels(options.labels, group.metadata.labels ?? {});
}

export async function* watchSubsets(
  context: SubsetWatchContext,
  options: WatchOptions,
  query: SubsetQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent[]> {
  const pending = new PendingChanges(context, query.place, options.namespace);
  const answers = context.answers.open(query.place);
  const watch: Watch = { context, options, query, answers, pending, known: new Map() };
  const stop = pending.start(options.timeoutMilliseconds, signal);
  try {
    if (!(await caughtUp(context.feed, options, signal))) return;
    const opening = openingEvents(watch);
    if (opening.length > 0) yield opening;
    if (opening.at(-1)?.type === 'ERROR') return;
    while (await pending.wait(options.allowBookmarks)) {
      const events = pending.isDirty ? flush(watch) : [bookmark(context.feed, false)];
      if (events.length > 0) yield events;
      if (events.at(-1)?.type === 'ERROR') return;
    }
  } finally {
    stop();
    answers.close();
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
function openingEvents(watch: Watch): WatchEvent[] {
  const { context, options, query, answers, pending, known } = watch;
  const { caches, feed, index } = context;
  const { resourceVersion, sendInitialEvents } = options;
  const version = resumedVersion(options);
  const behind = (): WatchEvent =>
    gone(`too old resource version: ${resourceVersion} (${formatSubsetVersion(feed.revision)})`);
  if (version !== undefined && version.position !== LAST_POSITION) return [behind()];
  const past = version !== undefined && version.revision < feed.revision ? version.revision : undefined;
  let source: SubsetSource;
  try {
    source = past === undefined ? index.source() : pastSource(caches, past);
  } catch (error) {
    if (isStorageError(error, 'Compacted')) return [behind()];
    throw error;
  }
  for (const group of source.groups(options.namespace)) {
    if (!isSelected(group, options, query)) continue;
    const answer = past === undefined ? answers.of(source, group) : answerAt(source, group, query.place);
    known.set(keyOf(group), answer);
  }
  pending.startFrom(version !== undefined);
  if (version !== undefined || sendInitialEvents === false) return [];
  const marked = options.allowBookmarks;
  const changes = [...known.values()].map(({ subset }) => ({ type: 'ADDED' as const, subset }));
  const events = numbered(changes, source, marked);
  return marked ? [...events, bookmark(feed, true)] : events;
}

/** Looks at what was touched and tells the difference. */
function flush({ context, options, query, answers, pending, known }: Watch): WatchEvent[] {
  const source = context.index.source();
  const touched = pending.take();
  const keys = touched === 'all' ? allKeys(source, options, known) : touched;
  const changes: Change[] = [];
  for (const key of [...keys].sort()) {
    const [namespace = '', name = ''] = key.split('/');
    const before = known.get(key);
    const group = source.group(namespace, name);
    if (group === undefined || !isSelected(group, options, query)) {
      if (before === undefined) continue;
      known.delete(key);
      changes.push({ type: 'DELETED', subset: before.subset });
      continue;
    }
    const answer = answers.of(source, group);
    if (answer.content === before?.content) continue;
    known.set(key, answer);
    changes.push({ type: before === undefined ? 'ADDED' : 'MODIFIED', subset: answer.subset });
  }
  return numbered(changes, source, false);
}

function allKeys(
  source: SubsetSource,
  options: WatchOptions,
  known: ReadonlyMap<string, Answer>,
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
