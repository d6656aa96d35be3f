/**
 * The rules that an object passes on its way into the store, beside those of its kind: what of its metadata is
 * the system's, and what makes it valid (upstream: apiserver `pkg/registry/rest/{meta,create,update}.go`).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../../api/kind.ts';
import { ApiError, badRequest, type ErrorSubject, invalidObject } from '../../api/meta/api-error.ts';
import type { FieldError } from '../../api/meta/field-error.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../api/meta/object-meta.ts';
import type { KubeObject, OwnerReference } from '../../api/meta/types.ts';
import { applyDefaults, validateStructure } from '../../api/schema/structural.ts';

/** The namespace that an object is written to is the URL's; the object may leave it out, not contradict. */
export function takeNamespace(object: KubeObject, namespace: string): void {
  const { metadata } = object;
  if (namespace === '') {
    delete metadata.namespace;
    return;
  }
  if ((metadata.namespace ?? '') !== '' && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = namespace;
}

/** References that are the same to the last field are kept once, with a warning. */
export function deduplicateOwners(object: KubeObject, warnings: string[]): void {
  const references = object.metadata.ownerReferences;
  if (!Array.isArray(references) || references.length < 2) return;
  const kept: OwnerReference[] = [];
  const duplicates = new Set<string>();
  for (const reference of references) {
    if (kept.some((other) => isDeepStrictEqual(other, reference))) duplicates.add(reference.uid);
    else kept.push(reference);
  }
  if (duplicates.size === 0) return;
  object.metadata.ownerReferences = kept;
  const uids = [...duplicates].join(', ');
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`,
  );
}

/**
 * With the schema's defaults.
 * @throws ApiError Invalid when the shape is wrong: strategies and admission rely on the kind's type from here on
 */
export function completed(kind: Kind, subject: ErrorSubject, object: KubeObject): KubeObject {
  const complete = applyDefaults(object, kind.schema);
  refuse(subject, complete, validateStructure(complete, kind.schema));
  return complete;
}

/**
 * The shape again, since admission and the strategy may have changed it; the rest relies on it.
 * @throws ApiError Invalid with every cause
 */
export function validateCreate(kind: Kind, subject: ErrorSubject, object: KubeObject): void {
  const { namespaced, strategy } = kind;
  refuse(subject, object, validateStructure(object, kind.schema));
  refuse(subject, object, [
    ...validateObjectMeta(object.metadata, { namespaced, validateName: strategy.validateName }),
    ...strategy.validate(object),
  ]);
}

/** @throws ApiError Invalid with every cause */
export function validateUpdate(
  kind: Kind,
  subject: ErrorSubject,
  object: KubeObject,
  current: KubeObject,
): void {
  refuse(subject, object, validateStructure(object, kind.schema));
  refuse(subject, object, [
    ...validateObjectMetaUpdate(object.metadata, current.metadata),
    ...kind.strategy.validate(object),
    ...(kind.strategy.validateUpdate?.(object, current) ?? []),
  ]);
}

function refuse(subject: ErrorSubject, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(subject, object.metadata.name ?? '', errors);
}

type Content = KubeObject & { status?: unknown };

/** Takes the status away, where the main endpoint must not set one. */
export function dropStatus(object: KubeObject): void {
  delete (object as Content).status;
}

/** An object like `object`, with the status of `source`. */
export function withStatusOf(object: KubeObject, source: KubeObject): KubeObject {
  const { status } = source as Content;
  const { status: _, ...rest } = object as Content;
  return status === undefined ? rest : ({ ...rest, status } as KubeObject);
}

/** Whether the content that `generation` counts is different: all but metadata and an isolated status. */
export function contentChanged(kind: Kind, object: KubeObject, current: KubeObject): boolean {
  return !isDeepStrictEqual(contentOf(kind, object), contentOf(kind, current));
}

function contentOf(kind: Kind, object: KubeObject): unknown {
  const { metadata: _, status, ...content } = object as Content;
  return kind.statusSubresource ? content : { ...content, status };
}

/** A copy that may be changed. */
export const copyOf = (object: KubeObject): KubeObject => structuredClone(object);

/** @throws ApiError BadRequest for what no version ever looks like, or for any version at all */
export function refuseVersionOnCreate(object: KubeObject): void {
  const { resourceVersion = '' } = object.metadata;
  if (resourceVersion === '' || resourceVersion === '0') return;
  throw new ApiError('BadRequest', 'resourceVersion should not be set on objects to be created');
}
