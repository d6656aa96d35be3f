/** What the schema of a TopologyPolicy cannot say: which groups it may name together. */
import type { Strategy } from '../../../kind.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../meta/field-error.ts';
import { validateDns1123Subdomain } from '../../../meta/names.ts';
import { formatTime } from '../../../meta/time.ts';
import { setTransitionTimes, validateConditions } from '../condition-rules.ts';
import {
  specWarnings,
  validateLabelField,
  validateLabelSelector,
  validateQualifiedNameField,
} from '../field-rules.ts';
import type { TopologyPolicy, TopologyPolicySpec } from './schema.ts';
import { groupNamespace, groupSide, policySide } from './side.ts';

export const topologyPolicyStrategy: Strategy<TopologyPolicy> = {
  validateName: validateDns1123Subdomain,

  prepareForStatusUpdate: (policy, old, now) => setTransitionTimes(policy, old, formatTime(now)),

  validate: ({ metadata, spec, ...policy }) => [
    ...validateGroups(spec, metadata.namespace ?? ''),
    ...validateLabelSelector('spec.groupSelector', spec.groupSelector),
    ...validateLabelSelector('spec.clientSelector', spec.clientSelector),
    ...(spec.tiers ?? []).flatMap(({ topologyKey }, i) =>
      validateQualifiedNameField(`spec.tiers[${i}].topologyKey`, topologyKey),
    ),
    ...validateConditions(policy),
  ],

  warnings: specWarnings(unreachableTiers),
};

function validateGroups(spec: TopologyPolicySpec, namespace: string): FieldError[] {
  const { groups, groupSelector } = spec;
  if (groups === undefined) return [];
  if (groups.length === 0) {
    return [
      required('spec.groups', 'must name at least one group; leave it out for every group of the namespace'),
    ];
  }
  const names = groups.map((group) => `${groupNamespace(group, namespace)}/${group.name}`);
  return [
    ...(groupSelector === undefined
      ? []
      : [forbidden('spec.groupSelector', 'may not be set together with spec.groups')]),
    ...groups.flatMap((group, i) => [
      ...validateLabelField(`spec.groups[${i}].name`, group.name),
      ...validateLabelField(`spec.groups[${i}].namespace`, group.namespace),
      ...(names.indexOf(names[i] ?? '') < i ? [duplicate(`spec.groups[${i}]`, names[i])] : []),
    ]),
    ...validateSides(spec, namespace),
  ];
}

function validateSides(spec: TopologyPolicySpec, namespace: string): FieldError[] {
  const groups = spec.groups ?? [];
  const [first] = groups;
  if (first === undefined || policySide(spec, namespace) !== undefined) return [];
  const side = groupSide(first, namespace);
  const odd = groups.findIndex((group) => groupSide(group, namespace) !== side);
  const group = groups[odd] ?? first;
  return [
    invalid(
      `spec.groups[${odd}].namespace`,
      groupNamespace(group, namespace),
      `must be on the side of spec.groups[0]: either every group is in the policy's namespace ${JSON.stringify(namespace)} (producer) or none is (consumer); use two policies`,
    ),
  ];
}

/** A tier that an earlier one of the same key outdoes in every case. */
function unreachableTiers({ tiers = [] }: TopologyPolicySpec): string[] {
  return tiers.flatMap((tier, i) => {
    const earlier = tiers.findIndex(
      (t) => t.topologyKey === tier.topologyKey && t.minEndpoints <= tier.minEndpoints,
    );
    return earlier < i
      ? [
          `spec.tiers[${i}]: is never used, since spec.tiers[${earlier}] has the same topologyKey and needs no more endpoints`,
        ]
      : [];
  });
}
