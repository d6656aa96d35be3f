/** The bridge from the storage's errors to Status: the only place that knows both. */
import {
  ApiError,
  alreadyExists,
  conflict,
  type ErrorSubject,
  expired,
  internalError,
  notFound,
  unavailable,
} from '../../api/meta/api-error.ts';
import { isStorageError, type StorageError, type StorageErrorCode } from '../storage/errors.ts';
import type { Revision } from '../storage/storage.ts';
import { tooLargeResourceVersion } from './resource-version.ts';

type Bridge = (error: StorageError, subject: ErrorSubject, name: string) => ApiError;

const unknownRevision = 0 as Revision;

const bridges: Readonly<Record<StorageErrorCode, Bridge>> = {
  KeyExists: (_, subject, name) => alreadyExists(subject, name),
  NotFound: (_, subject, name) => notFound(subject, name),
  Conflict: (_, subject, name) => conflict(subject, name),
  Compacted: () => expired('The resourceVersion for the provided list is too old.'),
  FutureRevision: (error) => tooLargeResourceVersion('unknown', error.revision ?? unknownRevision),
  TooLarge: (error) =>
    new ApiError('RequestEntityTooLarge', `Request entity too large: ${error.message}`, undefined, {
      cause: error,
    }),
  Unavailable: (error) => unavailable(`storage is not available: ${error.message}`),
  WatchOvertaken: (error) => expired(`the watch has ended: ${error.message}`),
  Locked: (error) => unavailable(`storage is not available: ${error.message}`),
  Corrupt: (error) => internalError(error),
};

/** A StorageError as the ApiError a client gets; anything else as it is. */
export function fromStorageError(error: unknown, subject: ErrorSubject, name: string): unknown {
  return isStorageError(error) ? bridges[error.code](error, subject, name) : error;
}

/** Runs a storage call and throws its errors as ApiErrors. */
export async function bridged<T>(subject: ErrorSubject, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromStorageError(error, subject, name);
  }
}
