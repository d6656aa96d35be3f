/**
 * Finds members in the bytes of a JSON object without decoding it. Only for JSON that `JSON.stringify` or its
 * like has written: it is not a validator.
 */
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

export interface ByteSpan {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The value of member `name` of the object that opens at `open`; undefined where it is not there. */
export function findMember(json: Uint8Array, open: number, name: string): ByteSpan | undefined {
  if (json[open] !== OPEN_BRACE) return undefined;
  let at = skipSpace(json, open + 1);
  while (json[at] === QUOTE) {
    const keyEnd = skipString(json, at);
    const colon = skipSpace(json, keyEnd);
    if (json[colon] !== COLON) return undefined;
    const start = skipSpace(json, colon + 1);
    const end = skipValue(json, start);
    if (keyEnd - at === name.length + 2 && holdsText(json, at + 1, name)) return { start, end };
    at = skipSpace(json, end);
    if (json[at] !== COMMA) return undefined;
    at = skipSpace(json, at + 1);
  }
  return undefined;
}

/** Where the object that member `name` of the outermost object holds opens; -1 where there is none. Reads no further. */
export function findObjectStart(json: Uint8Array, name: string): number {
  let at = skipSpace(json, 0);
  if (json[at] !== OPEN_BRACE) return -1;
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const keyEnd = skipString(json, at);
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    if (keyEnd - at === name.length + 2 && holdsText(json, at + 1, name)) {
      return json[start] === OPEN_BRACE ? start : -1;
    }
    at = skipSpace(json, skipValue(json, start));
    if (json[at] !== COMMA) return -1;
    at = skipSpace(json, at + 1);
  }
  return -1;
}

/** Whether the object that opens at `open` has no members. */
export function isEmptyObject(json: Uint8Array, open: number): boolean {
  return json[skipSpace(json, open + 1)] === CLOSE_BRACE;
}

/** `name` is ASCII and needs no escapes. */
function holdsText(json: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (json[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = json[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** From an opening quote to behind the closing one. */
function skipString(json: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return at;
}

function skipValue(json: Uint8Array, from: number): number {
  const first = json[from];
  if (first === QUOTE) return skipString(json, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(json, from);
  let at = from;
  while (at < json.length) {
    const byte = json[at];
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return at;
    at++;
  }
  return at;
}

function skipNested(json: Uint8Array, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = skipString(json, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return at;
}
