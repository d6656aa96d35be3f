/** Which decoder a request's body needs (upstream: `negotiation.NegotiateInputSerializer`). Pure. */
import { ApiError } from '../../api/meta/api-error.ts';
import { decodeEnvelope } from '../../api/protobuf/envelope.ts';
import type { Message } from '../../api/protobuf/message.ts';
import { type Decoded, decodeJson, decodeYaml } from '../../api/schema/decode.ts';
import { mediaTypes } from './accept.ts';

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase();
}

const protobufType = 'application/vnd.kubernetes.protobuf';

/**
 * JSON where nothing is said.
 * @param protobuf what the body holds, if it may be protobuf
 * @returns throws DecodeError
 * @throws ApiError UnsupportedMediaType
 */
export function bodyDecoder(
  contentType: string | undefined,
  protobuf: Message | undefined,
): (body: Uint8Array) => Decoded {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === '' || mediaType === mediaTypes.json) return decodeJson;
  if (mediaType === mediaTypes.yaml) return decodeYaml;
  if (protobuf === undefined) throw unsupportedMediaType([mediaTypes.json, mediaTypes.yaml]);
  if (mediaType !== protobufType) {
    throw unsupportedMediaType([mediaTypes.json, mediaTypes.yaml, protobufType]);
  }
  return (body) => ({ value: decodeEnvelope(body, protobuf), duplicates: [] });
}
