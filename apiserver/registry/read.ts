/** GET of one object at the freshness that its resourceVersion asks for (conformance §7). */
import { notFound } from '../../api/meta/api-error.ts';
import { keyOf, requireReady, type StoredScope } from './dependencies.ts';
import { decodeEntry, viewOf } from './object-codec.ts';
import { FRESHNESS_WAIT, parseResourceVersion, tooLargeResourceVersion } from './resource-version.ts';
import type { ObjectView, RequestContext } from './rest.ts';
import { bridged } from './storage-errors.ts';

/** '' is the latest, from the storage; '0' whatever the cache has; N the cache once it is at N. */
export async function readObject(
  scope: StoredScope,
  context: RequestContext,
  namespace: string,
  name: string,
  resourceVersion: string,
): Promise<ObjectView> {
  if (resourceVersion === '') return readLatest(scope, namespace, name);
  const revision = parseResourceVersion(resourceVersion);
  requireReady(scope);
  if (revision > 0 && !(await scope.feed.waitUntil(revision, FRESHNESS_WAIT, context.signal))) {
    throw tooLargeResourceVersion(revision, scope.feed.revision);
  }
  const found = scope.cache.snapshot().get(keyOf(scope, namespace, name));
  if (found === undefined) throw notFound(scope.subject, name);
  return found;
}

async function readLatest(scope: StoredScope, namespace: string, name: string): Promise<ObjectView> {
  const key = keyOf(scope, namespace, name);
  const { entry } = await bridged(scope.subject, name, () => scope.storage.get(key));
  if (entry === undefined) throw notFound(scope.subject, name);
  // The cache mostly has the same revision already, decoded and with its bytes.
  const cached = scope.feed.ready ? scope.cache.snapshot().get(key) : undefined;
  return cached?.revision === entry.revision ? cached : viewOf(decodeEntry(entry));
}
