/** The errors of the storage layer: one class, closed codes. `apiserver/registry/storage-errors.ts` turns them into Status. */
import type { Entry, Revision } from './storage.ts';

export type StorageErrorCode =
  | 'KeyExists'
  | 'NotFound'
  | 'Conflict'
  | 'Compacted'
  | 'FutureRevision'
  | 'TooLarge'
  | 'Unavailable'
  | 'WatchOvertaken'
  | 'Locked'
  | 'Corrupt';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /** For Conflict: the entry as it is. */
  readonly current: Entry | undefined;
  /** For Compacted: the oldest revision that can still be read. For FutureRevision: the current one. */
  readonly revision: Revision | undefined;

  constructor(
    code: StorageErrorCode,
    message: string,
    more: { current?: Entry | undefined; revision?: Revision | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.current = more.current;
    this.revision = more.revision;
  }
}

export function isStorageError(error: unknown, ...codes: StorageErrorCode[]): error is StorageError {
  return error instanceof StorageError && (codes.length === 0 || codes.includes(error.code));
}
