/**
 * Label selectors: the text of `?labelSelector=`, the LabelSelector inside objects, and matching.
 * Grammar and messages are those of apimachinery `pkg/labels/selector.go`:
 *
 *     selector    = [ requirement { "," requirement } [ "," ] ]
 *     requirement = KEY | "!" KEY | KEY ("="|"=="|"!="|">"|"<") VALUE | KEY ("in"|"notin") "(" VALUE { "," VALUE } ")"
 */
import { badRequest } from './api-error.ts';
import { type FieldError, fieldErrorMessage, forbidden, invalid, required } from './field-error.ts';
import { validateLabelKey, validateLabelValue } from './names.ts';
import { quote } from './quote.ts';
import type { LabelOperator, LabelRequirement, LabelRequirements } from './selectors.ts';
import type { LabelSelector, LabelSelectorRequirement } from './types.ts';

type Token =
  | { readonly type: 'identifier'; readonly text: string }
  | { readonly type: 'symbol'; readonly text: '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' }
  | { readonly type: 'end'; readonly text: '' };

const end: Token = { type: 'end', text: '' };
const lexeme = /[ \t\r\n]*(?:(==|=|!=|!|[(),<>])|([^=!(),<> \t\r\n]+))/gy;
const binaryOperators: readonly string[] = ['in', 'notin', '=', '==', '!=', '>', '<'];

/**
 * Parses the value of a `labelSelector` parameter; '' selects everything. Requirements come sorted by key,
 * values sorted and distinct, `==` as `=`.
 *
 * @throws ApiError BadRequest that says what was found and what was expected
 */
export function parseLabelSelector(text: string): LabelRequirements {
  const tokens = tokenize(text);
  const requirements: LabelRequirement[] = [];
  for (;;) {
    const next = tokens.peek();
    if (next.type === 'end') break;
    if (next.type !== 'identifier' && next.text !== '!') {
      throw badRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(tokens));
    const after = tokens.take();
    if (after.type === 'end') break;
    if (after.text !== ',' || after.type !== 'symbol') {
      throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
    }
    const following = tokens.peek();
    if (following.type !== 'identifier' && following.text !== '!') {
      throw badRequest(`found '${following.text}', expected: identifier after ','`);
    }
  }
  return requirements.sort((a, b) => compare(a.key, b.key));
}

interface Tokens {
  peek(): Token;
  take(): Token;
}

