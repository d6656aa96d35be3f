/** JSON values and the two things that patches must do with them safely. */

export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Sets a member of its own, also when the key is `__proto__`: assignment would change the prototype instead,
 * and validation would never see it.
 */
export function setMember(target: JsonObject, key: string, value: unknown): void {
  if (key !== '__proto__') {
    target[key] = value;
    return;
  }
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

export const hasMember = (target: JsonObject, key: string): boolean => Object.hasOwn(target, key);

/** A value's type in the words of Go's encoding/json. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** How many levels of objects and lists a value has; iterative, since what is measured may be too deep to recurse into. */
export function nestingDepth(value: unknown): number {
  let depth = 0;
  let level = [value].filter(isNested);
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap((each) => Object.values(each)).filter(isNested);
  }
  return depth;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
