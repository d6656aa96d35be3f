/**
 * POST (conformance §9; upstream: apiserver `pkg/registry/generic/registry/store.go` Create):
 *
 *   system metadata wiped → defaults, shape → who owns what → mutating admission (no name or uid yet) → uid, time, name
 *   → strategy → validation → validating admission → store
 */
import { ApiError, alreadyExists, isReason, qualifiedResource } from '../../api/meta/api-error.ts';
import { generateName } from '../../api/meta/name-generator.ts';
import { finalizerWarnings } from '../../api/meta/object-meta.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { AdmissionAttributes } from '../admission/admission.ts';
import { isStorageError } from '../storage/errors.ts';
import { keyOf, type StoredScope } from './dependencies.ts';
import { setOwners } from './field-ownership.ts';
import { decodeEntry, encodeForStorage, viewOf, writtenView } from './object-codec.ts';
import {
  completed,
  copyOf,
  deduplicateOwners,
  dropStatus,
  refuseVersionOnCreate,
  takeNamespace,
  validateCreate,
} from './object-rules.ts';
import type { ObjectView, RequestContext, WriteOptions } from './rest.ts';
import { bridged } from './storage-errors.ts';

/** Names that are generated before giving up (upstream: `maxNameGenerationCreateAttempts`). */
const MAX_NAME_ATTEMPTS = 8;
/** Seconds after which a client may try for another generated name. */
const NAME_RETRY = 1;

export async function createObject(
  scope: StoredScope,
  context: RequestContext,
  namespace: string,
  given: KubeObject,
  options: WriteOptions,
): Promise<ObjectView> {
  const prepared = prepare(scope, context, namespace, given, options);
  const { name = '', generateName: base = '' } = prepared.metadata;
  if (name !== '' || base === '') return createNamed(scope, context, prepared, options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createNamed(scope, context, copyOf(prepared), options);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      if (attempt === MAX_NAME_ATTEMPTS) throw noUniqueName(scope, error);
    }
  }
}

/** The object as the request may give it: without what is the system's to say. */
function prepare(
  scope: StoredScope,
  context: RequestContext,
  namespace: string,
  given: KubeObject,
  options: WriteOptions,
): KubeObject {
  const object = copyOf(given);
  refuseVersionOnCreate(object);
  takeNamespace(object, namespace);
  const { metadata } = object;
  delete metadata.resourceVersion;
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  delete metadata.selfLink;
  if (scope.kind.statusSubresource && !scope.kind.statusOnCreate) dropStatus(object);
  deduplicateOwners(object, context.warnings);
  const complete = completed(scope.kind, scope.subject, object);
  setOwners(scope, complete, undefined, given.metadata.managedFields, { ...options, subresource: '' });
  return complete;
}

async function createNamed(
  scope: StoredScope,
  context: RequestContext,
  object: KubeObject,
  options: WriteOptions,
): Promise<ObjectView> {
  const { kind, subject, clock, random, admission } = scope;
  await admission.mutate(attributesOf(scope, context, object, options));
  const { metadata } = object;
  if ((metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '') {
    metadata.name = generateName(metadata.generateName ?? '', random.below);
  }
  metadata.uid = random.uuid();
  metadata.creationTimestamp = formatTime(new Date(clock.now()));
  metadata.generation = 1;
  kind.strategy.prepareForCreate?.(object);
  validateCreate(kind, subject, object);
  context.warnings.push(
    ...finalizerWarnings(metadata.finalizers),
    ...(kind.strategy.warnings?.(object, undefined) ?? []),
  );
  await admission.validate(attributesOf(scope, context, object, options));
  return storeNew(scope, object, options.dryRun);
}

async function storeNew(scope: StoredScope, object: KubeObject, dryRun: boolean): Promise<ObjectView> {
  const { namespace = '', name = '' } = object.metadata;
  const key = keyOf(scope, namespace, name);
  return bridged(scope.subject, name, async () => {
    const value = encodeForStorage(object);
    if (dryRun) {
      const { entry } = await scope.storage.get(key);
      if (entry !== undefined) throw existing(scope, decodeEntry(entry));
      return viewOf(object);
    }
    try {
      return writtenView(object, await scope.storage.create(key, value));
    } catch (error) {
      if (!isStorageError(error, 'KeyExists')) throw error;
      const { entry } = await scope.storage.get(key);
      throw entry === undefined ? error : existing(scope, decodeEntry(entry));
    }
  });
}

function existing(scope: StoredScope, object: KubeObject): ApiError {
  const { name = '', deletionTimestamp } = object.metadata;
  return alreadyExists(
    scope.subject,
    name,
    deletionTimestamp === undefined ? '' : 'object is being deleted: ',
  );
}

function noUniqueName(scope: StoredScope, error: ApiError): ApiError {
  const name = error.status.details?.name ?? '';
  return new ApiError(
    'AlreadyExists',
    `${qualifiedResource(scope.subject)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { ...error.status.details, retryAfterSeconds: NAME_RETRY },
  );
}

function attributesOf(
  scope: StoredScope,
  context: RequestContext,
  object: KubeObject,
  options: WriteOptions,
): AdmissionAttributes {
  return {
    operation: 'CREATE',
    verb: context.verb ?? 'create',
    kind: scope.kind,
    subject: scope.subject,
    subresource: '',
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
    object,
    oldObject: undefined,
    dryRun: options.dryRun,
    user: context.user,
    warnings: context.warnings,
    signal: context.signal,
  };
}
