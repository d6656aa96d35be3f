/**
 * `fieldsV1` of a managedFields entry (upstream: structured-merge-diff `fieldpath/serialize.go`): a tree whose keys
 * are path elements. An empty node is a member; one with children is a member if it also holds `.`.
 */
import { isRecord } from '../../api/schema/json-schema.ts';
import { FieldSet } from './field-set.ts';
import { compareElements, type PathElement, parseElement } from './path-element.ts';

export type FieldsV1 = Record<string, unknown>;

/** Sorted as upstream sorts, so that equal sets are equal text. */
export function encodeFields(set: FieldSet): FieldsV1 {
  const fields: FieldsV1 = {};
  const elements = new Map<string, PathElement>(set.members);
  for (const [text, { element }] of set.children) elements.set(text, element);
  for (const { text } of [...elements.values()].toSorted(compareElements)) {
    const below = set.children.get(text)?.set;
    const node = below === undefined ? {} : encodeFields(below);
    fields[text] = below !== undefined && set.members.has(text) ? { '.': {}, ...node } : node;
  }
  return fields;
}

/** @throws SyntaxError for what is no tree of path elements */
export function decodeFields(fields: unknown): FieldSet {
  return decodeNode(fields).set ?? new FieldSet();
}

interface Node {
  /** Undefined: nothing is below. */
  readonly set: FieldSet | undefined;
  readonly isMember: boolean;
}

function decodeNode(fields: unknown): Node {
  if (fields === null) return { set: undefined, isMember: true };
  if (!isRecord(fields)) throw new SyntaxError('fieldsV1: a node is not an object');
  let set: FieldSet | undefined;
  let isMember = false;
  for (const [text, value] of Object.entries(fields)) {
    if (text === '.') {
      isMember = true;
      continue;
    }
    const element = parseElement(text);
    if (element === undefined) continue;
    const node = decodeNode(value);
    set ??= new FieldSet();
    if (node.isMember) set.members.set(element.text, element);
    if (node.set !== undefined) set.children.set(element.text, { element, set: node.set });
  }
  return { set, isMember: isMember || set === undefined };
}
