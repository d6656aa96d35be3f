/**
 * ListOptions from the query (upstream: apimachinery `pkg/apis/meta/internalversion/validation`). Malformed is
 * 400, well-formed but not allowed together is 422.
 */
import type { Kind } from '../../api/kind.ts';
import { badRequest, invalidObject } from '../../api/meta/api-error.ts';
import { type FieldError, forbidden, notSupported } from '../../api/meta/field-error.ts';
import { checkFieldSelector, parseFieldSelector } from '../../api/meta/field-selector.ts';
import { parseLabelSelector } from '../../api/meta/labels.ts';
import { parseResourceVersion } from '../registry/resource-version.ts';
import type { ListOptions, Selection, WatchOptions } from '../registry/rest.ts';
import { selectableFields } from '../registry/selection.ts';
import { booleanParameter, integerParameter, textParameter } from './query.ts';

const listOptions = { group: 'meta.k8s.io', resource: 'listoptions', kind: 'ListOptions' };

const matchField = 'resourceVersionMatch';
const withContinue = 'resourceVersionMatch is forbidden when continue is provided';

/** @throws ApiError BadRequest, Invalid */
export function parseListOptions(
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
): ListOptions {
  const resourceVersion = textParameter(query, 'resourceVersion');
  const match = textParameter(query, matchField);
  const continueToken = textParameter(query, 'continue');
  const limit = integerParameter(query, 'limit') ?? 0;
  const sendInitialEvents = booleanParameter(query, 'sendInitialEvents');
  const selection = parseSelection(kind, namespace, query);
  const errors = matchErrors(match, resourceVersion, continueToken);
  if (sendInitialEvents !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (errors.length > 0) throw invalidObject(listOptions, '', errors);
  parseResourceVersion(resourceVersion);
  if (continueToken !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  return {
    ...selection,
    limit: Math.max(0, limit),
    continueToken,
    resourceVersion,
    resourceVersionMatch: match === 'Exact' || match === 'NotOlderThan' ? match : '',
  };
}

function matchErrors(match: string, resourceVersion: string, continueToken: string): FieldError[] {
  if (match === '') return [];
  const errors: FieldError[] = [];
  if (resourceVersion === '') {
    errors.push(
      forbidden(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  }
  if (continueToken !== '') errors.push(forbidden(matchField, withContinue));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && resourceVersion === '0') {
    const detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
    errors.push(forbidden(matchField, detail));
  }
  return errors;
}

/** Without its duration where the client leaves that open. @throws ApiError BadRequest, Invalid */
export function parseWatchOptions(
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
): Omit<WatchOptions, 'timeoutMilliseconds'> & { readonly timeoutSeconds: number } {
  const resourceVersion = textParameter(query, 'resourceVersion');
  const sendInitialEvents = booleanParameter(query, 'sendInitialEvents');
  const timeoutSeconds = integerParameter(query, 'timeoutSeconds') ?? 0;
  const selection = parseSelection(kind, namespace, query);
  const errors = watchErrors(query, sendInitialEvents);
  if (errors.length > 0) throw invalidObject(listOptions, '', errors);
  parseResourceVersion(resourceVersion);
  return {
    ...selection,
    resourceVersion,
    allowBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents,
    timeoutSeconds: Math.max(0, timeoutSeconds),
  };
}

function watchErrors(query: URLSearchParams, sendInitialEvents: boolean | undefined): FieldError[] {
  const match = textParameter(query, matchField);
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    errors.push(forbidden(matchField, detail));
  }
  if (match === '') return errors;
  if (sendInitialEvents === undefined) {
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(forbidden(matchField, detail));
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']));
  if (textParameter(query, 'continue') !== '') errors.push(forbidden(matchField, withContinue));
  return errors;
}

function parseSelection(kind: Kind, namespace: string | undefined, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(textParameter(query, 'labelSelector'));
  const fields = parseFieldSelector(textParameter(query, 'fieldSelector'));
  checkFieldSelector(fields, selectableFields(kind));
  return { namespace, labels, fields };
}
