/**
 * Warning headers: `299 - "<text>"`, each text once, shortened when there are too many
 * (upstream: apiserver `pkg/endpoints/filters/warning.go`).
 */

/** Characters of all texts together; beyond it every text is cut. */
const totalCharacters = 4096;
/** Characters a text is cut to then. */
const cutCharacters = 256;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const controlCharacters = /[\x00-\x1f\x7f-\x9f]/g;

/** Header values for texts in their order. */
export function warningHeaders(texts: readonly string[]): string[] {
  const unique = [...new Set(texts)].filter((text) => text !== '').map((text) => [...text]);
  const total = unique.reduce((sum, text) => sum + text.length, 0);
  if (total <= totalCharacters) return unique.map((text) => warningHeader(text.join('')));
  const values: string[] = [];
  let written = 0;
  for (const text of unique) {
    if (written >= totalCharacters) break;
    const cut = text.slice(0, cutCharacters);
    written += cut.length;
    values.push(warningHeader(cut.join('')));
  }
  return values;
}

function warningHeader(text: string): string {
  const safe = text.replace(controlCharacters, '').replace(/[\\"]/g, '\\$&');
  return `299 - "${safe}"`;
}
