/**
 * The one error class of the API: a Status that is thrown. The server makes them, the client decodes them
 * from the wire, callers branch on `reason` (a closed set), never on text.
 * Messages follow apimachinery `pkg/api/errors/errors.go`.
 */
import { type FieldError, fieldErrorBody, fieldErrorMessage } from './field-error.ts';
import { reasonCodes, type Status, type StatusDetails, type StatusReason } from './status.ts';

/** What an error is about: `resource` is the plural, `kind` the Kind; errors use one or the other. */
export interface ErrorSubject {
  group: string;
  resource: string;
  kind: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status;

  constructor(
    reason: StatusReason,
    message: string,
    details?: StatusDetails,
    options?: { code?: number; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code: options?.code ?? reasonCodes[reason],
    };
  }

  get reason(): StatusReason {
    return this.status.reason ?? 'InternalError';
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  /** Rebuilds the error from a Status body that a server sent. */
  static fromStatus(status: Status): ApiError {
    const error = new ApiError(
      status.reason ?? 'InternalError',
      status.message ?? 'unknown error',
      status.details,
      {
        code: status.code ?? 500,
      },
    );
    return error;
  }
}

export function isReason(error: unknown, ...reasons: StatusReason[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}

/** `widgets.example.com`, or `pods` in the core group. */
export const qualifiedResource = (s: ErrorSubject): string =>
  s.group === '' ? s.resource : `${s.resource}.${s.group}`;
export const qualifiedKind = (s: ErrorSubject): string => (s.group === '' ? s.kind : `${s.kind}.${s.group}`);

const details = (s: ErrorSubject, name: string, more: StatusDetails = {}): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(s.group === '' ? {} : { group: s.group }),
  kind: s.resource,
  ...more,
});

export const notFound = (s: ErrorSubject, name: string): ApiError =>
  new ApiError('NotFound', `${qualifiedResource(s)} "${name}" not found`, details(s, name));

export const alreadyExists = (s: ErrorSubject, name: string, prefix = ''): ApiError =>
  new ApiError(
    'AlreadyExists',
    `${prefix}${qualifiedResource(s)} "${name}" already exists`,
    details(s, name),
  );

export const staleObject =
  'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (s: ErrorSubject, name: string, why: string = staleObject): ApiError =>
  new ApiError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(s)} "${name}": ${why}`,
    details(s, name),
  );

export const badRequest = (message: string): ApiError => new ApiError('BadRequest', message);

export const forbidden = (s: ErrorSubject, name: string, why: string): ApiError =>
  new ApiError(
    'Forbidden',
    name === ''
      ? `${qualifiedResource(s)} is forbidden: ${why}`
      : `${qualifiedResource(s)} "${name}" is forbidden: ${why}`,
    details(s, name),
  );

/** 422 with one cause a field. */
export function invalidObject(s: ErrorSubject, name: string, errors: readonly FieldError[]): ApiError {
  const texts = errors.map(fieldErrorMessage);
  const body = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiError('Invalid', `${qualifiedKind(s)} "${name}" is invalid: ${body}`, {
    ...(name === '' ? {} : { name }),
    ...(s.group === '' ? {} : { group: s.group }),
    ...(s.kind === '' ? {} : { kind: s.kind }),
    causes: errors.map((e) => ({ reason: e.type, message: fieldErrorBody(e), field: e.field })),
  });
}

/** @param retryAfterSeconds also becomes the Retry-After header */
export const unavailable = (message: string, retryAfterSeconds = 1): ApiError =>
  new ApiError('ServiceUnavailable', message, { retryAfterSeconds });

export const internalError = (cause: unknown): ApiError =>
  new ApiError(
    'InternalError',
    `Internal error occurred: ${cause instanceof Error ? cause.message : String(cause)}`,
    undefined,
    { cause },
  );

export const expired = (message: string): ApiError => new ApiError('Expired', message);
