/**
 * Protobuf messages of Kubernetes as the JSON that a client could have sent instead. What a message holds is
 * said by a table; the tables are made from the `generated.proto` files beside upstream's `types.go`.
 *
 * Go's generated code writes every field that is not a pointer, empty or not, where encoding/json leaves empty
 * ones out (`omitempty`). So empty values are dropped here, except those of pointers, where "set to empty" means
 * something, and of fields that JSON always has.
 */
import { DecodeError } from '../schema/json-scan.ts';
import { type WireValue, wireFields } from './wire.ts';

export type ScalarType = 'string' | 'bool' | 'int' | 'bytes' | 'time' | 'intOrString';

export interface Field {
  readonly name: string;
  readonly type: ScalarType | Message;
  /** `map`: string keys. */
  readonly many?: 'list' | 'map';
  /** A pointer in Go, or a field that JSON always has: an empty value is a value. */
  readonly keepEmpty?: true;
}

/** By field number. */
export interface Message {
  readonly fields: ReadonlyMap<number, Field>;
}

export type JsonValue = string | number | boolean | JsonValue[] | JsonObject;
export interface JsonObject {
  [field: string]: JsonValue;
}

const one = (type: Field['type']) => (name: string) => ({ name, type });
export const text = one('string');
export const flag = one('bool');
export const integer = one('int');
export const time = one('time');
export const portOrName = one('intOrString');
export const nested = (name: string, type: Message): Field => ({ name, type });
export const list = (name: string, type: Field['type'] = 'string'): Field => ({ name, type, many: 'list' });
export const map = (name: string, type: Field['type'] = 'string'): Field => ({ name, type, many: 'map' });
/** Of a pointer in Go, or of a field without `omitempty`. */
export const present = (field: Field): Field => ({ ...field, keepEmpty: true });

export const message = (fields: Readonly<Record<number, Field>>): Message => ({
  fields: new Map(Object.entries(fields).map(([number, field]) => [Number(number), field])),
});

/** Fields that the table lacks are left out. @throws DecodeError */
export function decodeMessage(bytes: Uint8Array, { fields }: Message): JsonObject {
  const object: JsonObject = {};
  for (const { number, value } of wireFields(bytes)) {
    const field = fields.get(number);
    if (field !== undefined) add(object, field, value);
  }
  return object;
}

function add(object: JsonObject, field: Field, value: WireValue): void {
  const { name, type, many, keepEmpty } = field;
  if (many === 'list') {
    object[name] ??= [];
    (object[name] as JsonValue[]).push(decode(value, type, name));
  } else if (many === 'map') {
    object[name] ??= {};
    const [key, item] = mapEntry(value, type, name);
    // Not by assignment: a key may be "__proto__".
    const property = { value: item, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object[name], key, property);
  } else {
    const decoded = decode(value, type, name);
    if (keepEmpty === true || !isEmpty(decoded)) object[name] = decoded;
  }
}

const isEmpty = (value: JsonValue): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** An entry is a message of its own: key 1, value 2, both left out where empty. */
function mapEntry(value: WireValue, type: Field['type'], name: string): [string, JsonValue] {
  let key = '';
  let item: WireValue | undefined;
  for (const field of wireFields(bytesOf(value, name))) {
    if (field.number === 1) key = utf8(bytesOf(field.value, name), name);
    if (field.number === 2) item = field.value;
  }
  return [key, item === undefined ? '' : decode(item, type, name)];
}

function decode(value: WireValue, type: Field['type'], name: string): JsonValue {
  switch (type) {
    case 'string':
      return utf8(bytesOf(value, name), name);
    case 'bytes':
      return Buffer.from(bytesOf(value, name)).toString('base64');
    case 'bool':
      return integerOf(value, name) !== 0;
    case 'int':
      return integerOf(value, name);
    case 'time':
      return timeOf(bytesOf(value, name));
    case 'intOrString': {
      const { type: kind, intVal = 0, strVal = '' } = decodeMessage(bytesOf(value, name), intOrString);
      return kind === 1 ? strVal : intVal;
    }
    default:
      return decodeMessage(bytesOf(value, name), type);
  }
}

/** Source: apimachinery `pkg/util/intstr/generated.proto`; type 0 is a number, 1 a string. */
const intOrString = message({ 1: integer('type'), 2: integer('intVal'), 3: text('strVal') });
/** Source: apimachinery `pkg/apis/meta/v1/generated.proto` Timestamp; seconds since 1970, fractions unused. */
const timestamp = message({ 1: integer('seconds') });

/** '' for Go's zero time, which is written as an empty message. */
function timeOf(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return '';
  const { seconds = 0 } = decodeMessage(bytes, timestamp);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) throw new DecodeError('proto: a time is out of range');
  return date.toISOString().replace('.000Z', 'Z');
}

function bytesOf(value: WireValue, name: string): Uint8Array {
  if (value.type !== 'bytes') throw new DecodeError(`proto: wrong wireType for field ${name}`);
  return value.value;
}

/** Signed, as every integer of Kubernetes is. */
function integerOf(value: WireValue, name: string): number {
  if (value.type !== 'varint') throw new DecodeError(`proto: wrong wireType for field ${name}`);
  return Number(BigInt.asIntN(64, value.value));
}

function utf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DecodeError(`proto: field ${name} contains invalid UTF-8`);
  }
}
