/** The watch cache's bounds, each with its unit and reason. */

import type { IndexLimits } from './indexes.ts';

export interface WatchCacheLimits extends IndexLimits {
  /** Changes remembered per resource. Each keeps one superseded object alive: about 70 MB at 1 KB an object. */
  readonly historyChanges: number;
  /**
   * Milliseconds a change is remembered. Long enough for a client to come back from a restart or a page through
   * a large list (upstream keeps 75 s: a bookmark's period and 15 s).
   */
  readonly historyMilliseconds: number;
  /** Milliseconds between two bookmarks of one watch, before jitter. As upstream. */
  readonly bookmarkMilliseconds: number;
  /** Events in one batch handed to a watcher: a bound on what sits between the cache and a socket. */
  readonly batchEvents: number;
  /** Changes or objects looked at for one watcher before others get their turn; about a millisecond. */
  readonly scanStep: number;
  /** Objects read from the store in one page while loading. */
  readonly loadPage: number;
  /** Views of earlier revisions kept for lists that are being paged. */
  readonly pastSnapshots: number;
  /** Decoded objects kept beside their bytes; the rest is decoded again when asked for. About 3 KiB each. */
  readonly decodedObjects: number;
  /** Milliseconds before the store is asked again after it failed: first, and at most. */
  readonly retryMilliseconds: number;
  readonly retryMaxMilliseconds: number;
}

export const WATCH_CACHE_LIMITS: WatchCacheLimits = {
  historyChanges: 65_536,
  historyMilliseconds: 180_000,
  bookmarkMilliseconds: 60_000,
  batchEvents: 500,
  scanStep: 2_000,
  loadPage: 1_000,
  pastSnapshots: 8,
  decodedObjects: 4_096,
  indexes: 8,
  indexCandidates: 64,
  retryMilliseconds: 50,
  retryMaxMilliseconds: 5_000,
};

/** Milliseconds between two looks at what time brings: due bookmarks, old history, watchers left behind. */
export const TICK_MILLISECONDS = 1_000;

/** Milliseconds before a watch's end at which its last bookmark comes, so that the client resumes from there. As upstream. */
export const LAST_BOOKMARK_MILLISECONDS = 2_000;

/** Bookmarks come up to this share early, so that a thousand watches opened at once do not all speak at once. */
export const BOOKMARK_JITTER = 0.2;
