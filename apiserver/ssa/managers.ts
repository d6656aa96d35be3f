/**
 * metadata.managedFields as managers with their fields
 * (upstream: apimachinery `pkg/util/managedfields/internal/{managedfields,capmanagers,stripmeta}.go`).
 */
import { quoteJson } from '../../api/meta/quote.ts';
import { formatTime, parseTime } from '../../api/meta/time.ts';
import type { ManagedFieldsEntry } from '../../api/meta/types.ts';
import { FieldSet } from './field-set.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';
import { compareTexts, fieldElement } from './path-element.ts';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  /** The version that the field names are of. */
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; undefined for one that changed nothing when it came. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** By identity, see `identityOf`. */
export type Managers = ReadonlyMap<string, Manager>;

/** Update managers that are told apart (upstream: DefaultMaxUpdateManagers); the oldest become one. */
export const MAX_UPDATE_MANAGERS = 10;
const ANCIENT_CHANGES = 'ancient-changes';

/** An applier stays the same when it applies another version; an updater of another version is another. */
export function identityOf({
  name,
  operation,
  apiVersion,
  subresource,
}: Omit<Manager, 'time' | 'fields'>): string {
  return quoteJson({
    ...(name === '' ? {} : { manager: name }),
    operation,
    ...(operation === 'Apply' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });
}

/** @returns undefined for entries that no server writes */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of entries) {
    const manager = decodeManager(entry);
    if (manager === undefined) return undefined;
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

function decodeManager(entry: ManagedFieldsEntry): Manager | undefined {
  const { manager: name = '', operation, apiVersion = '', fieldsType, subresource = '', time } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  const parsed = parseTime(time ?? '');
  if ((time ?? '') !== '' && parsed === undefined) return undefined;
  try {
    return {
      name,
      operation,
      apiVersion,
      subresource,
      time: parsed === undefined ? undefined : formatTime(parsed),
      fields: entry.fieldsV1 === undefined ? new FieldSet() : decodeFields(entry.fieldsV1),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @returns undefined when there is none: then the object has no managedFields at all */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].toSorted(compareManagers).map((manager) => ({
    ...(manager.name === '' ? {} : { manager: manager.name }),
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(manager.fields),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  }));
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.name, b.name) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

const secondsOf = ({ time }: Manager): number =>
  time === undefined ? 0 : Math.floor((parseTime(time)?.getTime() ?? 0) / 1000);

/** Too many updaters: the oldest of each version are joined until there are few enough. */
export function capped(all: Managers): Managers {
  const managers = new Map(all);
  const updaters = [...all].filter(([, { operation }]) => operation === 'Update');
  let excess = updaters.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return all;
  updaters.sort(([a, left], [b, right]) => secondsOf(left) - secondsOf(right) || compareTexts(a, b));
  const firsts = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (excess <= 0) break;
    const { apiVersion } = manager;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, id);
      continue;
    }
    const bucket = { name: ANCIENT_CHANGES, operation: 'Update', apiVersion, subresource: '' } as const;
    const bucketId = identityOf(bucket);
    const joined = managers.get(bucketId) ?? managers.get(first);
    if (!managers.has(bucketId)) managers.delete(first);
    managers.delete(id);
    const fields = manager.fields.union(joined?.fields ?? new FieldSet());
    // The newest of what was joined.
    managers.set(bucketId, { ...bucket, time: manager.time, fields });
    excess -= 1;
  }
  return managers;
}

const metadata = fieldElement('metadata');

/** What the system sets or what names the object: nobody owns it. */
export const neverTracked: FieldSet = FieldSet.of(
  [fieldElement('apiVersion')],
  [fieldElement('kind')],
  [metadata],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => [metadata, fieldElement(name)]),
);
