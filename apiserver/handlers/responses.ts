/** Answers: objects, lists and errors in the client's format. */
import type { ApiError } from '../../api/meta/api-error.ts';
import type { Status } from '../../api/meta/status.ts';
import type { ApiResponse } from '../exchange.ts';
import { type NegotiableRequest, negotiateOutput, type OutputFormat } from '../negotiation/accept.ts';
import { type EncodedBody, encodeList, encodeObject, encodeValue } from '../negotiation/object-encoding.ts';
import type { ListResult, ObjectView } from '../registry/rest.ts';
import type { HandlerScope } from './scope.ts';

const respond = (code: number, { contentType, body }: EncodedBody): ApiResponse => ({
  code,
  headers: { 'content-type': contentType },
  body,
});

export function objectResponse(
  code: number,
  format: OutputFormat,
  scope: HandlerScope,
  view: ObjectView,
): ApiResponse {
  return respond(code, encodeObject(format, scope, view));
}

export function listResponse(format: OutputFormat, scope: HandlerScope, list: ListResult): ApiResponse {
  return respond(200, encodeList(format, scope, list));
}

/** A Status is never transformed, whatever the client asked for. */
export function statusResponse(format: OutputFormat, status: Status): ApiResponse {
  const response = respond(status.code ?? 200, encodeValue(format, status));
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfter) } };
}

/** An error as its Status, in the client's format; indented JSON where the client accepts none of ours. */
export function errorResponse(request: NegotiableRequest, error: ApiError): ApiResponse {
  const { status } = error;
  let format: OutputFormat = {
    encoding: 'json',
    pretty: true,
    transform: undefined,
    includeObject: 'Metadata',
  };
  try {
    format = negotiateOutput(request);
  } catch {
    // Already being answered: with 406, or with a failure that came before.
  }
  return statusResponse(format, status);
}

/** What a mux answers for a path nobody serves: text, not a Status. */
export const pathNotFound: ApiResponse = {
  code: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: '404 page not found\n',
};
