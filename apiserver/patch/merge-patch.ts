/** JSON Merge Patch, RFC 7386. */
import { badRequest } from '../../api/meta/api-error.ts';
import { hasMember, isJsonObject, type JsonObject, jsonTypeOf, setMember } from './json-value.ts';

/**
 * @returns a new object; `target` and `patch` stay as they are but may be shared in parts
 * @throws ApiError BadRequest for a patch that is not an object: it would replace the whole resource
 */
export function applyMergePatch(target: JsonObject, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isJsonObject(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return merge(target, patch);
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  if (isJsonObject(target)) {
    for (const [key, value] of Object.entries(target)) setMember(result, key, value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (!isJsonObject(value)) setMember(result, key, value);
    else setMember(result, key, merge(hasMember(result, key) ? result[key] : undefined, value));
  }
  return result;
}
