/** The kind ServiceMirror, as the engine sees it. */
import { allVerbs, type Kind } from '../../../kind.ts';
import { CATEGORY, GROUP, VERSION } from '../group.ts';
import { type ServiceMirror, serviceMirrorSchema } from './schema.ts';
import { serviceMirrorStrategy } from './strategy.ts';
import { serviceMirrorTable } from './table.ts';

export const serviceMirrorKind: Kind<ServiceMirror> = {
  group: GROUP,
  version: VERSION,
  kind: 'ServiceMirror',
  plural: 'servicemirrors',
  singular: 'servicemirror',
  shortNames: ['sm'],
  categories: [CATEGORY],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: false,
  verbs: allVerbs,
  schema: serviceMirrorSchema,
  strategy: serviceMirrorStrategy,
  fieldSelectors: {},
  table: serviceMirrorTable,
};
