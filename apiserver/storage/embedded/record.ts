/**
 * How the embedded store's tables look on disk.
 *
 *   meta      name                     → number, 8 bytes     format, revision, compacted, swept
 *   current   key                      → revision            of the live object
 *   versions  key 0x00 revision        → (empty)             every version that history still holds
 *   log       revision                 → record              the objects themselves, once each
 *
 * Numbers are 8 bytes, big endian, so that the order of bytes is the order of numbers. A record is
 *   type (1) · revision of the previous version or 0 (8) · length of the key (2) · key · value
 * Keys hold no 0x00 byte (they are UTF-8 paths), which keeps the versions of "a" apart from those of "ab".
 */
import { StorageError } from '../errors.ts';
import type { Revision, StorageKey } from '../storage.ts';

export const FORMAT = 1;

/** LMDB allows 1,978 bytes with 4 KiB pages; the rest is for the revision behind the key in `versions`. */
export const MAX_KEY_BYTES = 1_024;

const PUT = 1;
const DELETE = 2;
const NUMBER_BYTES = 8;
const HEADER_BYTES = 1 + NUMBER_BYTES + 2;

export interface LogRecord {
  readonly type: 'put' | 'delete';
  readonly key: StorageKey;
  /** 0: the key did not exist before. */
  readonly previous: number;
  /** Empty for a deletion. */
  readonly value: Uint8Array;
}

export function encodeNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(NUMBER_BYTES);
  writeNumber(bytes, value, 0);
  return bytes;
}

export function decodeNumber(bytes: Buffer, offset = 0): number {
  return bytes.readUInt32BE(offset) * 0x1_0000_0000 + bytes.readUInt32BE(offset + 4);
}

function writeNumber(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  bytes.writeUInt32BE(value % 0x1_0000_0000, offset + 4);
}

/** @throws StorageError `TooLarge` */
export function encodeKey(key: StorageKey): Buffer {
  const bytes = Buffer.from(key);
  if (bytes.length > MAX_KEY_BYTES) {
    throw new StorageError('TooLarge', `the key has ${bytes.length} bytes, the limit is ${MAX_KEY_BYTES}`);
  }
  return bytes;
}

export function encodeVersion(key: Buffer, revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + 1 + NUMBER_BYTES);
  key.copy(bytes);
  bytes[key.length] = 0;
  writeNumber(bytes, revision, key.length + 1);
  return bytes;
}

export function decodeVersion(bytes: Buffer): { readonly key: Buffer; readonly revision: number } {
  const end = bytes.length - NUMBER_BYTES - 1;
  return { key: bytes.subarray(0, end), revision: decodeNumber(bytes, end + 1) };
}

export function encodeRecord(
  type: LogRecord['type'],
  previous: number,
  key: Buffer,
  value: Uint8Array,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + key.length + value.length);
  bytes[0] = type === 'put' ? PUT : DELETE;
  writeNumber(bytes, previous, 1);
  bytes.writeUInt16BE(key.length, 1 + NUMBER_BYTES);
  key.copy(bytes, HEADER_BYTES);
  bytes.set(value, HEADER_BYTES + key.length);
  return bytes;
}

/** The value is a view of `bytes`. @throws StorageError `Corrupt` */
export function decodeRecord(bytes: Buffer): LogRecord {
  const type = bytes[0];
  if ((type !== PUT && type !== DELETE) || bytes.length < HEADER_BYTES) {
    throw new StorageError('Corrupt', 'the embedded store holds a record that is none of its own');
  }
  const valueAt = HEADER_BYTES + bytes.readUInt16BE(1 + NUMBER_BYTES);
  return {
    type: type === PUT ? 'put' : 'delete',
    key: bytes.toString('utf8', HEADER_BYTES, valueAt) as StorageKey,
    previous: decodeNumber(bytes, 1),
    value: bytes.subarray(valueAt),
  };
}

export function asRevision(value: number): Revision {
  return value as Revision;
}
