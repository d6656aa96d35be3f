/**
 * The stand-in for CustomResourceDefinition: there are none, and none can be made. kubectl lists them before it says
 * that a manifest's kind does not exist (cli-runtime `pkg/resource/crd_finder.go`), and says so only if it can.
 */
import { Type } from '@sinclair/typebox';
import { freeForm } from '../schema/blocks.ts';
import { kindSchema } from '../schema/refs.ts';
import { coreKind } from './define.ts';

export const customResourceDefinitionKind = coreKind({
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  namespaced: false,
  verbs: ['get', 'list', 'watch'],
  schema: kindSchema('CustomResourceDefinition adds a kind to a cluster. Here are none.', {
    spec: Type.Optional(freeForm('The kind and its versions.')),
  }),
  columns: [],
});
