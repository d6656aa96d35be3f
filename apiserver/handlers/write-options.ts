/**
 * CreateOptions, UpdateOptions and PatchOptions from the query
 * (upstream: apimachinery `pkg/apis/meta/v1/validation/validation.go`).
 */
import { invalidObject } from '../../api/meta/api-error.ts';
import { type FieldError, forbidden, notSupported, required } from '../../api/meta/field-error.ts';
import { validateFieldManager } from '../../api/meta/object-meta.ts';
import type { ApiRequest } from '../exchange.ts';
import type { WriteOptions } from '../registry/rest.ts';
import { booleanParameter, textParameter } from './query.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteRequestOptions extends WriteOptions {
  readonly fieldValidation: FieldValidation;
  /** Of an apply: take fields from their owners. */
  readonly force: boolean;
}

/** Longest manager name taken from a User-Agent, in bytes. */
const MAX_MANAGER_LENGTH = 128;

/** @throws ApiError Invalid, named after the options' kind */
export function parseWriteOptions(
  given: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'ApplyOptions',
  request: ApiRequest,
): WriteRequestOptions {
  const { query } = request;
  // On the wire an apply's options are PatchOptions.
  const optionsKind = given === 'ApplyOptions' ? 'PatchOptions' : given;
  const fieldManager = textParameter(query, 'fieldManager');
  const fieldValidation = textParameter(query, 'fieldValidation');
  const dryRun = query.getAll('dryRun');
  const errors: FieldError[] = [];
  const force = booleanParameter(query, 'force');
  if (given === 'ApplyOptions' && fieldManager === '') {
    errors.push(required('fieldManager', 'is required for apply patch'));
  }
  if (given === 'PatchOptions' && force !== undefined) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(
    ...validateFieldManager(fieldManager, 'fieldManager'),
    ...dryRunErrors(dryRun),
    ...(isFieldValidation(fieldValidation)
      ? []
      : [notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn'])]),
  );
  if (errors.length > 0) throw invalidObject(optionsSubject(optionsKind), '', errors);
  return {
    dryRun: dryRun.length > 0,
    force: force ?? false,
    fieldManager: fieldManager === '' ? managerFromUserAgent(request.headers['user-agent']) : fieldManager,
    fieldValidation: fieldValidation === 'Ignore' || fieldValidation === 'Strict' ? fieldValidation : 'Warn',
  };
}

export function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  return dryRun.every((value) => value === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])];
}

export const optionsSubject = (kind: string) => ({
  group: 'meta.k8s.io',
  resource: kind.toLowerCase(),
  kind,
});

const isFieldValidation = (text: string): boolean => ['', 'Ignore', 'Strict', 'Warn'].includes(text);

/** `kubectl/v1.36.2 (linux/amd64) …` → `kubectl`. */
function managerFromUserAgent(agent: string | undefined): string {
  const printable = (agent ?? '')
    .split('/', 1)
    .join('')
    .replaceAll(/[^\x20-\x7e]/g, '');
  return printable === '' ? 'unknown' : printable.slice(0, MAX_MANAGER_LENGTH);
}
