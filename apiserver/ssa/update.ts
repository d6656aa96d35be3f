/**
 * Who owns what after a create, a PUT or a patch that is not an apply
 * (upstream: apimachinery `pkg/util/managedfields/internal/{fieldmanager,managedfieldsupdater,skipnonapplied}.go`).
 */
import { formatTime } from '../../api/meta/time.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../api/meta/types.ts';
import { FieldSet } from './field-set.ts';
import {
  capped,
  decodeManagers,
  encodeManagers,
  identityOf,
  type Managers,
  neverTracked,
} from './managers.ts';
import { type Terms, updateOwners } from './ownership.ts';

export interface UpdateRequest {
  readonly terms: Terms;
  /** As stored; undefined: the object is being created. */
  readonly live: KubeObject | undefined;
  /** As asked for: defaulted, its managedFields being the client's. */
  readonly next: KubeObject;
  /** '' is unknown. */
  readonly manager: string;
  readonly now: Date;
}

/** @returns the object's managedFields; undefined: none */
export function trackUpdate({
  terms,
  live,
  next,
  manager,
  now,
}: UpdateRequest): ManagedFieldsEntry[] | undefined {
  const managers = managersBefore(terms, live, next);
  // An object that nobody tracked since it was created is not tracked before somebody applies it.
  if (managers.size === 0 && live !== undefined) return undefined;
  const { apiVersion, kind } = next;
  const before = live === undefined ? ({ apiVersion, kind } as KubeObject) : withoutManagedFields(live);
  return encodeManagers(tracked(terms, before, withoutManagedFields(next), managers, manager, now));
}

/** A client may edit managedFields through the main endpoint; one that does not know them leaves them out. */
function managersBefore({ subresource }: Terms, live: KubeObject | undefined, next: KubeObject): Managers {
  const stored = (): Managers => decodeManagers(live?.metadata.managedFields ?? []) ?? new Map();
  if (subresource !== '') return stored();
  const given = next.metadata.managedFields;
  if (given !== undefined && isReset(given)) return new Map();
  const managers = decodeManagers(given ?? []);
  return managers === undefined || managers.size === 0 ? stored() : managers;
}

/** `[]` and `[{}]`: forget everything. */
export function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  const [first] = entries;
  return first === undefined || (entries.length === 1 && Object.keys(first).length === 0);
}

/** The managers when `manager` has made `next` of `live`. */
export function tracked(
  terms: Terms,
  live: KubeObject,
  next: KubeObject,
  before: Managers,
  manager: string,
  now: Date,
): Managers {
  const { managers: others, taken } = updateOwners(terms, live, next, before);
  const managers = new Map(others);
  const fields = taken.difference(neverTracked);
  if (!fields.isEmpty) {
    const name = manager === '' ? 'unknown' : manager;
    const identity = { name, operation: 'Update', ...identityTerms(terms) } as const;
    const id = identityOf(identity);
    const earlier = managers.get(id)?.fields ?? new FieldSet();
    managers.set(id, { ...identity, time: formatTime(now), fields: fields.union(earlier) });
  }
  return capped(managers);
}

const identityTerms = ({ apiVersion, subresource }: Terms) => ({ apiVersion, subresource });

export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
