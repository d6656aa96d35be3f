/**
 * Field sets against the schema of today (upstream: structured-merge-diff `typed/reconcile_schema.go`,
 * `fieldpath/set.go`).
 */
import { FieldSet } from './field-set.ts';
import type { PathElement } from './path-element.ts';
import { memberShape, type Shape } from './shape.ts';

/** What owned parts of something that is atomic by now owns all of it. */
export function reconciled(set: FieldSet, shape: Shape): FieldSet {
  const result = new FieldSet(set.members);
  for (const [text, { element, set: below }] of set.children) {
    const child = childShape(shape, element);
    if (child === undefined || isOpen(child)) result.children.set(text, { element, set: below });
    else if (isAtomic(child)) result.members.set(text, element);
    else result.children.set(text, { element, set: reconciled(below, child) });
  }
  return result;
}

const isOpen = ({ map, scalar }: Shape): boolean => map !== undefined && scalar !== undefined;

const isAtomic = ({ map, list }: Shape): boolean => map?.atomic ?? list?.relation === 'atomic';

function childShape({ map, list }: Shape, element: PathElement): Shape | undefined {
  if (map !== undefined) return element.type === 'field' ? memberShape(map, element.name) : map.values;
  return list?.items;
}

/**
 * With the declared fields that lead to members: nobody owns `.spec`, but whoever owns all that is in it decides
 * about it too. Keys of maps and items of lists are members of their own already.
 */
export function withNamedFields(set: FieldSet, shape: Shape | undefined): FieldSet {
  const result = new FieldSet(set.members);
  for (const [text, { element, set: below }] of set.children) {
    const isDeclared = element.type === 'field' && shape?.map?.fields.has(element.name) === true;
    if (isDeclared) result.members.set(text, element);
    result.children.set(text, { element, set: withNamedFields(below, namedChildShape(shape, element)) });
  }
  return result;
}

function namedChildShape(shape: Shape | undefined, element: PathElement): Shape | undefined {
  if (element.type === 'field')
    return shape?.map === undefined ? undefined : memberShape(shape.map, element.name);
  return element.type === 'key' ? shape?.list?.items : undefined;
}
