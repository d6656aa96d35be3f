/**
 * DELETE (conformance §11; upstream: `Store.Delete`, `rest.BeforeDelete`): at once where nothing holds the
 * object, else marked, until the last finalizer is taken away by an update.
 */
import { conflict, type ErrorSubject, notFound } from '../../api/meta/api-error.ts';
import { finalizers as finalizerNames } from '../../api/meta/object-meta.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import { isStorageError } from '../storage/errors.ts';
import type { Entry } from '../storage/storage.ts';
import { keyOf, type StoredScope } from './dependencies.ts';
import { decodeEntry, encodeForStorage, viewOf, writtenView } from './object-codec.ts';
import { copyOf } from './object-rules.ts';
import type { DeleteOptions, ObjectView, Preconditions, RequestContext } from './rest.ts';
import { bridged, fromStorageError } from './storage-errors.ts';
import { MAX_WRITE_RACES } from './update.ts';

export interface Deletion {
  readonly deleted: boolean;
  readonly view: ObjectView;
}

export async function deleteObject(
  scope: StoredScope,
  context: RequestContext,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<Deletion> {
  const { subject, storage } = scope;
  const key = keyOf(scope, namespace, name);
  let entry = (await bridged(subject, name, () => storage.get(key))).entry;
  for (let race = 0; race < MAX_WRITE_RACES; race += 1) {
    if (entry === undefined) throw notFound(subject, name);
    context.signal.throwIfAborted();
    const current = decodeEntry(entry);
    checkPreconditions(subject, name, options.preconditions, current);
    await admit(scope, context, current, options);
    try {
      return await deleteOrMark(scope, current, entry, options);
    } catch (error) {
      if (isStorageError(error, 'NotFound')) throw notFound(subject, name);
      if (!isStorageError(error, 'Conflict')) throw fromStorageError(error, subject, name);
      entry = error.current;
    }
  }
  throw conflict(subject, name);
}

/** These errors name the Kind where others name the resource (upstream `rest.BeforeDelete`). */
function checkPreconditions(
  subject: ErrorSubject,
  name: string,
  { uid, resourceVersion }: Preconditions,
  { metadata }: KubeObject,
): void {
  const refuse = (field: string, asked: string, found: string | undefined) =>
    conflict(
      { ...subject, resource: subject.kind },
      name,
      `the ${field} in the precondition (${asked}) does not match the ${field} in record (${found}). The object might have been ${field === 'UID' ? 'deleted and then recreated' : 'modified'}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
}

/** @throws StorageError Conflict when another write was faster */
async function deleteOrMark(
  scope: StoredScope,
  current: KubeObject,
  entry: Entry,
  options: DeleteOptions,
): Promise<Deletion> {
  const { finalizers = [] } = current.metadata;
  const wanted = wantedFinalizers(finalizers, options.propagationPolicy);
  if (wanted.length === 0) {
    if (options.dryRun) return { deleted: true, view: viewOf(current) };
    const revision = await scope.storage.delete(entry.key, entry.revision);
    return { deleted: true, view: writtenView(current, revision) };
  }
  const isMarked = current.metadata.deletionTimestamp !== undefined;
  if (isMarked && sameList(finalizers, wanted)) return { deleted: false, view: viewOf(current) };
  const marked = markDeleting(current, wanted, formatTime(new Date(scope.clock.now())));
  const value = encodeForStorage(marked);
  if (options.dryRun) return { deleted: false, view: viewOf(marked) };
  const revision = await scope.storage.update(entry.key, value, entry.revision);
  return { deleted: false, view: writtenView(marked, revision) };
}

/** The finalizers that the garbage collector works by follow the policy; without one they stay as they are. */
function wantedFinalizers(
  finalizers: readonly string[],
  policy: DeleteOptions['propagationPolicy'],
): readonly string[] {
  if (policy === undefined) return finalizers;
  const { orphan, foreground } = finalizerNames;
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (policy === 'Orphan') return [...others, orphan];
  return policy === 'Foreground' ? [...others, foreground] : others;
}

/** Marked once: a second DELETE may change the finalizers, not the time. */
function markDeleting(current: KubeObject, finalizers: readonly string[], now: string): KubeObject {
  const marked = copyOf(current);
  const { metadata } = marked;
  metadata.finalizers = [...finalizers];
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = now;
    metadata.deletionGracePeriodSeconds = 0;
    metadata.generation = (metadata.generation ?? 0) + 1;
  }
  return marked;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

async function admit(
  scope: StoredScope,
  context: RequestContext,
  current: KubeObject,
  options: DeleteOptions,
): Promise<void> {
  const attributes = {
    operation: 'DELETE' as const,
    verb: context.verb ?? 'delete',
    kind: scope.kind,
    subject: scope.subject,
    subresource: '',
    namespace: current.metadata.namespace ?? '',
    name: current.metadata.name ?? '',
    object: undefined,
    oldObject: current,
    dryRun: options.dryRun,
    user: context.user,
    warnings: context.warnings,
    signal: context.signal,
  };
  await scope.admission.mutate(attributes);
  await scope.admission.validate(attributes);
}
