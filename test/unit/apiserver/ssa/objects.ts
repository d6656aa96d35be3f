/** A schema with every way of merging, and requests over it. */
import { Type } from '@sinclair/typebox';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { atomicList, freeForm, integer, mapList, mapOf, text } from '../../../../api/schema/blocks.ts';
import type { JsonSchema } from '../../../../api/schema/json-schema.ts';
import { kindSchema } from '../../../../api/schema/refs.ts';
import { type ApplyResult, applyPatch, withManagedFields } from '../../../../apiserver/ssa/apply.ts';
import { conflictError } from '../../../../apiserver/ssa/conflicts.ts';
import { FieldSet } from '../../../../apiserver/ssa/field-set.ts';
import type { Terms } from '../../../../apiserver/ssa/ownership.ts';
import { fieldElement } from '../../../../apiserver/ssa/path-element.ts';
import { shapeOf } from '../../../../apiserver/ssa/shape.ts';
import { trackUpdate } from '../../../../apiserver/ssa/update.ts';

const port = Type.Object({
  name: text('Name.', { default: '' }),
  protocol: text('Protocol.', { default: 'TCP' }),
  port: Type.Optional(integer('Number.')),
});
const reference = Type.Object(
  { kind: Type.Optional(text('Kind.')), name: Type.Optional(text('Name.')) },
  { description: 'A reference.', 'x-kubernetes-map-type': 'atomic' },
);

export const schema = kindSchema('A thing.', {
  spec: Type.Optional(
    Type.Object({
      replicas: Type.Optional(integer('How many.')),
      mode: Type.Optional(text('How.')),
      options: Type.Optional(mapOf(text('Value.'), 'Options.')),
      ports: Type.Optional(mapList(port, ['name', 'protocol'], 'Ports.')),
      tags: Type.Optional(Type.Array(text('Tag.'), { 'x-kubernetes-list-type': 'set' })),
      order: Type.Optional(atomicList(text('Step.'), 'Steps.')),
      ref: Type.Optional(reference),
      free: Type.Optional(freeForm('Anything.')),
    }),
  ),
  status: Type.Optional(Type.Object({ phase: Type.Optional(text('Phase.')) })),
});

export const apiVersion = 'example.com/v1';
export const now = new Date('2026-01-02T03:04:05.678Z');

export const terms: Terms = {
  shape: shapeOf(schema as JsonSchema),
  apiVersion,
  subresource: '',
  resetFields: FieldSet.of([fieldElement('status')]),
};

export type Thing = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

export const thing = (spec: Record<string, unknown>, metadata: object = {}): Thing => ({
  apiVersion,
  kind: 'Thing',
  metadata: { name: 'a', ...metadata },
  spec,
});

const nothing: Thing = { apiVersion, kind: 'Thing', metadata: {} };

export interface Options {
  readonly force?: boolean;
  readonly at?: Date;
  readonly terms?: Terms;
}

export function attempt(
  live: Thing | undefined,
  manager: string,
  applied: object,
  options: Options = {},
): ApplyResult {
  return applyPatch({
    terms: options.terms ?? terms,
    live: live ?? nothing,
    applied: applied as Record<string, unknown>,
    manager,
    force: options.force ?? false,
    now: options.at ?? now,
  });
}

/** @throws ApiError for conflicts */
export function applied(
  live: Thing | undefined,
  manager: string,
  patch: object,
  options: Options = {},
): Thing {
  const result = attempt(live, manager, patch, options);
  if (result.outcome === 'applied') return stored(result.object);
  if (result.outcome === 'conflict') throw conflictError(result.conflicts);
  throw new Error(JSON.stringify(result.misfits));
}

/** As the registry would keep it. */
const stored = (object: KubeObject): Thing =>
  JSON.parse(JSON.stringify(object), (_, value: unknown) => value ?? undefined) as Thing;

export function updated(live: Thing | undefined, manager: string, next: Thing, options: Options = {}): Thing {
  const request = { terms: options.terms ?? terms, live, next, manager, now: options.at ?? now };
  return stored(withManagedFields(next, trackUpdate(request)));
}
