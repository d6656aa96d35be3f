/** metadata.managedFields of every write that goes through the registry: the rules are `ssa/`'s. */
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../api/meta/types.ts';
import type { JsonSchema } from '../../api/schema/json-schema.ts';
import { FieldSet } from '../ssa/field-set.ts';
import type { Terms } from '../ssa/ownership.ts';
import { fieldElement } from '../ssa/path-element.ts';
import { shapeOf } from '../ssa/shape.ts';
import { trackUpdate } from '../ssa/update.ts';
import type { StoredScope } from './dependencies.ts';
import type { WriteOptions } from './rest.ts';

const nothing = new FieldSet();
const status = FieldSet.of([fieldElement('status')]);
/** As custom resources: `/status` writes neither. */
const allButStatus = FieldSet.of([fieldElement('metadata')], [fieldElement('spec')]);

/** What the fields of a write to an endpoint of a kind are measured by. */
export function termsOf(kind: Kind, subresource: '' | 'status', isCreate: boolean): Terms {
  const isolated = kind.statusSubresource && !(isCreate && kind.statusOnCreate);
  return {
    shape: shapeOf(kind.schema as JsonSchema),
    apiVersion: apiVersionOf(kind),
    subresource,
    resetFields: subresource === 'status' ? allButStatus : isolated ? status : nothing,
  };
}

/**
 * Sets who owns what of `object`: defaulted, but without what admission and the strategy add, which is nobody's.
 * @param given what the request says: of an apply the outcome, else what a client wants to edit
 */
export function setOwners(
  { kind, clock }: Pick<StoredScope, 'kind' | 'clock'>,
  object: KubeObject,
  current: KubeObject | undefined,
  given: ManagedFieldsEntry[] | undefined,
  options: WriteOptions & { readonly subresource: '' | 'status' },
): void {
  const owners = options.isApplied === true ? given : track();
  delete object.metadata.managedFields;
  if (owners !== undefined) object.metadata.managedFields = owners;

  function track(): ManagedFieldsEntry[] | undefined {
    const managedFields = given === undefined ? {} : { managedFields: given };
    return trackUpdate({
      terms: termsOf(kind, options.subresource, current === undefined),
      live: current,
      next: { ...object, metadata: { ...object.metadata, ...managedFields } },
      manager: options.fieldManager,
      now: new Date(clock.now()),
    });
  }
}
