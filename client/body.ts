/** What an answer's body says: a JSON value, or the Status of a failure. */
import { ApiError } from '../api/meta/api-error.ts';
import type { Status, StatusReason } from '../api/meta/status.ts';
import { ClientError } from './errors.ts';
import type { TransportResponse } from './transport/transport.ts';

/** Bytes of one decoded body: 100,000 Endpoints in one list are about 100 MB. */
const maxBodyBytes = 1024 * 1024 * 1024;
/** Characters of a plain-text failure that go into the message. */
const maxPlainTextLength = 500;

async function readAll(response: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBodyBytes)
      throw new ClientError('Protocol', `an answer is larger than ${maxBodyBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export async function decodeBody(response: TransportResponse): Promise<unknown> {
  const text = await readAll(response);
  if (text === '') return undefined;
  const type = response.headers['content-type'];
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // /version and /openapi are JSON, /healthz is text: the text itself is the value then.
    if (typeof type === 'string' && type.startsWith('text/')) return text;
    throw new ClientError('Protocol', 'an answer is not JSON', { cause: error });
  }
}

const reasonsByCode: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export async function decodeFailure(response: TransportResponse): Promise<ApiError> {
  let text = '';
  try {
    text = await readAll(response);
    const body = JSON.parse(text) as unknown;
    if (isStatus(body)) {
      return ApiError.fromStatus({
        ...body,
        code: body.code ?? response.status,
        reason: body.reason ?? reasonsByCode[response.status] ?? 'InternalError',
      });
    }
  } catch {
    // Proxies and muxes answer in plain text: the code says enough.
  }
  const reason = reasonsByCode[response.status] ?? 'InternalError';
  const message = text.trim().slice(0, maxPlainTextLength) || `the server answered ${response.status}`;
  return new ApiError(reason, message, undefined, { code: response.status });
}

export function isStatus(value: unknown): value is Status {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'Status' &&
    'apiVersion' in value &&
    value.apiVersion === 'v1'
  );
}
