/**
 * Tokens that carry a list from page to page (upstream: apiserver `pkg/storage/continue.go`; clients treat
 * them as opaque, but people decode them): base64url of
 * `{"v":"meta.k8s.io/v1","rv":<revision>,"start":"<namespace>/<name>\u0000"}`.
 */

import { ApiError, badRequest } from '../../api/meta/api-error.ts';
import { errorText } from '../../api/meta/error-text.ts';
import type { Revision, StorageKey } from '../storage/storage.ts';

const TOKEN_VERSION = 'meta.k8s.io/v1';

/** The list goes on at the latest revision, since the one it began at is gone. */
export const INCONSISTENT = -1;

export interface ContinueToken {
  /** The revision of the first page, or INCONSISTENT. */
  readonly revision: Revision | typeof INCONSISTENT;
  /** The last key of the page before. */
  readonly after: StorageKey;
}

/** @param scope the key prefix of the resource, which the token leaves out */
export function encodeContinueToken(token: ContinueToken, scope: string): string {
  const start = `${token.after.slice(scope.length)}\u0000`;
  const json = JSON.stringify({ v: TOKEN_VERSION, rv: token.revision, start });
  return Buffer.from(json).toString('base64url');
}

/** @throws ApiError BadRequest */
export function decodeContinueToken(text: string, scope: string): ContinueToken {
  const { v, rv, start } = parseToken(text);
  if (v !== TOKEN_VERSION) throw invalidToken('server does not recognize this encoded version');
  if (!Number.isSafeInteger(rv) || rv === 0 || rv < INCONSISTENT) {
    throw invalidToken('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  const path = start.replace(/\0$/, '');
  if (path === '') throw invalidToken('encoded start key empty (version meta.k8s.io/v1)');
  const segments = path.split('/');
  // A key that climbs out of its resource, or has empty parts, is none that we wrote.
  if (segments.length > 2 || segments.some((s) => s === '' || s === '.' || s === '..')) {
    throw invalidToken(`invalid key ${JSON.stringify(path)}`);
  }
  return { revision: rv as Revision, after: `${scope}${path}` as StorageKey };
}

/** 410: the list cannot go on as it began, but may go on inconsistently with the token inside. */
export function expiredContinueToken(token: ContinueToken, scope: string): ApiError {
  const error = new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
      'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
      'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.status.metadata.continue = encodeContinueToken({ ...token, revision: INCONSISTENT as never }, scope);
  return error;
}

function parseToken(text: string): { v: string; rv: number; start: string } {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    throw invalidToken(errorText(error));
  }
  const { v, rv, start } = (decoded ?? {}) as Record<string, unknown>;
  if (typeof v !== 'string' || typeof rv !== 'number' || typeof start !== 'string') {
    throw invalidToken('fields are missing');
  }
  return { v, rv, start };
}

const invalidToken = (why: string): ApiError =>
  badRequest(`invalid continue token: continue key is not valid: ${why}`);
