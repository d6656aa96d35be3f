/** Columns and cells that tables of several kinds share, in the words of kubectl. */
import type { TableColumn } from '../../kind.ts';
import { age } from '../../meta/duration.ts';
import type { Condition, KubeObject } from '../../meta/types.ts';

/** Shown where there is nothing. */
export const NONE = '<none>';

/** As kubectl: more would break the line of every terminal. */
const MAX_SHOWN = 3;

type ColumnType = TableColumn['type'];

/** A column that is always shown. */
export const column = (name: string, description: string, type: ColumnType = 'string'): TableColumn => ({
  name,
  type,
  format: '',
  description,
  priority: 0,
});

/** A column of `-o wide`. */
export const wideColumn = (name: string, description: string, type: ColumnType = 'string'): TableColumn => ({
  ...column(name, description, type),
  priority: 1,
});

export const nameColumn: TableColumn = { ...column('Name', 'Name of the object.'), format: 'name' };
export const ageColumn: TableColumn = column('Age', 'Time since the object was created.');

export const nameCell = (object: KubeObject): string => object.metadata.name ?? '';
export const ageCell = (object: KubeObject, now: Date): string => age(object.metadata.creationTimestamp, now);

export const textCell = (text: string | undefined): string =>
  text === undefined || text === '' ? NONE : text;

/** Items with commas between; the first few, and how many more there are. */
export function listCell(items: readonly string[]): string {
  if (items.length === 0) return NONE;
  const shown = items.slice(0, MAX_SHOWN).join(',');
  return items.length > MAX_SHOWN ? `${shown} + ${items.length - MAX_SHOWN} more...` : shown;
}

/** The status of a condition; `Unknown` until somebody has set it. */
export const conditionCell = (conditions: readonly Condition[] | undefined, type: string): string =>
  conditions?.find((condition) => condition.type === type)?.status ?? 'Unknown';
