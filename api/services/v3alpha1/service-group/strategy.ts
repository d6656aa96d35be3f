/** What the schema of a ServiceGroup cannot say. */
import type { Strategy } from '../../../kind.ts';
import { type FieldError, invalid } from '../../../meta/field-error.ts';
import { validateDns1123Label } from '../../../meta/names.ts';
import { formatTime } from '../../../meta/time.ts';
import type { LabelSelector } from '../../../meta/types.ts';
import { setTransitionTimes, validateConditions } from '../condition-rules.ts';
import {
  hasPositiveRequirement,
  hasRequirement,
  specWarnings,
  validateDistinct,
  validateLabelSelector,
  validateQualifiedNameField,
  validateSubdomainField,
} from '../field-rules.ts';
import type { ServiceGroup, ServiceGroupSpec } from './schema.ts';

export const serviceGroupStrategy: Strategy<ServiceGroup> = {
  validateName: validateDns1123Label,

  prepareForStatusUpdate: (group, old, now) => setTransitionTimes(group, old, formatTime(now)),

  validate: ({ spec, ...group }) => [
    ...validateSelector('spec.selector', spec.selector),
    ...validateSubdomainField('spec.network', spec.network),
    ...validateDistinct('spec.addressFamilies', spec.addressFamilies ?? []),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      validateQualifiedNameField(`spec.readinessGates[${i}].conditionType`, conditionType),
    ),
    ...validateConditions(group),
  ],

  warnings: specWarnings(matchesTheUnlabelled),
};

/** An empty selector would be everything to LabelSelector and nothing to a v1 Service: nobody may guess. */
function validateSelector(field: string, selector: LabelSelector | undefined): FieldError[] {
  if (selector !== undefined && !hasRequirement(selector)) {
    return [invalid(field, selector, 'must have at least one requirement')];
  }
  return validateLabelSelector(field, selector);
}

/** Such a selector is legal, and seldom meant. */
function matchesTheUnlabelled({ selector }: ServiceGroupSpec): string[] {
  if (selector === undefined || hasPositiveRequirement(selector)) return [];
  return [
    'spec.selector: no requirement asks for a label to be there, so every Endpoint of the namespace without the excluded labels belongs to the group; add a matchLabels entry, or an In or Exists expression',
  ];
}
