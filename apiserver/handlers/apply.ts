/**
 * PATCH with `application/apply-patch+yaml`: server-side apply of an object, or of its status
 * (upstream: apiserver `pkg/endpoints/handlers/patch.go` applyPatcher). An object that does not exist is created.
 */
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import {
  ApiError,
  badRequest,
  conflict,
  invalidObject,
  isReason,
  notFound,
} from '../../api/meta/api-error.ts';
import { invalid } from '../../api/meta/field-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import { type Decoded, decodeYaml } from '../../api/schema/decode.ts';
import { DecodeError } from '../../api/schema/json-scan.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateObject } from '../negotiation/object-encoding.ts';
import { isJsonObject, type JsonObject } from '../patch/json-value.ts';
import { termsOf } from '../registry/field-ownership.ts';
import type { ObjectView } from '../registry/rest.ts';
import { applyPatch } from '../ssa/apply.ts';
import { conflictError } from '../ssa/conflicts.ts';
import { showPath } from '../ssa/path-element.ts';
import { asObject, strictProblems } from './body.ts';
import { objectResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';
import { type FieldValidation, parseWriteOptions, type WriteRequestOptions } from './write-options.ts';

export const APPLY_TYPE = 'application/apply-patch+yaml';

/** How often an object may be created or deleted by others between the look and the write. */
const MAX_EXISTENCE_RACES = 8;

interface Apply {
  readonly scope: HandlerScope;
  readonly request: ApiRequest;
  readonly target: Target;
  readonly config: JsonObject;
  readonly options: WriteRequestOptions;
}

export async function applyObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const format = negotiateObject(request, scope.kind);
  const body = await request.body();
  const options = parseWriteOptions('ApplyOptions', request);
  const { value, duplicates } = decoded(body);
  const config = configuration(scope.kind, value);
  reportDuplicates(request, options.fieldValidation, duplicates);
  const { code, view } = await write({ scope, request, target, config, options });
  return objectResponse(code, format, scope, view);
}

/** Updates what is there, creates what is not, and looks again when that has changed meanwhile. */
async function write(apply: Apply): Promise<{ readonly code: number; readonly view: ObjectView }> {
  const { scope, target } = apply;
  for (let race = 0; race < MAX_EXISTENCE_RACES; race += 1) {
    const updated = await unless('NotFound', update(apply));
    if (updated !== undefined) return { code: 200, view: updated };
    if (target.subresource !== '') throw notFound(scope.subject, target.name);
    const created = await unless('AlreadyExists', create(apply));
    if (created !== undefined) return { code: 201, view: created };
  }
  throw conflict(scope.subject, target.name);
}

async function unless<T>(reason: 'NotFound' | 'AlreadyExists', promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    // An object on its way out is there, and applying it is refused.
    if (isReason(error, reason) && !error.message.startsWith('object is being deleted')) return undefined;
    throw error;
  }
}

function update(apply: Apply): Promise<ObjectView> {
  const { scope, request, target, options } = apply;
  const { namespace, name, subresource } = target;
  const transform = async (current: KubeObject | undefined): Promise<KubeObject> => {
    if (current === undefined) throw notFound(scope.subject, name);
    return outcome(apply, current);
  };
  return writerOf(scope).update(contextOf(request), namespace, name, transform, {
    ...options,
    isApplied: true,
    subresource,
    requireVersion: false,
  });
}

async function create(apply: Apply): Promise<ObjectView> {
  const { scope, request, target, options } = apply;
  const { kind, subject } = scope;
  const { namespace, name } = target;
  const { group, version, plural: resource } = kind;
  await scope.requireRight({
    user: request.user,
    verb: 'create',
    resource: { group, version, resource, subresource: '', namespace, name },
  });
  const nothing: KubeObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
  const object = outcome(apply, nothing);
  const { uid = '' } = object.metadata;
  if (uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(subject, name, why);
  }
  const { resourceVersion: _, ...metadata } = object.metadata;
  if ((metadata.name ?? '') !== '' && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  const named = { ...object, metadata: { ...metadata, name } };
  return writerOf(scope).create(contextOf(request), namespace, named, { ...options, isApplied: true });
}

/**
 * The object that the configuration makes of what is there.
 * @throws ApiError Conflict for fields of others, Invalid where it does not fit the schema
 */
function outcome({ scope, target, config, options }: Apply, live: KubeObject): KubeObject {
  const { kind, subject, clock } = scope;
  const result = applyPatch({
    terms: termsOf(kind, target.subresource, live.metadata.uid === undefined),
    live,
    applied: config,
    manager: options.fieldManager,
    force: options.force,
    now: new Date(clock.now()),
  });
  if (result.outcome === 'conflict') throw conflictError(result.conflicts);
  if (result.outcome === 'misfit') {
    const errors = result.misfits.map(({ path, message }) => invalid(showPath(path).slice(1), null, message));
    throw invalidObject(subject, target.name, errors);
  }
  return asObject(kind, result.object as unknown as JsonObject).object;
}

function decoded(body: Uint8Array): Decoded {
  try {
    return decodeYaml(body);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

/** As Go's accessors of unstructured objects: what is no text counts as empty. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @throws ApiError BadRequest for what is not of the kind, or says who owns what */
function configuration(kind: Kind, value: unknown): JsonObject {
  const config = isJsonObject(value) ? value : {};
  const { apiVersion = '', kind: kindName = '', metadata } = config;
  if (apiVersion !== apiVersionOf(kind) || kindName !== kind.kind) {
    const given = textOf(apiVersion);
    const [group, version] = given.includes('/') ? given.split('/', 2) : ['', given];
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${textOf(kindName)}`);
  }
  if (isJsonObject(metadata) && (metadata.managedFields ?? undefined) !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  return config;
}

function reportDuplicates(
  request: ApiRequest,
  validation: FieldValidation,
  duplicates: readonly string[],
): void {
  const problems = strictProblems([], duplicates);
  if (problems.length === 0 || validation === 'Ignore') return;
  if (validation === 'Warn') request.warnings.push(...problems);
  else throw new ApiError('BadRequest', `error strict decoding YAML: ${problems.join(', ')}`);
}
