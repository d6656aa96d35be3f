/**
 * Reads JSON as an API server must: `JSON.parse` keeps the last of two equal keys in silence, nests without
 * a limit and words its errors differently. So the text is scanned once before it is parsed, for duplicate
 * fields (with paths), depth, and errors in the words of Go's encoding/json, which users of kubectl know.
 */

/**
 * Deepest nesting of lists and objects. Our schemas nest about 15 deep; the limit keeps every recursive walk
 * far from the end of the stack. (Go's decoder stops at 10,000.)
 */
export const maxNestingDepth = 500;
/** How many duplicate fields are named, as sigs.k8s.io/json does. */
export const maxDuplicates = 100;

/** The text is not JSON (or YAML), or goes beyond a limit. The message is meant for the client. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Paths of duplicate fields such as `spec.ports[0].name`, each once, in the order of the text. */
export function scanJson(text: string): string[] {
  return new Scanner(text).scan();
}

type Frame =
  | { readonly type: 'object'; readonly keys: Set<string>; key: string }
  | { readonly type: 'array'; index: number };

const firstPrintable = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const wholeNumber = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Iterative, so that the depth of the text costs memory and no stack. */
class Scanner {
  readonly #text: string;
  readonly #frames: Frame[] = [];
  readonly #duplicates = new Set<string>();
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): string[] {
    this.#value();
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      this.#afterElement(frame);
    }
    this.#skipWhitespace();
    if (this.#position < this.#text.length) this.#fail('after top-level value');
    return [...this.#duplicates];
  }

  /** A scalar is read whole; of a list or an object only what opens it, up to its first element. */
  #value(): void {
    this.#skipWhitespace();
    const c = this.#text[this.#position];
    if (c === '{') this.#openObject();
    else if (c === '[') this.#openArray();
    else if (c === '"') this.#string();
    else if (c === 't') this.#literal('true');
    else if (c === 'f') this.#literal('false');
    else if (c === 'n') this.#literal('null');
    else if (c === '-' || (c !== undefined && c >= '0' && c <= '9')) this.#number();
    else this.#fail('looking for beginning of value');
  }

  #openObject(): void {
    const frame: Frame = { type: 'object', keys: new Set(), key: '' };
    this.#push(frame);
    if (this.#takes('}')) this.#frames.pop();
    else this.#member(frame);
  }

  #openArray(): void {
    this.#push({ type: 'array', index: 0 });
    if (this.#takes(']')) this.#frames.pop();
    else this.#value();
  }

  #push(frame: Frame): void {
    if (this.#frames.push(frame) > maxNestingDepth) this.#fail('exceeded max depth');
    this.#position++;
  }

  #afterElement(frame: Frame): void {
    if (frame.type === 'object') {
      if (this.#takes('}')) this.#frames.pop();
      else if (this.#takes(',')) this.#member(frame);
      else this.#fail('after object key:value pair');
    } else if (this.#takes(']')) {
      this.#frames.pop();
    } else if (this.#takes(',')) {
      frame.index++;
      this.#value();
    } else {
      this.#fail('after array element');
    }
  }

  #member(frame: Frame & { type: 'object' }): void {
    this.#skipWhitespace();
    if (this.#text[this.#position] !== '"') this.#fail('looking for beginning of object key string');
    frame.key = this.#string();
    if (frame.keys.has(frame.key)) this.#noteDuplicate();
    else frame.keys.add(frame.key);
    if (!this.#takes(':')) this.#fail('after object key');
    this.#value();
  }

  #noteDuplicate(): void {
    if (this.#duplicates.size >= maxDuplicates) return;
    const parts = this.#frames.map((frame) =>
      frame.type === 'object' ? `.${frame.key}` : `[${frame.index}]`,
    );
    this.#duplicates.add(parts.join('').replace(/^\./, ''));
  }

  #takes(symbol: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#position] !== symbol) return false;
    this.#position++;
    return true;
  }

  #skipWhitespace(): void {
    // Nearly always there is none; a loop over codes is several times a regular expression's speed.
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#position++;
    }
  }

  #string(): string {
    const start = this.#position++;
    let hasEscapes = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      // NaN at the end of the text is not at least 32 either.
      if (!(code >= firstPrintable)) this.#fail('in string literal');
      this.#position++;
      if (code === quote) break;
      if (code === backslash) {
        hasEscapes = true;
        this.#escape();
      }
    }
    const literal = this.#text.slice(start, this.#position);
    return hasEscapes ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  }

  #escape(): void {
    const kind = this.#text[this.#position] ?? '';
    if (kind === '' || !'"\\/bfnrtu'.includes(kind)) this.#fail('in string escape code');
    this.#position++;
    for (let i = 0; kind === 'u' && i < 4; i++, this.#position++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#position] ?? '')) {
        this.#fail('in \\u hexadecimal character escape');
      }
    }
  }

  #literal(word: string): void {
    for (let i = 1; i < word.length; i++) {
      this.#position++;
      if (this.#text[this.#position] !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.#position++;
  }

  #number(): void {
    wholeNumber.lastIndex = this.#position;
    const found = wholeNumber.exec(this.#text)?.[0];
    if (found === undefined) {
      this.#position++;
      this.#fail('in numeric literal');
    }
    this.#position += found.length;
    const next = this.#text[this.#position];
    if (next === '.' && !/[.eE]/.test(found)) {
      this.#position++;
      this.#fail('after decimal point in numeric literal');
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(found)) {
      this.#position++;
      if (/[+-]/.test(this.#text[this.#position] ?? '')) this.#position++;
      this.#fail('in exponent of numeric literal');
    }
  }

  /** At the end of the text Go's scanner tries one more space, which only words and numbers refuse. */
  #fail(context: string): never {
    const codePoint = this.#text.codePointAt(this.#position);
    const isInsideToken = context !== 'in string literal' && /^in |^after decimal/.test(context);
    if (codePoint === undefined && !isInsideToken) throw new DecodeError('unexpected end of JSON input');
    const character = codePoint === undefined ? ' ' : String.fromCodePoint(codePoint);
    throw new DecodeError(`invalid character ${quoted(character)} ${context}`);
  }
}

/** Go's quoteChar. It sees bytes, so of a character beyond ASCII it shows the first byte, as Latin-1. */
function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const byte = Buffer.from(character, 'utf8')[0] ?? 0;
  const named: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };
  const name = named[byte];
  if (name !== undefined) return `'${name}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  return `'${String.fromCharCode(byte)}'`;
}
