/**
 * PATCH of an object, or of its status. The patch is applied to whatever is stored when it is written, again
 * after every lost race; a resourceVersion inside it makes it hold for that version only.
 */
import { ApiError, badRequest, invalidObject, notFound } from '../../api/meta/api-error.ts';
import { invalid } from '../../api/meta/field-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import { type Decoded, decodeJson } from '../../api/schema/decode.ts';
import { DecodeError } from '../../api/schema/json-scan.ts';
import type { JsonSchema } from '../../api/schema/json-schema.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { mediaTypeOf, unsupportedMediaType } from '../negotiation/content-type.ts';
import { negotiateObject } from '../negotiation/object-encoding.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { isJsonObject, type JsonObject } from '../patch/json-value.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { goText } from '../patch/strategic-errors.ts';
import { strategicMergePatch } from '../patch/strategic-merge.ts';
import { APPLY_TYPE, applyObject } from './apply.ts';
import { asObject, strictProblems } from './body.ts';
import { objectResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';
import { type FieldValidation, parseWriteOptions } from './write-options.ts';

type ApplyPatch = (target: JsonObject, patch: unknown, schema: JsonSchema) => unknown;

const strategic = 'application/strategic-merge-patch+json';

/** By content type. What is not here is 415, on which kubectl and the garbage collector fall back. */
const patchTypes: ReadonlyMap<string, ApplyPatch> = new Map<string, ApplyPatch>([
  ['application/json-patch+json', applyJsonPatch],
  ['application/merge-patch+json', applyMergePatch],
  [strategic, strategicMergePatch],
]);

/** Errors about a patch's outcome name neither kind nor object, as upstream. */
const nothing = { group: '', resource: '', kind: '' };

export async function patchObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const writer = writerOf(scope);
  const type = mediaTypeOf(request.headers['content-type']);
  if (type === APPLY_TYPE) return applyObject(scope, request, target);
  const apply = patchTypes.get(type);
  if (apply === undefined) throw unsupportedMediaType([...patchTypes.keys(), APPLY_TYPE]);
  const format = negotiateObject(request, scope.kind);
  const body = await request.body();
  const { fieldValidation, force: _, ...options } = parseWriteOptions('PatchOptions', request);
  const patch = decodePatch(body, type === strategic ? '' : 'error decoding patch: ');
  const { namespace, name, subresource } = target;
  const transform = async (current: KubeObject | undefined): Promise<KubeObject> => {
    if (current === undefined) throw notFound(scope.subject, name);
    const patched = apply(current as unknown as JsonObject, patch.value, scope.kind.schema);
    // Errors show what was decoded: of a strategic merge patch no JSON was ever written.
    const shown = type === strategic ? goText(patch.value) : JSON.stringify(patched);
    return patchedObject(scope, request, fieldValidation, patched, shown, patch.duplicates);
  };
  const view = await writer.update(contextOf(request), namespace, name, transform, {
    ...options,
    subresource,
    requireVersion: false,
  });
  return objectResponse(200, format, scope, view);
}

function decodePatch(body: Uint8Array, prefix: string): Decoded {
  try {
    return decodeJson(body);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`${prefix}${error.message}`);
    throw error;
  }
}

/** @throws ApiError Invalid on field `patch` when the outcome is no object of the kind */
function patchedObject(
  scope: HandlerScope,
  request: ApiRequest,
  validation: FieldValidation,
  patched: unknown,
  shown: string,
  duplicates: readonly string[],
): KubeObject {
  const refuse = (why: string): ApiError => invalidObject(nothing, '', [invalid('patch', shown, why)]);
  if (!isJsonObject(patched)) throw refuse('json: the patched value is not an object');
  const { object, unknownFields } = decoded(scope, patched, refuse);
  const problems = strictProblems(unknownFields, duplicates);
  if (validation === 'Strict' && problems.length > 0) {
    throw refuse(`strict decoding error: ${problems.join(', ')}`);
  }
  if (validation === 'Warn') request.warnings.push(...problems);
  return object;
}

function decoded(scope: HandlerScope, patched: JsonObject, refuse: (why: string) => ApiError) {
  try {
    return asObject(scope.kind, patched);
  } catch (error) {
    throw error instanceof ApiError && error.reason === 'BadRequest' ? refuse(error.message) : error;
  }
}
