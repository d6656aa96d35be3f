/**
 * JSON Patch, RFC 6902, with upstream's limits and its one leniency
 * (upstream: apiserver `pkg/endpoints/handlers/patch.go` over evanphx/json-patch v4).
 */
import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { ApiError, badRequest } from '../../api/meta/api-error.ts';
import { maxNestingDepth } from '../../api/schema/json-scan.ts';
import { hasMember, isJsonObject, type JsonObject, nestingDepth } from './json-value.ts';

/** Operations in one patch (upstream: `maxJSONPatchOperations`). */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** Characters of JSON that the `copy` operations of one patch may add together: a chain of them doubles each time. */
export const MAX_JSON_PATCH_COPIED = 3 * 1024 * 1024;

/**
 * Levels of nesting that a document may reach on the way, counted from above: what recursion bears with room to
 * spare. Copies and moves into their own depths would else double it each time.
 */
const MAX_PASSING_DEPTH = 4 * maxNestingDepth;

const operations: ReadonlySet<unknown> = new Set(['add', 'copy', 'move', 'remove', 'replace', 'test']);

/**
 * @returns the patched value; `target` stays as it is
 * @throws ApiError BadRequest (not a list of operations), RequestEntityTooLarge (too many), Invalid (does not apply)
 */
export function applyJsonPatch(target: JsonObject, patch: unknown): unknown {
  const list = parseOperations(patch);
  let document: unknown = structuredClone(target);
  let copied = 0;
  let depth = nestingDepth(document);
  for (const operation of list) {
    depth = depthAfter(operation, depth);
    if (depth > MAX_PASSING_DEPTH) throw patchDoesNotApply();
    if (operation.op === 'copy') {
      copied += sizeAt(document, operation.from);
      if (copied > MAX_JSON_PATCH_COPIED) throw patchDoesNotApply();
    }
    document = applyOne(document, operation);
  }
  // As deep as a body may be, or no later request could bring the object back.
  if (depth > maxNestingDepth && nestingDepth(document) > maxNestingDepth) throw patchDoesNotApply();
  return document;
}

/** At most how deep a document is after an operation, without looking at it: an exact count takes all of it. */
function depthAfter(operation: Operation, depth: number): number {
  const at = levelsOf(operation.path);
  if (operation.op === 'copy' || operation.op === 'move') {
    return Math.max(depth, at + Math.max(0, depth - levelsOf(operation.from)));
  }
  return 'value' in operation ? Math.max(depth, at + nestingDepth(operation.value)) : depth;
}

const levelsOf = (pointer: unknown): number =>
  typeof pointer === 'string' ? pointer.split('/').length - 1 : 0;

function parseOperations(patch: unknown): Operation[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: a JSON patch is a list of operations');
  }
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch.map((operation: unknown, index) => {
    if (!isJsonObject(operation))
      throw badRequest(`error decoding patch: operation ${index} is not an object`);
    if (!operations.has(operation.op)) throw patchDoesNotApply();
    return operation as unknown as Operation;
  });
}

function applyOne(document: unknown, operation: Operation): unknown {
  try {
    const effective = addsMissingMember(document, operation)
      ? { ...operation, op: 'add' as const }
      : operation;
    return fastJsonPatch.applyOperation(document, effective, true, true, true).newDocument;
  } catch (error) {
    throw patchDoesNotApply(error);
  }
}

/**
 * `replace` of a member that does not exist: an error in RFC 6902, an `add` in every Kubernetes release.
 * Clients depend on it, so it stays; the object that would hold the member must exist.
 */
function addsMissingMember(
  document: unknown,
  operation: Operation,
): operation is Operation & { op: 'replace' } {
  if (operation.op !== 'replace' || typeof operation.path !== 'string') return false;
  const slash = operation.path.lastIndexOf('/');
  if (slash < 0) return false;
  const parent = valueAt(document, operation.path.slice(0, slash));
  return isJsonObject(parent) && !hasMember(parent, unescapePointer(operation.path.slice(slash + 1)));
}

function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1).map(unescapePointer)) {
    if (Array.isArray(value)) value = value[Number(token)] as unknown;
    else if (isJsonObject(value) && hasMember(value, token)) value = value[token];
    else return undefined;
  }
  return value;
}

const unescapePointer = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function sizeAt(document: unknown, pointer: unknown): number {
  if (typeof pointer !== 'string') return 0;
  const value = valueAt(document, pointer);
  return value === undefined ? 0 : JSON.stringify(value).length;
}

const patchDoesNotApply = (cause?: unknown): ApiError =>
  new ApiError('Invalid', 'the server rejected our request due to an error in our request', {}, { cause });
