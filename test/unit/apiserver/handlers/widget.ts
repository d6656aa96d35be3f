/** A small kind with everything the engine has to care about, and a cluster-scoped one. */
import { Type } from '@sinclair/typebox';
import { allVerbs, type Kind } from '../../../../api/kind.ts';
import { invalid } from '../../../../api/meta/field-error.ts';
import { validateDns1123Subdomain } from '../../../../api/meta/names.ts';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { kindSchema } from '../../../../api/schema/refs.ts';

export interface Widget extends KubeObject {
  spec: { mode: string; size?: number; color?: string; tags?: string[] };
  status?: { phase?: string };
}

const schema = kindSchema('A widget.', {
  spec: Type.Object({
    mode: Type.String({ default: 'Auto', enum: ['Auto', 'Manual'] }),
    size: Type.Optional(Type.Integer({ minimum: 0 })),
    color: Type.Optional(Type.String()),
    tags: Type.Optional(Type.Array(Type.String())),
  }),
  status: Type.Optional(Type.Object({ phase: Type.Optional(Type.String()) })),
});

export const widgetKind = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  shortNames: ['w'],
  categories: [],
  namespaced: true,
  statusSubresource: true,
  statusOnCreate: false,
  verbs: allVerbs,
  schema,
  strategy: {
    validateName: validateDns1123Subdomain,
    validate: ({ spec }: Widget) => (spec.size === 13 ? [invalid('spec.size', 13, 'brings bad luck')] : []),
    validateUpdate: ({ spec }: Widget, old: Widget) =>
      spec.mode === old.spec.mode ? [] : [invalid('spec.mode', spec.mode, 'field is immutable')],
    warnings: ({ spec }: Widget) => (spec.color === 'beige' ? ['spec.color: beige is deprecated'] : []),
  },
  fieldSelectors: { 'spec.color': ({ spec }: Widget) => spec.color },
  table: {
    columns: [
      { name: 'Name', type: 'string', format: 'name', description: 'Name.', priority: 0 },
      { name: 'Color', type: 'string', format: '', description: 'Color.', priority: 0 },
      { name: 'Siblings', type: 'integer', format: '', description: 'Widgets beside it.', priority: 1 },
    ],
    rows:
      (context: { list(plural: string, namespace: string | undefined): readonly KubeObject[] }) =>
      (w: Widget) => [
        w.metadata.name ?? '',
        w.spec.color ?? '<none>',
        context.list('widgets', w.metadata.namespace).length - 1,
      ],
  },
} as const satisfies Kind<Widget>;

export const gadgetKind: Kind = {
  ...(widgetKind as unknown as Kind),
  kind: 'Gadget',
  plural: 'gadgets',
  singular: 'gadget',
  shortNames: [],
  namespaced: false,
  statusSubresource: false,
};
