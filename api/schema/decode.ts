/** Request bodies to plain values: JSON and YAML, with what they repeat. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Tags } from 'yaml';
import { DecodeError, maxDuplicates, maxNestingDepth, scanJson } from './json-scan.ts';

export interface Decoded {
  /** What `JSON.parse` would give: plain, with no part shared with another. */
  value: unknown;
  /** Paths of fields given more than once; the last one counts. Handlers say `duplicate field "spec.foo"`. */
  duplicates: string[];
}

/** Aliases that a document may follow: a bomb is refused, anchors in real manifests are a handful. */
const maxAliases = 100;
/** UTF-16 units of the JSON that a YAML document expands to, about the limit of a request's body. */
const maxExpandedLength = 3 * 1024 * 1024;

/** @throws DecodeError in the words of Go's encoding/json */
export function decodeJson(bytes: Uint8Array): Decoded {
  const text = decodeText(bytes);
  const duplicates = scanJson(text);
  return { value: JSON.parse(text), duplicates };
}

/**
 * The first document of a YAML stream, read as sigs.k8s.io/yaml does: words of YAML 1.1 (`y`, `on`) are
 * booleans, also as keys, which become strings; dates and times stay text.
 *
 * @throws DecodeError with the line
 */
export function decodeYaml(bytes: Uint8Array): Decoded {
  const lines = new LineCounter();
  let document: ReturnType<typeof parseDocument>;
  let value: unknown;
  try {
    document = parseDocument(decodeText(bytes), {
      version: '1.1',
      merge: true,
      customTags: withoutDates,
      // Found below with paths; here they would only be an error.
      uniqueKeys: false,
      strict: true,
      stringKeys: false,
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'silent',
    });
    const [error] = document.errors;
    if (error !== undefined) {
      // The parser catches its own stack overflow and reports it as a syntax error.
      if (error.message.includes('call stack')) throw yamlError('exceeded max depth');
      throw yamlError(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
    }
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    // ReferenceError: alias limit or unknown anchor; RangeError: nesting exhausted the parser's stack.
    throw yamlError(error instanceof RangeError ? 'exceeded max depth' : String((error as Error).message));
  }
  checkDepth(value);
  return { value: unshared(value), duplicates: duplicatesIn(document.contents as Node | null) };
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
