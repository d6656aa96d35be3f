/**
 * Strategic merge patch: a patch written like the object, in which lists merge as the schema says, with
 * directives where that is not enough (upstream: apimachinery `pkg/util/strategicpatch/patch.go`).
 *
 *     $patch: replace | delete                what the object, or the list item, becomes
 *     $retainKeys: [a, b]                     every other field goes
 *     $setElementOrder/<list>: [...]          in which order the list ends up
 *     $deleteFromPrimitiveList/<list>: [...]  what leaves a list of scalars
 *
 * Recursion is bounded by the nesting that a decoded body may have (`maxNestingDepth`).
 */
import type { JsonSchema } from '../../api/schema/json-schema.ts';
import { directedField, directives, isParallelList, newContent } from './directives.ts';
import { hasMember, isJsonObject, type JsonObject, setMember } from './json-value.ts';
import { type MergeMetadata, mergeMetadata } from './merge-metadata.ts';
import {
  goList,
  notAnObject,
  unknownDirective,
  wrongElementOrder,
  wrongPrimitiveList,
  wrongRetainKeys,
  wrongType,
} from './strategic-errors.ts';
import { checkOrder, inOrder, mergeList, orderAfterDeletions } from './strategic-list.ts';

/**
 * @returns a new object; `original` and `patch` stay as they are but may be shared in parts
 * @throws ApiError BadRequest or Invalid for a patch that makes no sense
 */
export function strategicMergePatch(original: JsonObject, patch: unknown, schema: JsonSchema): JsonObject {
  if (patch === null) return original;
  if (!isJsonObject(patch)) throw notAnObject(patch);
  return mergeObject(original, patch, schema);
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: JsonSchema): JsonObject {
  if (hasMember(patch, directives.patch)) return directed(patch);
  const result = retained(original, patch);
  const done = new Set<string>([directives.retainKeys]);
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(directives.elementOrder)) continue;
    const field = directedField(key, directives.elementOrder) ?? fail(wrongElementOrder());
    const outcome = orderedList(result, patch, field, order, schema);
    if (outcome !== undefined) setMember(result, field, outcome);
    done.add(key).add(field);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!done.has(key)) mergeField(result, key, value, schema);
  }
  return result;
}

const fail = (error: Error): never => {
  throw error;
};

function directed(patch: JsonObject): JsonObject {
  const { [directives.patch]: directive, ...content } = patch;
  if (directive === 'replace') return content;
  if (directive === 'delete') return {};
  throw unknownDirective(directive, patch);
}

/** A copy of the original with the fields that `$retainKeys` names, or with all. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  if (!hasMember(patch, directives.retainKeys)) {
    for (const [key, value] of Object.entries(original)) setMember(result, key, value);
    return result;
  }
  const keys = patch[directives.retainKeys];
  if (!Array.isArray(keys)) throw wrongRetainKeys();
  const kept = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    const isPatched = value !== null && key !== directives.retainKeys && !isParallelList(key);
    if (isPatched && !kept.has(key)) throw wrongRetainKeys();
  }
  for (const [key, value] of Object.entries(original)) if (kept.has(key)) setMember(result, key, value);
  return result;
}

/** The list that `$setElementOrder/<field>` is about; undefined: there is none. */
function orderedList(
  original: JsonObject,
  patch: JsonObject,
  field: string,
  order: unknown,
  schema: JsonSchema,
): unknown[] | undefined {
  if (!Array.isArray(order)) throw wrongType(goList, order);
  const present = listAt(original, field);
  const changes = listAt(patch, field);
  const metadata = mergeMetadata(schema, field);
  checkOrder(changes ?? [], order, metadata.mergeKey);
  const { mergeKey, strategy } = metadata;
  if (present === undefined) {
    const content = newContent(changes) as unknown[] | undefined;
    return content === undefined ? undefined : inOrder(content, order, [], mergeKey);
  }
  if (changes === undefined) return inOrder(present, order, present, mergeKey);
  const merged = strategy === 'merge' ? mergeItems(present, changes, metadata) : changes;
  return inOrder(merged, order, orderAfterDeletions(present, changes, merged, mergeKey), mergeKey);
}

function listAt(object: JsonObject, field: string): unknown[] | undefined {
  if (!hasMember(object, field)) return undefined;
  const list = object[field];
  if (!Array.isArray(list)) throw wrongType(goList, list);
  return list;
}

function mergeField(result: JsonObject, key: string, value: unknown, schema: JsonSchema): void {
  const isDeletion = key.startsWith(directives.deleteFrom);
  const field = isDeletion ? (directedField(key, directives.deleteFrom) ?? fail(wrongPrimitiveList())) : key;
  if (value === null) {
    delete result[field];
    return;
  }
  const current = hasMember(result, field) ? result[field] : undefined;
  const metadata = mergeMetadata(schema, field);
  if (Array.isArray(current) && Array.isArray(value)) {
    const merges = metadata.strategy === 'merge' || isDeletion;
    setMember(result, field, merges ? mergeItems(current, value, metadata, isDeletion) : value);
  } else if (isDeletion) {
    if (!Array.isArray(value)) throw wrongPrimitiveList();
  } else if (isJsonObject(current) && isJsonObject(value)) {
    const replaces = metadata.strategy === 'replace';
    setMember(result, field, replaces ? value : mergeObject(current, value, metadata.schema));
  } else {
    const content = newContent(value);
    if (content === undefined) delete result[field];
    else setMember(result, field, content);
  }
}

const mergeItems = (
  original: readonly unknown[],
  patch: readonly unknown[],
  { schema, mergeKey }: MergeMetadata,
  isDeletion = false,
): unknown[] =>
  mergeList(original, patch, {
    mergeKey,
    isDeletion,
    typeName: schema.type ?? 'Struct',
    merge: (item, change) => mergeObject(item, change, schema),
  });
