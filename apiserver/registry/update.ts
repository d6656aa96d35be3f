/**
 * PUT and PATCH of an object or its status (conformance §9; upstream: `Store.Update`, `rest.BeforeUpdate`).
 *
 *   read → transform → preconditions → what the request may not change is put back → defaults, shape
 *   → mutating admission → strategy → generation → validation → validating admission
 *   → nothing changed: answer as it is | last finalizer of a deletion gone: delete | store under the version read
 *                                                                                      └── lost a race: again
 */
import { isDeepStrictEqual } from 'node:util';
import { badRequest, conflict, invalidObject, notFound } from '../../api/meta/api-error.ts';
import { invalid } from '../../api/meta/field-error.ts';
import { finalizerWarnings, immutableFields } from '../../api/meta/object-meta.ts';
import type { KubeObject, ObjectMeta } from '../../api/meta/types.ts';
import type { AdmissionAttributes } from '../admission/admission.ts';
import { isStorageError } from '../storage/errors.ts';
import type { Entry } from '../storage/storage.ts';
import { keyOf, type StoredScope } from './dependencies.ts';
import { setOwners } from './field-ownership.ts';
import { decodeEntry, encodeForStorage, viewOf, writtenView } from './object-codec.ts';
import {
  completed,
  contentChanged,
  copyOf,
  deduplicateOwners,
  takeNamespace,
  validateUpdate,
  withStatusOf,
} from './object-rules.ts';
import { parseResourceVersion } from './resource-version.ts';
import type { ObjectView, RequestContext, Transform, WriteOptions } from './rest.ts';
import { bridged, fromStorageError } from './storage-errors.ts';

/** Write races that one request may lose before it is answered with a Conflict. */
export const MAX_WRITE_RACES = 64;

export interface UpdateOptions extends WriteOptions {
  readonly subresource: '' | 'status';
  readonly requireVersion: boolean;
}

/** One request on its way; the same for every try. */
interface Update {
  readonly scope: StoredScope;
  readonly context: RequestContext;
  readonly namespace: string;
  readonly name: string;
  readonly options: UpdateOptions;
}

export async function updateObject(
  scope: StoredScope,
  context: RequestContext,
  namespace: string,
  name: string,
  transform: Transform,
  options: UpdateOptions,
): Promise<ObjectView> {
  const update: Update = { scope, context, namespace, name, options };
  let entry = (await bridged(scope.subject, name, () => scope.storage.get(keyOf(scope, namespace, name))))
    .entry;
  const warningsBefore = context.warnings.length;
  for (let race = 0; race < MAX_WRITE_RACES; race += 1) {
    if (entry === undefined) throw notFound(scope.subject, name);
    context.signal.throwIfAborted();
    // Warnings of a try that lost its race are about an object that nobody will see.
    context.warnings.length = warningsBefore;
    const current = decodeEntry(entry);
    const object = await next(update, current, await transform(current));
    try {
      return await store(update, object, current, entry);
    } catch (error) {
      if (isStorageError(error, 'NotFound')) throw notFound(scope.subject, name);
      if (!isStorageError(error, 'Conflict')) throw fromStorageError(error, scope.subject, name);
      entry = error.current;
    }
  }
  throw conflict(scope.subject, name);
}

/** The object that would be stored. */
async function next(update: Update, current: KubeObject, transformed: KubeObject): Promise<KubeObject> {
  const { scope, context, options } = update;
  const { kind, subject, admission, clock } = scope;
  const asked = copyOf(transformed);
  const { managedFields } = asked.metadata;
  checkIdentity(update, asked, current);
  const isolated = isolate(update, asked, current);
  isolated.metadata = keepSystemMetadata(isolated.metadata, current.metadata);
  deduplicateOwners(isolated, context.warnings);
  const object = completed(kind, subject, isolated);
  setOwners(scope, object, current, managedFields, options);
  await admission.mutate(attributesOf(update, object, current));
  if (options.subresource === 'status') {
    kind.strategy.prepareForStatusUpdate?.(object, current, new Date(clock.now()));
  } else {
    kind.strategy.prepareForUpdate?.(object, current);
  }
  const { generation = 1 } = current.metadata;
  object.metadata.generation = generation;
  if (options.subresource === '' && contentChanged(kind, object, current)) {
    object.metadata.generation = generation + 1;
  }
  validateUpdate(kind, subject, object, current);
  context.warnings.push(
    ...finalizerWarnings(object.metadata.finalizers),
    ...(kind.strategy.warnings?.(object, current) ?? []),
  );
  await admission.validate(attributesOf(update, object, current));
  return object;
}

