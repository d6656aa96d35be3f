/**
 * The annotation of client-side apply, for who moves from `kubectl apply` to `kubectl apply --server-side`
 * (upstream: apimachinery `managedfields/internal/lastapplied*.go`).
 */
import { annotationErrors } from '../../api/meta/object-meta.ts';
import { quoteJson } from '../../api/meta/quote.ts';
import { isRecord } from '../../api/schema/json-schema.ts';
import { compare } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import type { Terms } from './ownership.ts';
import { compareTexts } from './path-element.ts';
import { fieldsIn, misfits } from './typed.ts';

/** The one manager whose applies read and write the annotation. */
export const KUBECTL = 'kubectl';
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Fields that still are as client-side apply left them: taking them over is no conflict. */
export function appliedByClient(terms: Terms, live: unknown): FieldSet | undefined {
  const applied = parsed(lastAppliedOf(live));
  if (applied === undefined || applied.apiVersion !== terms.apiVersion) return undefined;
  // Items that are alike cannot be told from one another, in what is stored neither.
  if ([applied, live].some((each) => misfits(each, terms.shape).length > 0)) return undefined;
  const { added, modified, removed } = compare(applied, live, terms.shape);
  return fieldsIn(applied, terms.shape).difference(modified).difference(added).difference(removed);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** '' where there is none. */
export function lastAppliedOf(object: unknown): string {
  const annotations = annotationsOf(object);
  const value = Object.hasOwn(annotations, LAST_APPLIED) ? annotations[LAST_APPLIED] : '';
  return typeof value === 'string' ? value : '';
}

function annotationsOf(object: unknown): Record<string, unknown> {
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  return isRecord(metadata.annotations) ? metadata.annotations : {};
}

/** The object with the annotation saying what was applied; without it where that would be too long. */
export function withLastApplied(object: Record<string, unknown>, applied: unknown): Record<string, unknown> {
  const { [LAST_APPLIED]: _, ...others } = annotationsOf(object);
  const text = `${sortedJson(withoutLastApplied(applied))}\n`;
  const annotations = { ...others, [LAST_APPLIED]: text };
  // Others than texts are refused later, by validation.
  const texts = Object.entries(annotations).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  );
  const fits = annotationErrors(Object.fromEntries(texts)).length === 0;
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...metadata, annotations: fits ? annotations : others } };
}

function withoutLastApplied(applied: unknown): unknown {
  if (!isRecord(applied) || !isRecord(applied.metadata)) return applied;
  const { annotations: given, ...metadata } = applied.metadata;
  if (given === undefined || given === null) return { ...applied, metadata };
  const { [LAST_APPLIED]: _, ...annotations } = annotationsOf(applied);
  return { ...applied, metadata: { ...metadata, annotations } };
}

/** As Go writes maps. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (!isRecord(value)) return quoteJson(value);
  const members = Object.entries(value).toSorted(([a], [b]) => compareTexts(a, b));
  return `{${members.map(([name, member]) => `${quoteJson(name)}:${sortedJson(member)}`).join(',')}}`;
}
