/**
 * JSON documents as protobuf messages, by tables. Made for the OpenAPI messages of gnostic: records, objects with
 * free keys (which protobuf has as lists of names and values), and values of one of several types.
 *
 * As Go does, fields are written in the order of their tables, and a scalar that is zero or empty is left out
 * except where it is the one chosen of several.
 */

/** How a JSON value is written as a field of a message. */
export interface Encoding {
  /**
   * The field, tag included.
   * @param at where the value stands in its document, for the error
   * @throws TypeError where the value is of another type
   */
  field(number: number, value: unknown, at: string): Uint8Array;
  /** Means the same as an absent field: proto3 writes nothing. */
  isZero(value: unknown): boolean;
}

export interface MessageEncoding extends Encoding {
  /** The message without tag and length. @throws TypeError where the message has no place for the value */
  body(value: unknown, at: string): Uint8Array;
}

/** `many`: a JSON array, written as so many fields of one number. */
export type Place = readonly [number: number, encoding: Encoding, many?: 'many'];
export type Places = Readonly<Record<string, Place>>;

const extensionPrefix = 'x-';

const varintType = 0;
const doubleType = 1;
const bytesType = 2;

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const tag = (number: number, wireType: number): Uint8Array => varint(BigInt(number * 8 + wireType));

const delimited = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([tag(number, bytesType), varint(BigInt(bytes.byteLength)), bytes]);

function wrong(at: string, value: unknown, expected: string): TypeError {
  return new TypeError(
    `${at} is ${JSON.stringify(value)}, which protobuf has no place for: want ${expected}`,
  );
}

export const text: Encoding = {
  field(number, value, at) {
    if (typeof value !== 'string') throw wrong(at, value, 'a string');
    return delimited(number, Buffer.from(value, 'utf8'));
  },
  isZero: (value) => value === '',
};

export const flag: Encoding = {
  field(number, value, at) {
    if (typeof value !== 'boolean') throw wrong(at, value, 'a boolean');
    return Buffer.concat([tag(number, varintType), varint(value ? 1n : 0n)]);
  },
  isZero: (value) => value === false,
};

export const integer: Encoding = {
  field(number, value, at) {
    if (!Number.isSafeInteger(value)) throw wrong(at, value, 'an integer');
    return Buffer.concat([tag(number, varintType), varint(BigInt(value as number))]);
  },
  isZero: (value) => value === 0,
};

export const double: Encoding = {
  field(number, value, at) {
    if (typeof value !== 'number') throw wrong(at, value, 'a number');
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return Buffer.concat([tag(number, doubleType), bytes]);
  },
  isZero: (value) => value === 0,
};

const messageOf = (body: MessageEncoding['body']): MessageEncoding => ({
  body,
  field: (number, value, at) => delimited(number, body(value, at)),
  isZero: () => false,
});

/** Any value: gnostic's `Any`, whose second field is YAML. JSON is YAML. */
export const anything = messageOf((value) => text.field(2, JSON.stringify(value), ''));

/** One of several: no field is left out, and none at all means that no type fits. */
export const oneOf = (choose: (value: unknown, at: string) => Place | undefined): MessageEncoding =>
  messageOf((value, at) => {
    const chosen = choose(value, at);
    return chosen === undefined ? Buffer.alloc(0) : chosen[1].field(chosen[0], value, at);
  });

/** A message around one value: a list of one or more. */
export const wrapped = (number: number, encoding: Encoding): MessageEncoding =>
  messageOf((value, at) => many(number, encoding, Array.isArray(value) ? value : [value], at));

function many(number: number, encoding: Encoding, values: unknown, at: string): Uint8Array {
  if (!Array.isArray(values)) throw wrong(at, values, 'an array');
  return Buffer.concat(values.map((value, i) => encoding.field(number, value, `${at}[${i}]`)));
}

/**
 * An object with known keys; those that begin with "x-" go to the field of extensions.
 * @param places a function, for messages that hold themselves
 * @throws TypeError at encoding, for keys that the table lacks: a silent loss would be found by nobody
 */
export function record(places: () => Places, extensions?: number): MessageEncoding {
  return messageOf((value, at) => {
    const object = objectOf(value, at);
    const table = places();
    const parts: Uint8Array[] = [];
    for (const [name, [number, encoding, isMany]] of Object.entries(table)) {
      const inner = Object.hasOwn(object, name) ? object[name] : undefined;
      if (inner === undefined) continue;
      const place = `${at}.${name}`;
      if (isMany === 'many') parts.push(many(number, encoding, inner, place));
      else if (!encoding.isZero(inner)) parts.push(encoding.field(number, inner, place));
    }
    for (const [name, inner] of Object.entries(object)) {
      if (Object.hasOwn(table, name)) continue;
      const place = `${at}.${name}`;
      if (extensions === undefined || !name.startsWith(extensionPrefix))
        throw wrong(place, inner, 'no field');
      parts.push(named(extensions, name, anything, inner, place));
    }
    return Buffer.concat(parts);
  });
}

/** An object with free keys. Such as begin with "x-" are no extensions here: a property may be called so. */
export const entries = (number: number, encoding: Encoding): MessageEncoding =>
  messageOf((value, at) =>
    Buffer.concat(
      Object.entries(objectOf(value, at)).map(([name, inner]) =>
        named(number, name, encoding, inner, `${at}[${JSON.stringify(name)}]`),
      ),
    ),
  );

/** gnostic's `Named…` messages: 1 is the name, 2 the value. */
function named(number: number, name: string, encoding: Encoding, value: unknown, at: string): Uint8Array {
  const parts = [
    text.isZero(name) ? [] : [text.field(1, name, at)],
    encoding.isZero(value) ? [] : [encoding.field(2, value, at)],
  ];
  return delimited(number, Buffer.concat(parts.flat()));
}

export function objectOf(value: unknown, at: string): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(at, value, 'an object');
  return value as { readonly [name: string]: unknown };
}
