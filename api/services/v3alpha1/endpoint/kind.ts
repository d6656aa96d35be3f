/** The kind Endpoint, as the engine sees it: with the status of a create kept, so that one write makes a complete one. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type Endpoint, endpointSchema } from './schema.ts';
import { endpointStrategy } from './strategy.ts';
import { endpointTable } from './table.ts';

export const endpointKind: Kind<Endpoint> = {
  group: GROUP,
  version: VERSION,
  kind: 'Endpoint',
  plural: 'endpoints',
  singular: 'endpoint',
  shortNames: ['ept'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: true,
  verbs: allVerbs,
  schema: endpointSchema,
  strategy: endpointStrategy,
  fieldSelectors: {
    'spec.nodeName': ({ spec }) => spec.nodeName,
    'spec.zone': ({ spec }) => spec.zone,
    'spec.targetRef.name': ({ spec }) => spec.targetRef?.name,
    'spec.targetRef.uid': ({ spec }) => spec.targetRef?.uid,
    'spec.ip': ({ spec }) => (spec.addresses ?? []).map(({ ip }) => ip),
  },
  table: endpointTable,
};
