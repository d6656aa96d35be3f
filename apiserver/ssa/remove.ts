/** An object without some of its fields (upstream: structured-merge-diff `typed/remove.go`). */
import { isRecord } from '../../api/schema/json-schema.ts';
import type { FieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { deduce, memberShape, type Shape } from './shape.ts';
import { elementOrNothing } from './typed.ts';

/**
 * Pure. Members of atomic values cannot go one by one: with anything below it in the set, all of it goes. A list or
 * map that loses its last member becomes null, which pruning drops.
 */
export function removeFields(value: unknown, fields: FieldSet, shape: Shape): unknown {
  const { kind } = deduce(shape, value);
  if (kind === 'scalar') return value;
  return kind === 'list' ? removeItems(value, fields, shape) : removeMembers(value, fields, shape);
}

function removeItems(value: unknown, fields: FieldSet, { list }: Shape): unknown {
  if (!Array.isArray(value) || list === undefined || list.relation === 'atomic') return null;
  const kept: unknown[] = [];
  for (const item of value as unknown[]) {
    const element = elementOrNothing(item, list);
    if (element === undefined) {
      kept.push(item);
      continue;
    }
    if (fields.members.has(element.text)) continue;
    const below = fields.below(element);
    kept.push(below.isEmpty ? item : removeFields(item, below, list.items));
  }
  return kept.length === 0 ? null : kept;
}

function removeMembers(value: unknown, fields: FieldSet, { map }: Shape): unknown {
  if (!isRecord(value) || map === undefined || map.atomic) return null;
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const element = fieldElement(name);
    if (fields.members.has(element.text)) continue;
    const below = fields.below(element);
    const shape = memberShape(map, name);
    kept.push([name, below.isEmpty || shape === undefined ? member : removeFields(member, below, shape)]);
  }
  return kept.length === 0 ? null : Object.fromEntries(kept);
}
