/**
 * LIST (conformance §7): which revision to read, then one page of what is selected there.
 *
 *   resourceVersion, match, limit          read
 *   unset                                  the latest: the cache, once it holds every acknowledged write
 *   0                                      the cache as it is; no paging
 *   N, NotOlderThan or no limit            the cache once it is at N
 *   N, Exact or a limit                    exactly N: the cache's history, else the storage's
 *   continue                               exactly the first page's revision, from there on
 */
import { expired, isReason } from '../../api/meta/api-error.ts';
import { isStorageError } from '../storage/errors.ts';
import { objectKey } from '../storage/key.ts';
import type { Revision, StorageKey } from '../storage/storage.ts';
import type { CachedObject, CacheSnapshot, IndexTerm } from '../storage/watchcache/types.ts';
import {
  type ContinueToken,
  decodeContinueToken,
  encodeContinueToken,
  expiredContinueToken,
  INCONSISTENT,
} from './continue-token.ts';
import { requireReady, type StoredScope, scopePrefix } from './dependencies.ts';
import { decodeEntry, versionOf, viewOf } from './object-codec.ts';
import { FRESHNESS_WAIT, parseResourceVersion, tooLargeResourceVersion } from './resource-version.ts';
import type { ListOptions, ListResult, ObjectView, RequestContext } from './rest.ts';
import {
  createMatcher,
  indexTerms,
  type Matcher,
  selectableOf,
  selectedName,
  selectsEverything,
} from './selection.ts';
import { bridged } from './storage-errors.ts';

/** Entries read at once when history is older than the cache's. */
const STORAGE_PAGE = 1_000;

/** One page to read: of which scope, from where, how much. */
interface Page {
  readonly prefix: string;
  readonly after: StorageKey | undefined;
  /** 0: everything. */
  readonly limit: number;
  readonly matches: Matcher;
  /** What everything that matches has, for the cache's indexes. */
  readonly terms: readonly IndexTerm[];
  /** Whether to tell how many are left: only where nothing is filtered out. */
  readonly counted: boolean;
  /** The only key that can match, where the selection names it. */
  readonly only: StorageKey | undefined;
}

interface PageContent {
  readonly revision: Revision;
  readonly items: readonly ObjectView[];
  /** The last key of the page when more match behind it. */
  readonly last: StorageKey | undefined;
  readonly remaining: number;
}

export async function listObjects(
  scope: StoredScope,
  context: RequestContext,
  options: ListOptions,
): Promise<ListResult> {
  requireReady(scope);
  const token =
    options.continueToken === '' ? undefined : decodeContinueToken(options.continueToken, scope.cache.prefix);
  const page = pageOf(scope, options, token);
  const content =
    token === undefined
      ? await firstPage(scope, context, options, page)
      : await nextPage(scope, context, token, page);
  const { revision, items, last, remaining } = content;
  return {
    items,
    resourceVersion: versionOf(revision),
    ...(last === undefined
      ? {}
      : { continueToken: encodeContinueToken({ revision, after: last }, scope.cache.prefix) }),
    ...(last === undefined || !page.counted ? {} : { remainingItemCount: remaining }),
  };
}

function pageOf(scope: StoredScope, options: ListOptions, token: ContinueToken | undefined): Page {
  const name = selectedName(options);
  const namespace = options.namespace ?? '';
  const oneObject =
    name !== undefined && name !== '' && !name.includes('/') && (namespace !== '' || !scope.kind.namespaced);
  return {
    prefix: scopePrefix(scope, options.namespace),
    after: token?.after,
    // The cache answers resourceVersion 0 whole, as upstream: such lists are for informers.
    limit: options.resourceVersion === '0' && token === undefined ? 0 : options.limit,
    matches: createMatcher(scope.kind, options),
    terms: indexTerms(scope.kind, options),
    counted: selectsEverything(options),
    only: oneObject && name !== undefined ? objectKey(scope.cache.prefix, namespace, name) : undefined,
  };
}

