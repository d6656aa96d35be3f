/**
 * What can be wrong with a strategic merge patch, in upstream's words (apimachinery
 * `pkg/util/mergepatch/errors.go`). Upstream answers some of them with 500 for want of a class; the request is
 * what is wrong, so here they are 400 like their siblings.
 */
import { ApiError, badRequest } from '../../api/meta/api-error.ts';
import { isJsonObject, jsonTypeOf } from './json-value.ts';

export const wrongPrimitiveList = (): ApiError => badRequest('invalid patch format of primitive list');
export const wrongRetainKeys = (): ApiError => badRequest('invalid patch format of retainKeys');
export const wrongElementOrder = (): ApiError => badRequest('invalid patch format of setElementOrder list');

export const notAnObject = (patch: unknown): ApiError =>
  badRequest(`json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`);

export const listOfLists = (): ApiError => new ApiError('Invalid', 'lists of lists are not supported');

export const missingMergeKey = (item: unknown, mergeKey: string): ApiError =>
  badRequest(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);

export const mixedItems = (...lists: readonly (readonly unknown[])[]): ApiError =>
  badRequest(`list element types are not identical: ${goText(lists)}`);

export const unknownDirective = (directive: unknown, patch: unknown): ApiError =>
  badRequest(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);

export const directiveOfLists = (): ApiError =>
  badRequest('merging lists cannot yet be specified in the patch');

export const noMergeKeyDeclared = (type: string): ApiError =>
  badRequest(`cannot merge lists without merge key for ${type}`);

export const otherOrder = (patch: readonly unknown[], order: readonly unknown[]): ApiError =>
  badRequest(
    `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
  );

export const wrongType = (expected: string, actual: unknown): ApiError =>
  badRequest(`expected a ${expected}, but received a ${goType(actual)}`);

export const goMap = 'map[string]interface {}';
export const goList = '[]interface {}';

/** The Go type that a JSON value decodes to. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return goList;
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return isJsonObject(value) ? goMap : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Go's `%v`: maps by key. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([key, field]) => `${key}:${goText(field)}`).join(' ')}]`;
}
