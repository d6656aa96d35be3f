/** What every verb of one stored resource works with. */
import type { Kind } from '../../api/kind.ts';
import { ApiError, type ErrorSubject } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import type { Admission } from '../admission/admission.ts';
import { namespacePrefix, objectKey } from '../storage/key.ts';
import type { Storage, StorageKey } from '../storage/storage.ts';
import type { Feed, ResourceCache } from '../storage/watchcache/types.ts';
import type { Random } from './random.ts';

export interface StoredScope {
  readonly kind: Kind;
  readonly subject: ErrorSubject;
  readonly storage: Storage;
  readonly feed: Feed;
  readonly cache: ResourceCache;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly random: Random;
}

export const subjectOf = (kind: Kind): ErrorSubject => ({
  group: kind.group,
  resource: kind.plural,
  kind: kind.kind,
});

export const keyOf = (scope: StoredScope, namespace: string, name: string): StorageKey =>
  objectKey(scope.cache.prefix, namespace, name);

/** The key prefix of a list or watch. */
export const scopePrefix = (scope: StoredScope, namespace: string | undefined): string =>
  namespace === undefined || namespace === ''
    ? scope.cache.prefix
    : namespacePrefix(scope.cache.prefix, namespace);

/** Seconds after which a client may ask again while caches load. */
const NOT_READY_RETRY = 1;

/** @throws ApiError TooManyRequests while the caches load: clients wait and ask again, informers do not give up */
export function requireReady(scope: StoredScope): void {
  if (scope.feed.ready) return;
  throw new ApiError('TooManyRequests', 'storage is (re)initializing', {
    retryAfterSeconds: NOT_READY_RETRY,
  });
}
