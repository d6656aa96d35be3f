/** The kind EndpointSubset, as the engine sees it: computed on request, so only read. */
import type { Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type EndpointSubset, endpointSubsetSchema } from './schema.ts';
import { endpointSubsetStrategy } from './strategy.ts';
import { endpointSubsetTable } from './table.ts';

export const endpointSubsetKind: Kind<EndpointSubset> = {
  group: GROUP,
  version: VERSION,
  kind: 'EndpointSubset',
  plural: 'endpointsubsets',
  singular: 'endpointsubset',
  shortNames: ['eps'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: false,
  statusOnCreate: false,
  verbs: ['get', 'list', 'watch'],
  schema: endpointSubsetSchema,
  strategy: endpointSubsetStrategy,
  fieldSelectors: {
    'spec.groupRef.name': ({ spec }) => spec.groupRef.name,
    'spec.client.nodeName': ({ spec }) => spec.client.nodeName,
    'spec.client.zone': ({ spec }) => spec.client.zone,
    'spec.client.namespace': ({ spec }) => spec.client.namespace,
    'spec.client.podName': ({ spec }) => spec.client.podName,
  },
  table: endpointSubsetTable,
};
