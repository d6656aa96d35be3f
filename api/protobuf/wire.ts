/**
 * Protobuf's wire format, read (protobuf.dev/programming-guides/encoding): tags, varints and length-delimited
 * bytes. Nothing here knows a message.
 */
import { DecodeError } from '../schema/json-scan.ts';

/** Fixed-width numbers are skipped: no Kubernetes message that is read here has one. */
export type WireValue =
  | { readonly type: 'varint'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'fixed' };

export interface WireField {
  readonly number: number;
  readonly value: WireValue;
}

/** A 64-bit varint has at most so many bytes, of 7 bits each. */
const maxVarintBytes = 10;

/** The fields of one message in their order. @throws DecodeError where the bytes are no message */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = reader.varint();
    const number = Number(tag >> 3n);
    if (number === 0) throw new DecodeError('proto: illegal tag 0');
    yield { number, value: reader.value(Number(tag & 7n)) };
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < maxVarintBytes; i++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new DecodeError('unexpected EOF');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new DecodeError('proto: integer overflow');
  }

  value(wireType: number): WireValue {
    switch (wireType) {
      case 0:
        return { type: 'varint', value: this.varint() };
      case 1:
        this.#take(8);
        return { type: 'fixed' };
      case 2:
        return { type: 'bytes', value: this.#take(Number(this.varint())) };
      case 5:
        this.#take(4);
        return { type: 'fixed' };
      default:
        // Groups (3, 4) were given up before Kubernetes began.
        throw new DecodeError(`proto: illegal wireType ${wireType}`);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.byteLength) throw new DecodeError('unexpected EOF');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
