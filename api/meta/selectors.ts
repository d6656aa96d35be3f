/**
 * Label and field selectors, parsed once into values that are matched many times.
 * Grammar and messages: apimachinery `pkg/labels/selector.go`, `pkg/fields/selector.go`.
 */

export type LabelOperator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!exists' | '>' | '<';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Requirements are ANDed; an empty list matches everything. */
export type LabelRequirements = readonly LabelRequirement[];
export type FieldRequirements = readonly FieldRequirement[];
