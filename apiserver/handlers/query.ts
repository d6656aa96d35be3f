/** Query parameters as apimachinery converts them (`pkg/runtime/conversion.go`). */
import { badRequest } from '../../api/meta/api-error.ts';

/** Anything is true but `0` and `false`; absent or empty is undefined. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text === '') return false;
  return text !== '0' && text.toLowerCase() !== 'false';
}

/** @throws ApiError BadRequest in the words of Go's strconv */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

export const textParameter = (query: URLSearchParams, name: string): string => query.get(name) ?? '';
