/** Rules that fields of several kinds share, as functions from a field and its value to what is wrong. */
import { isDeepStrictEqual } from 'node:util';
import { duplicate, type FieldError, invalid } from '../../meta/field-error.ts';
import { fromLabelSelector } from '../../meta/labels.ts';
import {
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
} from '../../meta/names.ts';
import type { LabelSelector } from '../../meta/types.ts';

type TextRule = (value: string) => string[];

/** Warnings about a spec, given when it is new or changes: not at every write of a label or a status. */
export const specWarnings =
  <S>(warningsOf: (spec: S) => string[]) =>
  (object: { spec: S }, old: { spec: S } | undefined): string[] =>
    old !== undefined && isDeepStrictEqual(object.spec, old.spec) ? [] : warningsOf(object.spec);

/** Every problem of a text, as errors of its field; an absent text has none. */
export const textErrors =
  (rule: TextRule) =>
  (field: string, value: string | undefined): FieldError[] =>
    value === undefined ? [] : rule(value).map((problem) => invalid(field, value, problem));

export const validateLabelField = textErrors(validateDns1123Label);
export const validateSubdomainField = textErrors(validateDns1123Subdomain);
export const validateQualifiedNameField = textErrors(validateQualifiedName);
export const validateLabelValueField = textErrors(validateLabelValue);

/** A domain name, with or without the dot of the root. */
export const validateDomainField = textErrors((value) =>
  validateDns1123Subdomain(value.endsWith('.') ? value.slice(0, -1) : value),
);

/** A field that an update may not change (apimachinery `ValidateImmutableField`); for plain values. */
export const validateImmutable = (field: string, value: unknown, old: unknown): FieldError[] =>
  value === old ? [] : [invalid(field, value ?? null, 'field is immutable')];

/** One error for each item that an earlier one equals. */
export const validateDistinct = (field: string, items: readonly string[]): FieldError[] =>
  items.flatMap((item, i) => (items.indexOf(item) < i ? [duplicate(`${field}[${i}]`, item)] : []));

/** metav1.LabelSelector; an absent one is fine. */
export const validateLabelSelector = (field: string, selector: LabelSelector | undefined): FieldError[] =>
  selector === undefined ? [] : fromLabelSelector(selector, field).errors;

export const hasRequirement = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length > 0 || (selector.matchExpressions ?? []).length > 0;

/** Whether an object without labels could not match: something must be there, not only be missing. */
export const hasPositiveRequirement = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length > 0 ||
  (selector.matchExpressions ?? []).some(({ operator }) => operator === 'In' || operator === 'Exists');
