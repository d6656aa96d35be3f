/** What every object's metadata must be (apimachinery `pkg/api/validation/objectmeta.go`). */
import { type FieldError, forbidden, invalid, required, tooLong } from './field-error.ts';
import { validateLabels } from './labels.ts';
import { byteLength, validateDns1123Label, validateQualifiedName } from './names.ts';
import { isPrintable, quote } from './quote.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from './types.ts';

/** Keys and values of all annotations together, in bytes: they ride along in every list and watch. */
export const maxAnnotationsSize = 256 * 1024;
/** Longest manager name, in bytes. */
export const maxFieldManagerLength = 128;
/** Longest subresource name in managedFields, in bytes. */
const maxSubresourceLength = 256;

export const finalizers = { orphan: 'orphan', foreground: 'foregroundDeletion' } as const;

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  /** Messages of what is wrong with a name. */
  readonly validateName: (name: string) => string[];
}

/** On create, when the name has been generated and the system's fields are filled in. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', generation = 0 } = meta;
  if (generateName !== '') {
    const problems = rules.validateName(withSuffixInMind(generateName));
    errors.push(...problems.map((problem) => invalid('metadata.generateName', generateName, problem)));
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...rules.validateName(name).map((problem) => invalid('metadata.name', name, problem)));
  errors.push(...namespaceErrors(meta.namespace ?? '', rules.namespaced));
  if (generation < 0) {
    errors.push(invalid('metadata.generation', generation, 'must be greater than or equal to 0'));
  }
  errors.push(
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...annotationErrors(meta.annotations),
    ...ownerReferenceErrors(meta.ownerReferences ?? []),
    ...finalizerErrors(meta.finalizers ?? []),
    ...managedFieldsErrors(meta.managedFields ?? []),
  );
  return errors;
}

/** A prefix may end with a dash, since more follows. */
function withSuffixInMind(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

function namespaceErrors(namespace: string, namespaced: boolean): FieldError[] {
  const field = 'metadata.namespace';
  if (!namespaced) return namespace === '' ? [] : [forbidden(field, 'not allowed on this type')];
  if (namespace === '') return [required(field)];
  return validateDns1123Label(namespace).map((problem) => invalid(field, namespace, problem));
}

/** What an update keeps as it is stored: names, identity and times are the system's. */
export const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** On update, when the fields that the system keeps have been copied from the stored object. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    errors.push(...newFinalizerErrors(meta.finalizers ?? [], old.finalizers ?? []));
  }
  if ((meta.resourceVersion ?? '') === '') {
    // The registry's error, not objectmeta.go's: a real server shows the version as the number 0.
    errors.push(invalid('metadata.resourceVersion', 0, 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  for (const field of immutableFields) {
    if (meta[field] !== old[field]) {
      errors.push(invalid(`metadata.${field}`, shown(field, meta), 'field is immutable'));
    }
  }
  errors.push(
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...annotationErrors(meta.annotations),
    ...ownerReferenceErrors(meta.ownerReferences ?? []),
    ...managedFieldsErrors(meta.managedFields ?? []),
  );
  return errors;
}

/** Strings that Go holds by value print as "" where they are absent; pointers print as null. */
function shown(field: (typeof immutableFields)[number], meta: ObjectMeta): unknown {
  const isValue = field === 'name' || field === 'namespace' || field === 'uid';
  return meta[field] ?? (isValue ? '' : null);
}

function newFinalizerErrors(now: readonly string[], before: readonly string[]): FieldError[] {
  const added = [...new Set(now)].filter((finalizer) => !before.includes(finalizer)).sort();
  if (added.length === 0) return [];
  const list = added.map(quote).join(', ');
  const why = 'no new finalizers can be added if the object is being deleted';
  return [forbidden('metadata.finalizers', `${why}, found new finalizers []string{${list}}`)];
}

export function annotationErrors(annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const field = 'metadata.annotations';
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    // Unlike a label's, an annotation's domain may be written in upper case.
    errors.push(...validateQualifiedName(key.toLowerCase()).map((problem) => invalid(field, key, problem)));
    size += byteLength(key) + byteLength(value);
  }
  if (size > maxAnnotationsSize) errors.push(tooLong(field, maxAnnotationsSize));
  return errors;
}

function ownerReferenceErrors(references: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    const version = reference.apiVersion.split('/').at(-1) ?? '';
    if (version === '' || reference.apiVersion.split('/').length > 2) {
      errors.push(invalid(`${field}.apiVersion`, reference.apiVersion, 'version must not be empty'));
    }
    for (const part of ['kind', 'name', 'uid'] as const) {
      if (reference[part] === '') errors.push(invalid(`${field}.${part}`, '', 'must not be empty'));
    }
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
      errors.push(invalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (reference.controller !== true) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = current;
    else {
      const why = 'Only one reference can have Controller set to true.';
      const detail = `${why} Found "true" in references for ${controller} and ${current}`;
      errors.push(invalid(field, references, detail));
    }
  }
  return errors;
}

function finalizerErrors(names: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = names.flatMap((name) =>
    validateQualifiedName(name).map((problem) => invalid(field, name, problem)),
  );
  if (names.includes(finalizers.orphan) && names.includes(finalizers.foreground)) {
    const detail = `finalizer ${finalizers.orphan} and ${finalizers.foreground} cannot be both set`;
    errors.push(invalid(field, names, detail));
  }
  return errors;
}

/** Texts for Warning headers: what is accepted, but likely to collide with another writer's. */
export function finalizerWarnings(names: readonly string[] | undefined): string[] {
  const standard: readonly string[] = [finalizers.orphan, finalizers.foreground, 'kubernetes'];
  return (names ?? [])
    .filter((name) => !name.includes('/') && !standard.includes(name))
    .map((name) => {
      const how = name.includes('.') ? 'finalizer name including a path (/)' : 'finalizer name';
      const why = 'to avoid accidental conflicts with other finalizer writers';
      return `metadata.finalizers: ${quote(name)}: prefer a domain-qualified ${how} ${why}`;
    });
}

function managedFieldsErrors(entries: readonly ManagedFieldsEntry[]): FieldError[] {
  return entries.flatMap((entry, i) => {
    const field = `metadata.managedFields[${i}]`;
    const errors: FieldError[] = [];
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(invalid(`${field}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'));
    }
    if ((entry.fieldsType ?? '') !== '' && entry.fieldsType !== 'FieldsV1') {
      errors.push(invalid(`${field}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(entry.manager ?? '', `${field}.manager`));
    if (byteLength(entry.subresource ?? '') > maxSubresourceLength) {
      errors.push(tooLong(`${field}.subresource`, maxSubresourceLength));
    }
    return errors;
  });
}

/** The name of a writer: a `fieldManager` parameter, or a manager in managedFields. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(manager) > maxFieldManagerLength) errors.push(tooLong(field, maxFieldManagerLength));
  let position = 0;
  for (const c of manager) {
    if (!isPrintable(c)) {
      const detail = `invalid character ${unicodeName(c)} (at position ${position})`;
      errors.push(invalid(field, manager, detail));
    }
    position += byteLength(c);
  }
  return errors;
}

/** Go's `%#U` of a character that does not print: `U+0000`. */
function unicodeName(c: string): string {
  return `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
