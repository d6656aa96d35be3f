/**
 * What a schema says about merging a field (upstream: apimachinery `strategicpatch/meta.go`). A field that the
 * schema does not describe merges as upstream's default: objects in parts, lists as a whole.
 */
import { type JsonSchema, propertySchema, valueSchema } from '../../api/schema/json-schema.ts';

/** Stands for whatever lies below a field that is free-form or unknown. */
const undescribed: JsonSchema = {};

export interface MergeMetadata {
  /** Of the field itself; of its items where the field is a list. */
  readonly schema: JsonSchema;
  /** `merge`: lists by their items. `replace`: as a whole, objects too. '': the default. */
  readonly strategy: string;
  /** Which field tells the items of a list apart; '' for lists of scalars. */
  readonly mergeKey: string;
}

export function mergeMetadata(parent: JsonSchema, field: string): MergeMetadata {
  const schema = propertySchema(parent, field) ?? valueSchema(parent) ?? undescribed;
  const strategies = (schema['x-kubernetes-patch-strategy'] ?? '').split(',');
  return {
    schema: schema.type === 'array' ? (schema.items ?? undescribed) : schema,
    // retainKeys is an advice to whoever makes a patch; the patch then says so itself.
    strategy: strategies.find((strategy) => strategy !== 'retainKeys') ?? '',
    mergeKey: schema['x-kubernetes-patch-merge-key'] ?? '',
  };
}
