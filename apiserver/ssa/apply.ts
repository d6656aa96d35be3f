/**
 * Server-side apply as a pure function (upstream: apimachinery `pkg/util/managedfields/internal/fieldmanager.go` and
 * the managers that it stacks).
 */
import { formatTime } from '../../api/meta/time.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../api/meta/types.ts';
import { isRecord } from '../../api/schema/json-schema.ts';
import type { Conflict } from './conflicts.ts';
import { appliedByClient, KUBECTL, lastAppliedOf, withLastApplied } from './last-applied.ts';
import { decodeManagers, encodeManagers, identityOf, type Managers, neverTracked } from './managers.ts';
import { type Applied, applyOver, type Terms } from './ownership.ts';
import { type Misfit, misfits } from './typed.ts';
import { tracked, withoutManagedFields } from './update.ts';

export interface ApplyRequest {
  readonly terms: Terms;
  /** As stored; only apiVersion, kind and metadata where there is none yet. */
  readonly live: KubeObject;
  /** The configuration: apiVersion and kind are the kind's, it has no managedFields. */
  readonly applied: Readonly<Record<string, unknown>>;
  readonly manager: string;
  /** Takes fields from their owners. */
  readonly force: boolean;
  readonly now: Date;
}

export type ApplyResult =
  | {
      readonly outcome: 'applied';
      /** With managedFields; parts are shared with the inputs, and what was removed may be null. */
      readonly object: KubeObject;
    }
  | { readonly outcome: 'conflict'; readonly conflicts: readonly Conflict[] }
  /** The configuration does not fit the schema. */
  | { readonly outcome: 'misfit'; readonly misfits: readonly Misfit[] };

const BEFORE_FIRST_APPLY = 'before-first-apply';

export function applyPatch(request: ApplyRequest): ApplyResult {
  const { terms, applied, manager, now } = request;
  const wrong = misfits(applied, terms.shape);
  if (wrong.length > 0) return { outcome: 'misfit', misfits: wrong };
  const live = withoutManagedFields(request.live);
  const managers = managersBefore(request, live);
  const result = applyAs(request, live, managers);
  if (!('managers' in result)) return { outcome: 'conflict', conflicts: result };
  const id = identityOf({
    name: manager,
    operation: 'Apply',
    apiVersion: terms.apiVersion,
    subresource: terms.subresource,
  });
  const after = new Map(result.managers);
  const own = after.get(id);
  if (own !== undefined) {
    const fields = own.fields.difference(neverTracked);
    const time = result.object === undefined ? own.time : formatTime(now);
    if (fields.isEmpty) after.delete(id);
    else after.set(id, { ...own, fields, time });
  }
  let object = (result.object ?? live) as KubeObject & Record<string, unknown>;
  if (manager === KUBECTL && lastAppliedOf(object) !== '') {
    object = withLastApplied(object, applied) as typeof object;
  }
  return { outcome: 'applied', object: withManagedFields(object, encodeManagers(after)) };
}

/** An object that nobody owned anything of: what it has is its own history's. */
function managersBefore({ terms, live: stored, now }: ApplyRequest, live: KubeObject): Managers {
  const known = decodeManagers(stored.metadata.managedFields ?? []) ?? new Map();
  if (known.size > 0) return known;
  const { apiVersion, kind } = live;
  const nothing = { apiVersion, kind } as KubeObject;
  return tracked(terms, nothing, live, known, BEFORE_FIRST_APPLY, now);
}

function applyAs(
  { terms, applied, manager, force }: ApplyRequest,
  live: KubeObject,
  managers: Managers,
): Applied | readonly Conflict[] {
  const result = applyOver(terms, live, applied, managers, manager, force);
  if ('managers' in result || manager !== KUBECTL) return result;
  const allowed = appliedByClient(terms, live);
  if (allowed === undefined) return result;
  const rest = result.filter(({ path }) => !allowed.has(path));
  return rest.length > 0 ? rest : applyOver(terms, live, applied, managers, manager, true);
}

export function withManagedFields(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  const metadata: Record<string, unknown> = isRecord(object.metadata) ? { ...object.metadata } : {};
  delete metadata.managedFields;
  return {
    ...object,
    metadata: { ...metadata, ...(entries === undefined ? {} : { managedFields: entries }) },
  };
}