/** Is it the object that the client thinks it is? */
function checkIdentity(update: Update, asked: KubeObject, current: KubeObject): void {
  const { scope, namespace, name, options } = update;
  const { metadata } = asked;
  takeNamespace(asked, namespace);
  if ((metadata.name ?? '') === '') {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  const { resourceVersion = '', uid = '' } = metadata;
  // A patch that names another uid is told that the field is immutable; a PUT meant another object.
  if (options.requireVersion && uid !== '' && uid !== current.metadata.uid) {
    throw conflict(
      scope.subject,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  if (parseResourceVersion(resourceVersion) > 0) {
    if (resourceVersion !== current.metadata.resourceVersion) throw conflict(scope.subject, name);
  } else if (options.requireVersion) {
    const missing = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    // Upstream names the resource here, where other errors of this kind name the Kind.
    throw invalidObject({ ...scope.subject, kind: scope.subject.resource }, name, [missing]);
  }
}

/** Each endpoint changes its own half: `/status` nothing but the status, the main one everything else. */
function isolate({ scope, options }: Update, asked: KubeObject, current: KubeObject): KubeObject {
  if (options.subresource === 'status') return withStatusOf(copyOf(current), asked);
  return scope.kind.statusSubresource ? withStatusOf(asked, copyOf(current)) : asked;
}

/** Fields that the system keeps: filled in where the request leaves them out, ignored or refused where it does not. */
function keepSystemMetadata(asked: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const {
    generation: _generation,
    managedFields: _managedFields,
    resourceVersion: _resourceVersion,
    ...rest
  } = asked;
  return {
    ...keptOf(current),
    ...withoutEmpty(rest),
    ...timesOf(current),
    ...(current.generation === undefined ? {} : { generation: current.generation }),
    ...(current.resourceVersion === undefined ? {} : { resourceVersion: current.resourceVersion }),
  };
}

/** Times that a request can neither change nor take away, and is not told so (upstream: `rest.BeforeUpdate`). */
function timesOf({ creationTimestamp, deletionTimestamp }: ObjectMeta): ObjectMeta {
  return {
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** In the order in which objects are stored, so that an update does not shuffle them. */
function keptOf(current: ObjectMeta): ObjectMeta {
  return Object.fromEntries(
    immutableFields.filter((key) => current[key] !== undefined).map((key) => [key, current[key]]),
  );
}

function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== '' && value !== null));
}

/** @throws StorageError Conflict when another write was faster */
async function store(
  { scope, namespace, name, options }: Update,
  object: KubeObject,
  current: KubeObject,
  entry: Entry,
): Promise<ObjectView> {
  const key = keyOf(scope, namespace, name);
  const value = encodeForStorage(object);
  if (isUnchanged(object, current)) return viewOf(current);
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const completesDeletion = deletionTimestamp !== undefined && finalizers.length === 0;
  if (options.dryRun) return viewOf(object);
  if (completesDeletion) return writtenView(object, await scope.storage.delete(key, entry.revision));
  return writtenView(object, await scope.storage.update(key, value, entry.revision));
}

/** Times of managers are no change by themselves (upstream: IgnoreManagedFieldsTimestampsTransformer). */
const isUnchanged = (object: KubeObject, current: KubeObject): boolean =>
  isDeepStrictEqual(withoutManagerTimes(object), withoutManagerTimes(current));

function withoutManagerTimes(object: KubeObject): KubeObject {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return object;
  const timeless = managedFields.map(({ time: _, ...entry }) => entry);
  return { ...object, metadata: { ...object.metadata, managedFields: timeless } };
}

function attributesOf(update: Update, object: KubeObject, current: KubeObject): AdmissionAttributes {
  const { scope, context, namespace, name, options } = update;
  return {
    operation: 'UPDATE',
    verb: context.verb ?? 'update',
    kind: scope.kind,
    subject: scope.subject,
    subresource: options.subresource,
    namespace,
    name,
    object,
    oldObject: current,
    dryRun: options.dryRun,
    user: context.user,
    warnings: context.warnings,
    signal: context.signal,
  };
}
