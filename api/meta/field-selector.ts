/** Field selectors: the text of `?fieldSelector=` and matching (apimachinery `pkg/fields/selector.go`). */
import type { FieldValues } from '../kind.ts';
import { badRequest } from './api-error.ts';
import { quote } from './quote.ts';
import type { FieldRequirement, FieldRequirements } from './selectors.ts';

const operators = ['!=', '==', '='] as const;

/**
 * Parses the value of a `fieldSelector` parameter; '' selects everything. In values `\`, `,` and `=` are
 * written with a backslash before them. Terms come sorted by their text.
 *
 * @throws ApiError BadRequest
 */
export function parseFieldSelector(text: string): FieldRequirements {
  return splitTerms(text)
    .sort()
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
    .filter(({ field, value }) => field !== '' || value !== '');
}

function splitTerms(text: string): string[] {
  // A backslash takes the character after it along, so that `\,` never separates.
  return text.match(/(?:\\.|[^\\,]|\\$)+/gs) ?? [];
}

function parseTerm(term: string, selector: string): FieldRequirement {
  for (let i = 0; i < term.length; i++) {
    const operator = operators.find((candidate) => term.startsWith(candidate, i));
    if (operator === undefined) continue;
    const value = unescapeValue(term.slice(i + operator.length));
    return { field: term.slice(0, i), operator: operator === '!=' ? '!=' : '=', value };
  }
  throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
}

function unescapeValue(text: string): string {
  let value = '';
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] ?? '';
    if (c === '\\') {
      const escaped = characters[++i] ?? '';
      if (!['\\', ',', '='].includes(escaped)) {
        throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
      }
      value += escaped;
    } else if (c === ',' || c === '=') {
      // Upstream prints the rune's number.
      throw badRequest(`invalid field selector: unescaped character in value: ${c.codePointAt(0)}`);
    } else {
      value += c;
    }
  }
  return value;
}

/** The text that parses to the same requirements. */
export function formatFieldSelector(requirements: FieldRequirements): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/**
 * @param supported the fields that may be selected by, `metadata.name` and `metadata.namespace` included
 * @throws ApiError BadRequest naming the first field that is not among them
 */
export function checkFieldSelector(requirements: FieldRequirements, supported: readonly string[]): void {
  for (const { field } of requirements) {
    if (supported.includes(field)) continue;
    const known = supported.map(quote).join(', ');
    throw badRequest(`${quote(field)} is not a known field selector: only ${known}`);
  }
}

/**
 * Whether an object satisfies every requirement: `=` when any of the field's values equals, `!=` when none
 * does. A field without a value is compared as ''.
 */
export function matchesFields(
  requirements: FieldRequirements,
  valuesOf: (field: string) => FieldValues,
): boolean {
  return requirements.every(({ field, operator, value }) => {
    const values = valuesOf(field) ?? '';
    const isEqual =
      typeof values === 'string' ? values === value : equalsAny(values.length === 0 ? [''] : values, value);
    return operator === '=' ? isEqual : !isEqual;
  });
}

const equalsAny = (values: readonly string[], value: string): boolean => values.includes(value);

/** The value that the requirements pin a field to, e.g. the name of a watch on one object. */
export function exactField(requirements: FieldRequirements, field: string): string | undefined {
  return requirements.find((r) => r.field === field && r.operator === '=')?.value;
}
