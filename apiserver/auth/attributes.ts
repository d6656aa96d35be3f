/** What authorization is asked about a request (upstream: `pkg/endpoints/filters/authorization.go`). */
import type { AuthorizationAttributes, UserInfo } from '../exchange.ts';
import type { RequestInfo } from '../request-info.ts';

const verbsWithSelectors: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

export function authorizationAttributes(
  info: RequestInfo,
  query: URLSearchParams,
  user: UserInfo,
): AuthorizationAttributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace, name } = info;
  const selectors = verbsWithSelectors.has(verb)
    ? { ...optional('fieldSelector', query), ...optional('labelSelector', query) }
    : {};
  return { user, verb, resource: { group, version, resource, subresource, namespace, name, ...selectors } };
}

function optional(name: string, query: URLSearchParams): Record<string, string> {
  const value = query.get(name) ?? '';
  return value === '' ? {} : { [name]: value };
}
