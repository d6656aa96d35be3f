/**
 * WATCH (conformance §8): where to start, then the cache's events as they come. Once the stream is open every
 * failure is an ERROR event; the client went away or the time is up: it just ends.
 *
 *   sendInitialEvents  resourceVersion   start
 *   true               '', 0             ADDED for everything ('' waits for all acknowledged writes), then live
 *   true               N                 the same, once the cache is at N
 *   false              '', 0             from now on
 *   unset              '', 0             as true (upstream defaults it so)
 *   any but true       N                 events after N
 */
import { ApiError, expired, internalError } from '../../api/meta/api-error.ts';
import { mapIterator } from '../async-iterator.ts';
import { isStorageError } from '../storage/errors.ts';
import type { Revision } from '../storage/storage.ts';
import type { CacheEvent, CacheWatchOptions } from '../storage/watchcache/types.ts';
import { requireReady, type StoredScope, scopePrefix } from './dependencies.ts';
import { versionOf } from './object-codec.ts';
import { FRESHNESS_WAIT, parseResourceVersion, tooLargeResourceVersion } from './resource-version.ts';
import type { RequestContext, WatchEvent, WatchOptions } from './rest.ts';
import { createMatcher, indexTerms } from './selection.ts';
import { fromStorageError } from './storage-errors.ts';

type Start = CacheWatchOptions['start'];

export async function watchObjects(
  scope: StoredScope,
  context: RequestContext,
  options: WatchOptions,
): Promise<AsyncIterable<readonly WatchEvent[]>> {
  requireReady(scope);
  const after = parseResourceVersion(options.resourceVersion);
  const initial = options.sendInitialEvents ?? after === 0;
  const start: Start = initial || after === 0 ? { initial } : { after };
  return eventsOf(scope, context, options, start, after);
}

function eventsOf(
  scope: StoredScope,
  { signal }: RequestContext,
  options: WatchOptions,
  start: Start,
  after: Revision,
): AsyncIterable<readonly WatchEvent[]> {
  const initial = 'initial' in start && start.initial;
  return mapIterator<readonly CacheEvent[], readonly WatchEvent[]>({
    open: async () => {
      if (initial) await waitForSnapshot(scope, options.resourceVersion, after, signal);
      const batches = scope.cache.watch({
        prefix: scopePrefix(scope, options.namespace),
        start,
        matches: createMatcher(scope.kind, options),
        terms: indexTerms(scope.kind, options),
        bookmarks: options.allowBookmarks,
        initialEventsEnd: initial && options.allowBookmarks,
        timeoutMilliseconds: options.timeoutMilliseconds,
        signal,
      });
      return batches[Symbol.asyncIterator]();
    },
    change: (batch) => batch.map(watchEvent),
    failed: (error) =>
      signal.aborted || isStorageError(error, 'WatchOvertaken')
        ? undefined
        : [{ type: 'ERROR', status: watchError(scope, error, after).status }],
  });
}

/** Initial events must hold what the client may already know of. */
async function waitForSnapshot(
  scope: StoredScope,
  resourceVersion: string,
  after: Revision,
  signal: AbortSignal,
): Promise<void> {
  if (resourceVersion === '') await scope.feed.consistent(signal);
  if (after > 0 && !(await scope.feed.waitUntil(after, FRESHNESS_WAIT, signal))) {
    throw tooLargeResourceVersion(after, scope.feed.revision);
  }
}

function watchEvent(event: CacheEvent): WatchEvent {
  if (event.type !== 'BOOKMARK') return { type: event.type, view: event.object };
  const { revision, initialEventsEnd } = event;
  return { type: 'BOOKMARK', resourceVersion: versionOf(revision), initialEventsEnd };
}

/**
 * What ends a stream: 410 where history is gone, so that the client lists anew. A client too slow for its buffer
 * is let go without an error, as upstream: it comes back with the last version it has seen, and then learns.
 */
function watchError(scope: StoredScope, error: unknown, after: Revision): ApiError {
  if (isStorageError(error, 'Compacted')) {
    return expired(`too old resource version: ${after} (${error.revision ?? scope.feed.revision})`);
  }
  const bridged = fromStorageError(error, scope.subject, '');
  return bridged instanceof ApiError ? bridged : internalError(bridged);
}
