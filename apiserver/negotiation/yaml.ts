/**
 * YAML as Kubernetes reads and writes it: the 1.1 types of go-yaml (`y` is true), without the ones go-yaml
 * does not have either (base 60 numbers, timestamps, binary), and with duplicate keys told by their path.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, stringify, type Tags } from 'yaml';

/** How often aliases may be resolved in one document: more is an attack, not a manifest. */
const MAX_ALIASES = 100;

const foreignTags: ReadonlySet<string> = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
]);

const goTags = (tags: Tags): Tags =>
  tags.filter((tag) => {
    if (typeof tag === 'string') return true;
    return !foreignTags.has(tag.tag) && !('format' in tag && tag.format === 'TIME');
  });

export interface DecodedYaml {
  readonly value: unknown;
  /** Paths of keys that occur twice, such as `spec.ports[0].name`. */
  readonly duplicates: readonly string[];
}

/** @throws Error with a message of one line for text that is not YAML */
export function decodeYaml(text: string): DecodedYaml {
  const document = parseDocument(text, { version: '1.1', customTags: goTags, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Error(`yaml: ${error.message.split('\n', 1).join('').replace(/:$/, '')}`);
  const duplicates: string[] = [];
  collectDuplicates(document, document.contents, '', duplicates);
  return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, duplicates };
}

/** Keys sorted, as kubectl and client-go print. */
export function encodeYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    customTags: goTags,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
}

function collectDuplicates(document: Document, node: unknown, path: string, found: string[]): void {
  if (isMap(node)) {
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const below = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) found.push(below);
      seen.add(key);
      collectDuplicates(document, pair.value, below, found);
    }
    return;
  }
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      collectDuplicates(document, item, `${path}[${index}]`, found);
    });
    return;
  }
  // What an alias points at was visited where it is anchored.
  if (isAlias(node)) return;
}
