/** Resource versions as clients send them, and the errors about them. */
import { ApiError, badRequest } from '../../api/meta/api-error.ts';
import type { Revision } from '../storage/storage.ts';

/** How long a read waits for a version that this process has not seen yet, in milliseconds (as upstream). */
export const FRESHNESS_WAIT = 3_000;

/** Seconds after which a client may ask again for a version from the future. */
const TOO_LARGE_RETRY = 1;

const DECIMAL = /^[0-9]{1,19}$/;

/** @throws ApiError BadRequest for what is not a decimal number of 64 bits; '' counts as 0 */
export function parseResourceVersion(text: string): Revision {
  if (text === '') return 0 as Revision;
  if (DECIMAL.test(text)) return Number(text) as Revision;
  throw badRequest(`invalid resource version: ${versionFault(text)}`);
}

/** What upstream says: a field error around the words of Go's strconv. */
export function versionFault(text: string): string {
  const quoted = JSON.stringify(text);
  const why = /^[0-9]+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`;
}

/** 504 with the cause by which clients know to list again without a version. */
export function tooLargeResourceVersion(asked: number | string, current: Revision): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: TOO_LARGE_RETRY,
  });
}
