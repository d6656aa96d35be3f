/** Request bodies to plain values: JSON and YAML, with what they repeat. */
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type Tags,
} from 'yaml';
import { DecodeError, maxDuplicates, maxNestingDepth, scanJson } from './json-scan.ts';

export interface Decoded {
  /** What `JSON.parse` would give: plain, with no part shared with another. */
  value: unknown;
  /** Paths of fields given more than once; the last one counts. Handlers say `duplicate field "spec.foo"`. */
  duplicates: string[];
}

/**
 * Longest YAML body, in bytes. The parser reads a few hundred kilobytes a second, and nothing else runs
 * meanwhile. YAML is what people write by hand; programs, kubectl among them, send JSON, which has no such limit.
 */
const maxYamlSize = 256 * 1024;
/** Deepest nesting of a YAML document: its parser is recursive and takes six frames a level. */
const maxYamlNestingDepth = 200;
/** Aliases that a document may follow: a bomb is refused, anchors in real manifests are a handful. */
const maxAliases = 100;
/** UTF-16 units of the JSON that a YAML document expands to, about the limit of a request's body. */
const maxExpandedLength = 3 * 1024 * 1024;

/** @throws DecodeError in the words of Go's encoding/json */
export function decodeJson(bytes: Uint8Array): Decoded {
  return parseJson(decodeText(bytes));
}

function parseJson(text: string): Decoded {
  const duplicates = scanJson(text);
  return { value: JSON.parse(text), duplicates };
}

/** Undefined: not JSON, but perhaps YAML's own braces. */
function tryJson(text: string): Decoded | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * The first document of a YAML stream, read as sigs.k8s.io/yaml does: words of YAML 1.1 (`y`, `on`) are
 * booleans, also as keys, which become strings; dates and times stay text.
 *
 * What is JSON is read as JSON: server-side apply calls its bodies YAML, and clients write JSON into them.
 *
 * @throws DecodeError with the line
 */
export function decodeYaml(bytes: Uint8Array): Decoded {
  const text = decodeText(bytes);
  if (/^\s*\{/.test(text)) {
    const json = tryJson(text);
    if (json !== undefined) return json;
  }
  if (bytes.byteLength > maxYamlSize) {
    throw yamlError(`document of ${bytes.byteLength} bytes is over the limit of ${maxYamlSize}; send JSON`);
  }
  const lines = new LineCounter();
  try {
    const document = parseFirst(text, lines);
    const [error] = document?.errors ?? [];
    if (error !== undefined) throw yamlError(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
    const value: unknown = document?.toJS({ maxAliasCount: maxAliases });
    checkDepth(value);
    return { value: unshared(value), duplicates: duplicatesIn(document?.contents ?? null) };
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    // ReferenceError: alias limit or unknown anchor.
    throw yamlError(String((error as Error).message));
  }
}

/** Undefined: the text holds no document, or only comments. */
function parseFirst(text: string, lines: LineCounter) {
  const composer = new Composer({
    version: '1.1',
    merge: true,
    customTags: withoutDates,
    // Found below with paths; here they would only be an error.
    uniqueKeys: false,
    strict: true,
    lineCounter: lines,
    logLevel: 'silent',
  });
  const [first] = composer.compose(boundedTokens(text, lines), true, text.length);
  return first;
}

/** The tokens of a document whose collections are not nested too deeply for what comes after. */
function* boundedTokens(text: string, lines: LineCounter): Generator<CST.Token> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > maxYamlNestingDepth) throw yamlError('exceeded max depth');
  }
  yield* parser.end();
}

const yamlError = (why: string): DecodeError => new DecodeError(`yaml: ${why}`);

/** Go replaces what is not UTF-8 by U+FFFD and reads on; so does this. A byte order mark is no JSON. */
function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** YAML 1.1 types that goyaml does not resolve, or hands on as text. */
function withoutDates(tags: Tags): Tags {
  const dropped = ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`);
  return tags.filter(
    (tag) => typeof tag === 'string' || !(dropped.includes(tag.tag) || tag.format === 'TIME'),
  );
}

function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxNestingDepth + 1) throw yamlError('exceeded max depth');
    // Aliases share objects; each is looked at once a level.
    const next = new Set<unknown>();
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      for (const part of Object.values(item)) if (typeof part === 'object' && part !== null) next.add(part);
    }
    level = [...next];
  }
}

/** A copy in which an anchor's aliases are values of their own: whoever changes one must not change both. */
function unshared(value: unknown): unknown {
  let length = 0;
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw yamlError(`json: unsupported value: ${part}`);
    }
    length += key.length + (typeof part === 'string' ? part.length : 1);
    if (length > maxExpandedLength) throw yamlError('document contains excessive aliasing');
    return typeof part === 'bigint' ? Number(part) : part;
  });
  return text === undefined ? null : JSON.parse(text);
}

function duplicatesIn(root: Node | null): string[] {
  const found = new Set<string>();
  const visit = (node: unknown, path: string): void => {
    if (isSeq(node)) node.items.forEach((item, i) => void visit(item, `${path}[${i}]`));
    if (!isMap(node)) return;
    const keys = new Set<string>();
    for (const { key, value } of node.items) {
      if (isAlias(key)) continue;
      if (!isScalar(key) || key.value === null) throw yamlError(`invalid map key: ${String(key)}`);
      const name = String(key.value);
      const fieldPath = path === '' ? name : `${path}.${name}`;
      if (keys.has(name) && name !== '<<') found.add(fieldPath);
      keys.add(name);
      visit(value, fieldPath);
    }
  };
  visit(root, '');
  return [...found].slice(0, maxDuplicates);
}
