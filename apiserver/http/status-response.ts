/** Failures as answers: metav1.Status in JSON, and the few that are plain text in Kubernetes. */
import { ApiError } from '../../api/meta/api-error.ts';
import type { ApiResponse } from '../exchange.ts';

export function statusResponse(error: ApiError): ApiResponse {
  const retryAfter = error.status.details?.retryAfterSeconds;
  return {
    code: error.code,
    headers: {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(error.reason === 'Forbidden' ? { 'x-content-type-options': 'nosniff' } : {}),
    },
    // What nobody could agree on a format for is for people to read.
    body: `${JSON.stringify(error.status, null, error.reason === 'NotAcceptable' ? 2 : undefined)}\n`,
  };
}

/** As Go's `http.Error`. */
export function textResponse(code: number, text: string, headers: Record<string, string> = {}): ApiResponse {
  return {
    code,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: text.endsWith('\n') ? text : `${text}\n`,
  };
}

/** While routes or caches are not there yet. Never 404, which garbage collection takes for "does not exist". */
export const notReady = (): ApiError =>
  new ApiError(
    'ServiceUnavailable',
    'the request has been made before all known HTTP paths have been installed, please try again',
    { retryAfterSeconds: 5 },
  );

export const unauthorized = (): ApiError => new ApiError('Unauthorized', 'Unauthorized');

export const shuttingDown = (): ApiError =>
  new ApiError('ServiceUnavailable', 'apiserver is shutting down', { retryAfterSeconds: 1 });

export const deadlineExceeded = (): ApiError =>
  new ApiError(
    'Timeout',
    'Timeout: request did not complete within requested timeout - context deadline exceeded',
    {},
  );

/** For what nobody foresaw: the cause stays in the log, where the audit id finds it. */
export const unforeseen = (auditId: string): ApiError =>
  new ApiError(
    'InternalError',
    `Internal error occurred: the server could not handle the request; its log has the cause under audit ID ${auditId}`,
  );