function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  for (const [, symbol, identifier] of text.matchAll(lexeme)) {
    if (symbol !== undefined) tokens.push({ type: 'symbol', text: symbol as '=' });
    else if (identifier !== undefined) tokens.push({ type: 'identifier', text: identifier });
  }
  let position = 0;
  return {
    peek: () => tokens[position] ?? end,
    take: () => tokens[position++] ?? end,
  };
}

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`);

function parseRequirement(tokens: Tokens): LabelRequirement {
  const isNegated = tokens.peek().text === '!';
  if (isNegated) tokens.take();
  const key = tokens.take();
  if (key.type !== 'identifier') throw unparsable(`found '${key.text}', expected: identifier`);
  const problems = validateLabelKey(key.text);
  if (problems.length > 0) throw unparsable(`<nil>: ${invalidText(key.text, problems)}`);
  const next = tokens.peek();
  // As upstream: a negation is complete with its key, whatever follows is refused by the caller.
  if (isNegated) return { key: key.text, operator: '!exists', values: [] };
  if (next.type === 'end' || (next.type === 'symbol' && next.text === ',')) {
    return { key: key.text, operator: 'exists', values: [] };
  }
  const operator = tokens.take();
  if (!binaryOperators.includes(operator.text)) {
    throw unparsable(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const isSet = operator.text === 'in' || operator.text === 'notin';
  const values = isSet ? parseValues(tokens) : [parseExactValue(tokens)];
  const requirement: LabelRequirement = {
    key: key.text,
    operator: operator.text === '==' ? '=' : (operator.text as LabelOperator),
    values,
  };
  checkValues(requirement);
  return requirement;
}

function invalidText(value: string, problems: readonly string[]): string {
  return `Invalid value: ${quote(value)}: ${problems.join('; ')}`;
}

function checkValues({ key, operator, values }: LabelRequirement): void {
  const errors: FieldError[] = [];
  values.forEach((value, i) => {
    if ((operator === '>' || operator === '<') && int64(value) === undefined) {
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      errors.push(invalid(`values[${i}]`, value, detail));
    }
  });
  values.forEach((value, i) => {
    const problems = validateLabelValue(value);
    if (problems.length > 0) errors.push(invalid(`values[${i}][${key}]`, value, problems.join('; ')));
  });
  const texts = errors.map(fieldErrorMessage);
  if (texts.length > 0) throw unparsable(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}

function parseExactValue(tokens: Tokens): string {
  const next = tokens.peek();
  if (next.type === 'end' || (next.type === 'symbol' && next.text === ',')) return '';
  if (next.type !== 'identifier') throw unparsable(`found '${next.text}', expected: identifier`);
  return tokens.take().text;
}

/** `(a,b)`; an empty place between commas and parentheses is the empty value. */
function parseValues(tokens: Tokens): string[] {
  const open = tokens.take();
  if (open.text !== '(') throw unparsable(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  const first = tokens.peek();
  if (first.type !== 'identifier' && first.text !== ',' && first.text !== ')') {
    throw unparsable(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  for (;;) {
    const next = tokens.take();
    if (next.type === 'identifier') {
      values.add(next.text);
      const separator = tokens.take();
      if (separator.text === ')') break;
      if (separator.text !== ',') throw unparsable(`found '${separator.text}', expected: ',' or ')'`);
      if (tokens.peek().text === ')') values.add('');
    } else if (next.text === ',' || next.text === ')') {
      values.add('');
    } else {
      throw unparsable(`found '${next.text}', expected: ',', or identifier`);
    }
    if (next.text === ')') break;
    if (tokens.peek().text === ')') {
      tokens.take();
      break;
    }
  }
  return [...values].sort(compare);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The text that parses to the same requirements. */
export function formatLabelSelector(requirements: LabelRequirements): string {
  return requirements
    .map(({ key, operator, values }) => {
      switch (operator) {
        case 'exists':
          return key;
        case '!exists':
          return `!${key}`;
        case 'in':
        case 'notin':
          return `${key} ${operator} (${values.join(',')})`;
        default:
          return `${key}${operator}${values[0] ?? ''}`;
      }
    })
    .join(',');
}

/** Whether labels satisfy every requirement. An absent label satisfies `!=` and `notin`. */
export function matchesLabels(
  requirements: LabelRequirements,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every((requirement) => matches(requirement, labels));
}

function matches(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  // Not labels?.[key]: `constructor` is a valid label key and every object has one.
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!exists':
      return value === undefined;
    case '>':
    case '<': {
      const [left, right] = [int64(value), int64(values[0])];
      if (left === undefined || right === undefined) return false;
      return operator === '>' ? left > right : left < right;
    }
  }
}

function int64(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const selectorOperators: Readonly<Record<LabelSelectorRequirement['operator'], LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!exists',
};

/**
 * The requirements of a LabelSelector; an empty one selects everything. Whether *no* selector means all or
 * none is for the field that may lack one.
 *
 * @param field the selector's path, for the errors
 * @returns errors as apimachinery `pkg/apis/meta/v1/validation`; with errors, requirements are not complete
 */
export function fromLabelSelector(
  selector: LabelSelector,
  field: string,
): { requirements: LabelRequirements; errors: FieldError[] } {
  const requirements: LabelRequirement[] = [];
  const errors = validateLabels(selector.matchLabels, `${field}.matchLabels`);
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push({ key, operator: '=', values: [value] });
  }
  (selector.matchExpressions ?? []).forEach((expression, i) => {
    errors.push(...expressionErrors(expression, `${field}.matchExpressions[${i}]`));
    const operator = Object.hasOwn(selectorOperators, expression.operator)
      ? selectorOperators[expression.operator]
      : undefined;
    if (operator === undefined) return;
    const values = [...new Set(expression.values ?? [])].sort(compare);
    requirements.push({ key: expression.key, operator, values });
  });
  requirements.sort((a, b) => compare(a.key, b.key));
  return { requirements, errors };
}

function expressionErrors(expression: LabelSelectorRequirement, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const count = expression.values?.length ?? 0;
  switch (expression.operator) {
    case 'In':
    case 'NotIn':
      if (count === 0) {
        errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(`${field}.values`, detail));
      }
      break;
    default:
      errors.push(invalid(`${field}.operator`, expression.operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelKey(expression.key).map((p) => invalid(`${field}.key`, expression.key, p)));
  expression.values?.forEach((value, i) => {
    errors.push(...validateLabelValue(value).map((p) => invalid(`${field}.values[${i}]`, value, p)));
  });
  return errors;
}

/** @param field path of the map; errors are about the map, not about its keys, as upstream */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelKey(key).map((problem) => invalid(field, key, problem)),
    ...validateLabelValue(value).map((problem) => invalid(field, value, problem)),
  ]);
}
