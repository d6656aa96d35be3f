/** What both backends refuse alike, so that data can move from one to the other. */
import { StorageError } from './errors.ts';

/** Bytes. etcd's default limit for a whole request is 1.5 MiB (--max-request-bytes); this leaves 4 KiB for the rest of it. */
export const MAX_VALUE_BYTES = 1_572_864 - 4_096;

/** @throws StorageError `TooLarge` */
export function checkValueSize(value: Uint8Array): void {
  if (value.length <= MAX_VALUE_BYTES) return;
  throw new StorageError('TooLarge', `the object has ${value.length} bytes, the limit is ${MAX_VALUE_BYTES}`);
}
