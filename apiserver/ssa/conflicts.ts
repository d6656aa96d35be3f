/** Fields that an apply would take from others (upstream: apimachinery `managedfields/internal/conflict.go`). */
import { ApiError } from '../../api/meta/api-error.ts';
import { quote } from '../../api/meta/quote.ts';
import type { Manager } from './managers.ts';
import { compareTexts, type Path, showPath } from './path-element.ts';

export interface Conflict {
  /** The owner's identity, see `identityOf`: owners are listed in its order. */
  readonly id: string;
  readonly owner: Manager;
  readonly path: Path;
}

/** 409 with one cause a field; about no object, as upstream. */
export function conflictError(unsorted: readonly Conflict[]): ApiError {
  const conflicts = unsorted.toSorted((a, b) => compareTexts(a.id, b.id));
  const causes = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${showManager(owner)}`,
    field: showPath(path),
  }));
  return new ApiError('Conflict', conflictMessage(conflicts), { causes });
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (only !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${showManager(only.owner)}: ${showPath(only.path)}`;
  }
  const lines: string[] = [];
  let last = '';
  for (const { id, owner, path } of conflicts) {
    if (id !== last) lines.push(`conflicts with ${showManager(owner)}:`);
    last = id;
    lines.push(`- ${showPath(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** Appliers by name alone; of updaters the version says what their field names mean. */
function showManager({ name, operation, apiVersion, subresource }: Manager): string {
  const where = subresource === '' ? '' : ` with subresource ${quote(subresource)}`;
  const version = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${quote(name)}${where}${version}`;
}
