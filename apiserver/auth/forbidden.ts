/** The 403 of authorization, in Kubernetes' words (upstream: `endpoints/handlers/responsewriters/errors.go`). */
import { ApiError, forbidden } from '../../api/meta/api-error.ts';
import type { AuthorizationAttributes } from '../exchange.ts';

export function forbiddenError(attributes: AuthorizationAttributes, reason: string): ApiError {
  const message = escapeHtml(messageOf(attributes));
  const why = reason === '' ? message : `${message}: ${reason}`;
  const { resource } = attributes;
  if (resource === undefined) return new ApiError('Forbidden', `forbidden: ${why}`, {});
  return forbidden({ group: resource.group, resource: resource.resource, kind: '' }, resource.name, why);
}

function messageOf({ user, verb, resource, path = '' }: AuthorizationAttributes): string {
  const name = JSON.stringify(user.name);
  if (resource === undefined) return `User ${name} cannot ${verb} path ${JSON.stringify(path)}`;
  const what =
    resource.subresource === '' ? resource.resource : `${resource.resource}/${resource.subresource}`;
  const where =
    resource.namespace === ''
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(resource.namespace)}`;
  return `User ${name} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(resource.group)} ${where}`;
}

/** So that no answer can be taken for a page. */
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
