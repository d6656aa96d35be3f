/**
 * Who owns which fields after a change (upstream: structured-merge-diff `merge/update.go`).
 *
 * All versions but the served one are gone: a manager whose fields are named in another one is forgotten.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/meta/types.ts';
import { type Comparison, compare, comparisonWithout } from './compare.ts';
import type { Conflict } from './conflicts.ts';
import { FieldSet } from './field-set.ts';
import { identityOf, type Manager, type Managers } from './managers.ts';
import { merge } from './merge.ts';
import { removeFields } from './remove.ts';
import { reconciled, withNamedFields } from './schema-change.ts';
import type { Shape } from './shape.ts';
import { fieldsIn } from './typed.ts';

/** What a request is measured by: the same for all requests to one endpoint of one kind. */
export interface Terms {
  readonly shape: Shape;
  readonly apiVersion: string;
  readonly subresource: '' | 'status';
  /** Fields that the endpoint does not write, whatever a request says. */
  readonly resetFields: FieldSet;
}

export interface Applied {
  /** Undefined: the object stays as it is. */
  readonly object: unknown;
  readonly managers: Managers;
}

/** @returns the conflicts, if there are any and it is not forced */
export function applyOver(
  terms: Terms,
  live: unknown,
  applied: unknown,
  before: Managers,
  name: string,
  force: boolean,
): Applied | readonly Conflict[] {
  const { shape, apiVersion, subresource, resetFields } = terms;
  const managers = new Map(ofServedVersion(terms, before));
  const identity = { name, operation: 'Apply', apiVersion, subresource } as const;
  const id = identityOf(identity);
  const last = managers.get(id);
  const fields = fieldsIn(applied, shape).without(resetFields);
  managers.set(id, { ...identity, time: last?.time, fields });
  const merged = merge(live, applied, shape);
  const object = last === undefined ? merged : withoutLeftOut(merged, last.fields, managers, shape);
  const comparison = comparisonWithout(compare(live, object, shape), resetFields);
  const conflicts = conflictsWith(managers, id, comparison);
  if (conflicts.length > 0 && !force) return conflicts;
  const isSame = isDeepStrictEqual(live, object);
  return { object: isSame ? undefined : object, managers: takenFromOthers(managers, id, comparison) };
}

/** The others after a change, and what whoever changed it owns from now on, beside what it had. */
export function updateOwners(
  terms: Terms,
  live: KubeObject,
  next: KubeObject,
  before: Managers,
): { readonly managers: Managers; readonly taken: FieldSet } {
  const managers = ofServedVersion(terms, before);
  const comparison = comparisonWithout(compare(live, next, terms.shape), terms.resetFields);
  const taken = comparison.modified.union(comparison.added);
  return { managers: takenFromOthers(managers, undefined, comparison), taken };
}

function ofServedVersion({ shape, apiVersion }: Terms, managers: Managers): Managers {
  return new Map(
    [...managers]
      .filter(([, manager]) => manager.apiVersion === apiVersion)
      .map(([id, manager]): [string, Manager] => [
        id,
        { ...manager, fields: reconciled(manager.fields, shape) },
      ]),
  );
}

function conflictsWith(managers: Managers, self: string, { added, modified }: Comparison): Conflict[] {
  const changed = modified.union(added);
  return [...managers].flatMap(([id, owner]) =>
    id === self ? [] : [...owner.fields.intersection(changed).paths()].map((path) => ({ id, owner, path })),
  );
}

/** Everybody but `self` loses what changed; who has nothing left is gone. */
function takenFromOthers(
  managers: Managers,
  self: string | undefined,
  { added, modified, removed }: Comparison,
): Managers {
  const lost = modified.union(added).union(removed);
  const result = new Map<string, Manager>();
  for (const [id, manager] of managers) {
    const fields = id === self ? manager.fields : manager.fields.difference(lost);
    if (!fields.isEmpty) result.set(id, { ...manager, fields });
  }
  return result;
}

/**
 * Takes away what this manager applied last time, not this time, and nobody else owns:
 *
 *     merged ── minus last ──► pruned ── plus what managers own ──► only what `last` held is really gone
 */
function withoutLeftOut(merged: unknown, last: FieldSet, managers: Managers, shape: Shape): unknown {
  if (last.isEmpty) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, shape);
  const all = named(fieldsIn(merged, shape));
  const owned = [...managers.values()].reduce((sum, { fields }) => sum.union(fields), new FieldSet());
  const pruned = removeFields(merged, named(last), shape);
  const restored = removeFields(
    merged,
    all.difference(named(fieldsIn(pruned, shape)).union(named(owned))),
    shape,
  );
  // What neither this manager nor anybody else owned must not go with its parent.
  const gone = all.difference(named(fieldsIn(restored, shape))).intersection(named(last));
  return removeFields(merged, gone, shape);
}
