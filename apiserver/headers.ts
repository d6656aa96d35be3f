/**
 * Headers from Node's raw list (name, value, name, value, …). The parsed object joins repeated headers with
 * ', ', which would make one group of `a` and `b` and split nothing back; identity is read from here instead.
 */

/** Node decodes header bytes as Latin-1; Kubernetes clients send UTF-8. */
function decodeUtf8(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  return /^[\x00-\x7f]*$/.test(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}

/** Every value of one header, in order, without splitting. @param name in any case */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === wanted) values.push(decodeUtf8(rawHeaders[i + 1] ?? ''));
  }
  return values;
}

/** Lower-case names with their values, h2 pseudo-headers left out. */
export function headerPairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name.startsWith(':')) continue;
    pairs.push([name, decodeUtf8(rawHeaders[i + 1] ?? '')]);
  }
  return pairs;
}

/** Repeated headers joined with ', '. Headers for which `keep` is false are left out. */
export function joinedHeaders(
  rawHeaders: readonly string[],
  keep: (name: string) => boolean = () => true,
): Record<string, string> {
  // No prototype: a header called `__proto__` is only a header.
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of headerPairs(rawHeaders)) {
    if (!keep(name)) continue;
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return joined;
}

/**
 * Values of all headers that start with one of the prefixes, by the rest of their name: lower case, then
 * percent-decoded, as `X-Remote-Extra-` and `Impersonate-Extra-` carry keys.
 */
export function prefixedHeaders(
  rawHeaders: readonly string[],
  prefixes: readonly string[],
): Record<string, string[]> {
  const found: Record<string, string[]> = Object.create(null);
  const pairs = headerPairs(rawHeaders);
  for (const prefix of prefixes.map((p) => p.toLowerCase())) {
    for (const [name, value] of pairs) {
      if (!name.startsWith(prefix)) continue;
      const key = unescapeKey(name.slice(prefix.length));
      const values = found[key] ?? [];
      values.push(value);
      found[key] = values;
    }
  }
  return found;
}

/** Percent-decoding; a key with a malformed escape is taken as it stands. */
function unescapeKey(key: string): string {
  if (/%(?![0-9a-f]{2})/i.test(key)) return key;
  const bytes = key.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return bytes === key ? key : Buffer.from(bytes, 'latin1').toString('utf8');
}