async function firstPage(
  scope: StoredScope,
  context: RequestContext,
  options: ListOptions,
  page: Page,
): Promise<PageContent> {
  const { resourceVersion, resourceVersionMatch: match } = options;
  if (resourceVersion === '') {
    await bridged(scope.subject, '', () => scope.feed.consistent(context.signal));
    return pageFromCache(scope.cache.snapshot(), page);
  }
  const revision = parseResourceVersion(resourceVersion);
  if (revision === 0) return pageFromCache(scope.cache.snapshot(), page);
  await waitFor(scope, context, revision);
  const exact = match === 'Exact' || (match === '' && options.limit > 0);
  if (!exact) return pageFromCache(scope.cache.snapshot(), page);
  return pageAt(scope, revision, page, () =>
    expired('The resourceVersion for the provided list is too old.'),
  );
}

async function nextPage(
  scope: StoredScope,
  context: RequestContext,
  token: ContinueToken,
  page: Page,
): Promise<PageContent> {
  if (token.revision === INCONSISTENT) {
    await bridged(scope.subject, '', () => scope.feed.consistent(context.signal));
    return pageFromCache(scope.cache.snapshot(), page);
  }
  await waitFor(scope, context, token.revision);
  return pageAt(scope, token.revision, page, () => expiredContinueToken(token, scope.cache.prefix));
}

/** Another replica may have answered with a version that ours has yet to see. */
async function waitFor(scope: StoredScope, context: RequestContext, revision: Revision): Promise<void> {
  if (await scope.feed.waitUntil(revision, FRESHNESS_WAIT, context.signal)) return;
  throw tooLargeResourceVersion(revision, scope.feed.revision);
}

/** @param tooOld the error when no history reaches back that far */
async function pageAt(
  scope: StoredScope,
  revision: Revision,
  page: Page,
  tooOld: () => Error,
): Promise<PageContent> {
  try {
    return pageFromCache(scope.cache.snapshotAt(revision), page, revision);
  } catch (error) {
    if (!isStorageError(error, 'Compacted')) throw error;
  }
  try {
    return await bridged(scope.subject, '', () => pageFromStorage(scope, revision, page));
  } catch (error) {
    throw isReason(error, 'Expired') ? tooOld() : error;
  }
}

function pageFromCache(snapshot: CacheSnapshot, page: Page, revision = snapshot.revision): PageContent {
  const items: ObjectView[] = [];
  let last: StorageKey | undefined;
  let remaining = 0;
  const candidates =
    page.only === undefined ? snapshot.range(page.prefix, page.after, page.terms) : single(snapshot, page);
  for (const object of candidates) {
    if (!page.matches(object)) continue;
    if (page.limit === 0 || items.length < page.limit) {
      items.push(object);
      if (items.length === page.limit) last = object.key;
      continue;
    }
    remaining += 1;
    if (!page.counted) break;
  }
  return { revision, items, last: remaining > 0 ? last : undefined, remaining };
}

function* single(snapshot: CacheSnapshot, { only, after }: Page): Iterable<CachedObject> {
  if (only === undefined || (after !== undefined && after >= only)) return;
  const found = snapshot.get(only);
  if (found !== undefined) yield found;
}

async function pageFromStorage(scope: StoredScope, revision: Revision, page: Page): Promise<PageContent> {
  const items: ObjectView[] = [];
  let last: StorageKey | undefined;
  let after = page.after;
  for (;;) {
    const chunk = await scope.storage.range(page.prefix, {
      limit: STORAGE_PAGE,
      revision,
      ...(after === undefined ? {} : { after }),
    });
    for (const [index, entry] of chunk.entries.entries()) {
      const object = decodeEntry(entry);
      if (!page.matches(selectableOf(object))) continue;
      if (page.limit > 0 && items.length === page.limit) {
        return { revision, items, last, remaining: chunk.entries.length - index + chunk.remaining };
      }
      items.push(viewOf(object));
      last = entry.key;
    }
    after = chunk.entries.at(-1)?.key;
    if (chunk.remaining === 0 || after === undefined)
      return { revision, items, last: undefined, remaining: 0 };
  }
}
