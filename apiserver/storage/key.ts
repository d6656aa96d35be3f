/**
 * Storage keys: `<prefix>/<group or core>/<plural>/[<namespace>/]<name>`. A list's scope is a key prefix that
 * ends in '/', so that namespace "a" never finds what is in "ab".
 */
import type { StorageKey } from './storage.ts';

/** How the API group '' is spelt in a key. */
export const CORE_GROUP_SEGMENT = 'core';

export interface KeyParts {
  /** '' for the core group. */
  readonly group: string;
  readonly plural: string;
  /** '' for cluster scope. */
  readonly namespace: string;
  readonly name: string;
}

/** `<prefix>/<group or core>/<plural>/`: every object of a resource. `prefix` has no '/' at its end. */
export function resourcePrefix(prefix: string, group: string, plural: string): string {
  return `${prefix}/${segment(group === '' ? CORE_GROUP_SEGMENT : group)}/${segment(plural)}/`;
}

/** The scope of one namespace below a resource prefix. */
export function namespacePrefix(resource: string, namespace: string): string {
  return `${resource}${segment(namespace)}/`;
}

/** The key of one object below a resource prefix; namespace '' for cluster scope. */
export function objectKey(resource: string, namespace: string, name: string): StorageKey {
  const scope = namespace === '' ? resource : namespacePrefix(resource, namespace);
  return (scope + segment(name)) as StorageKey;
}

/** The parts of a key under `prefix`, or undefined where it is not an object's key. */
export function parseKey(prefix: string, key: string): KeyParts | undefined {
  if (!key.startsWith(`${prefix}/`)) return undefined;
  const [group, plural, ...rest] = key.slice(prefix.length + 1).split('/');
  const name = rest.at(-1);
  if (group === undefined || plural === undefined || name === undefined || rest.length > 2) return undefined;
  const namespace = rest.length === 2 ? rest[0] : '';
  if (group === '' || plural === '' || name === '' || (rest.length === 2 && namespace === ''))
    return undefined;
  return { group: group === CORE_GROUP_SEGMENT ? '' : group, plural, namespace: namespace ?? '', name };
}

/**
 * The resource prefix that a key lies under, found without splitting it: the first two segments after `prefix`.
 * Undefined for keys that are no object's (fewer segments).
 */
export function resourcePrefixOf(prefix: string, key: string): string | undefined {
  const group = key.indexOf('/', prefix.length + 1);
  if (group < 0) return undefined;
  const plural = key.indexOf('/', group + 1);
  return plural < 0 ? undefined : key.slice(0, plural + 1);
}

/** A '/' inside a segment would let one object's key pose as another's; names are checked long before this. */
function segment(text: string): string {
  if (text === '' || text.includes('/')) {
    throw new RangeError(`a segment of a storage key must not be empty or hold '/', but is '${text}'`);
  }
  return text;
}
