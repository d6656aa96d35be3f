/** The directives of strategic merge patches, and what is left of a patch without them. */
import { hasMember, isJsonObject, type JsonObject, setMember } from './json-value.ts';

export const directives = {
  /** In an object or a list item: what becomes of it. */
  patch: '$patch',
  retainKeys: '$retainKeys',
  /** Followed by `/<field>`, as the next. */
  elementOrder: '$setElementOrder',
  deleteFrom: '$deleteFromPrimitiveList',
} as const;

/** Whether a key speaks about a list beside it. */
export const isParallelList = (key: string): boolean =>
  key.startsWith(directives.deleteFrom) || key.startsWith(directives.elementOrder);

/** `ports` of `$setElementOrder/ports`; undefined: the key is malformed. */
export function directedField(key: string, directive: string): string | undefined {
  return key.startsWith(`${directive}/`) ? key.slice(directive.length + 1) : undefined;
}

/**
 * What of a patch is new content: without nulls, and without directives and what carries `$patch`. Upstream
 * leaves the parallel lists and `$retainKeys` in, and a strict request fails for them; with nothing there to
 * order or to delete they have done their work.
 */
export function newContent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(newContent).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (hasMember(value, directives.patch)) return undefined;
  const content: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === null || key === directives.retainKeys || isParallelList(key)) continue;
    const part = newContent(field);
    if (part !== undefined) setMember(content, key, part);
  }
  return content;
}
