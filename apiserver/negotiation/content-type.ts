/** Which decoder a request's body needs (upstream: `negotiation.NegotiateInputSerializer`). Pure. */
import { ApiError } from '../../api/meta/api-error.ts';
import { type Encoding, mediaTypes } from './accept.ts';

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** JSON where nothing is said. @throws ApiError UnsupportedMediaType, for protobuf too */
export function negotiateInput(contentType: string | undefined): Encoding {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === '' || mediaType === mediaTypes.json) return 'json';
  if (mediaType === mediaTypes.yaml) return 'yaml';
  throw unsupportedMediaType([mediaTypes.json, mediaTypes.yaml]);
}
