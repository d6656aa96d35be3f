/** The kind ServiceGroup, as the engine sees it. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type ServiceGroup, serviceGroupSchema } from './schema.ts';
import { serviceGroupStrategy } from './strategy.ts';
import { serviceGroupTable } from './table.ts';

export const serviceGroupKind: Kind<ServiceGroup> = {
  group: GROUP,
  version: VERSION,
  kind: 'ServiceGroup',
  plural: 'servicegroups',
  singular: 'servicegroup',
  shortNames: ['sg'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: false,
  verbs: allVerbs,
  schema: serviceGroupSchema,
  strategy: serviceGroupStrategy,
  fieldSelectors: {},
  table: serviceGroupTable,
};
