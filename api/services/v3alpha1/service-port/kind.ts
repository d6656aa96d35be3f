/** The kind ServicePort, as the engine sees it. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type ServicePort, servicePortSchema } from './schema.ts';
import { servicePortStrategy } from './strategy.ts';
import { servicePortTable } from './table.ts';

export const servicePortKind: Kind<ServicePort> = {
  group: GROUP,
  version: VERSION,
  kind: 'ServicePort',
  plural: 'serviceports',
  singular: 'serviceport',
  shortNames: ['sp'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: false,
  verbs: allVerbs,
  schema: servicePortSchema,
  strategy: servicePortStrategy,
  fieldSelectors: {},
  table: servicePortTable,
};
