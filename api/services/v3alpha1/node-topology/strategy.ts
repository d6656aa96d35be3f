/** What the schema of a NodeTopology cannot say: its map holds labels. */
import type { Strategy } from '../../../kind.ts';
import { validateDns1123Subdomain } from '../../../meta/names.ts';
import { validateLabelValueField, validateQualifiedNameField } from '../field-rules.ts';
import type { NodeTopology } from './schema.ts';

export const nodeTopologyStrategy: Strategy<NodeTopology> = {
  validateName: validateDns1123Subdomain,

  validate: ({ spec }) =>
    Object.entries(spec.topology).flatMap(([key, value]) => [
      ...validateQualifiedNameField('spec.topology', key),
      ...validateLabelValueField(`spec.topology[${key}]`, value),
    ]),
};
