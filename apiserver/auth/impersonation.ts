/**
 * `Impersonate-*` headers of direct callers (the aggregator has consumed its callers' already): each thing the
 * caller wants to be must be granted as verb `impersonate` (upstream: apiserver
 * `pkg/endpoints/filters/impersonation/impersonation.go`).
 */
import { badRequest } from '../../api/meta/api-error.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../exchange.ts';
import { headerValues, prefixedHeaders } from '../headers.ts';
import { anonymousName, systemAuthenticated, systemUnauthenticated } from './authenticator.ts';
import { forbiddenError } from './forbidden.ts';

/** @returns whom the request acts as. @throws ApiError BadRequest, Forbidden, or what the authorizer throws */
export type Impersonation = (
  caller: UserInfo,
  rawHeaders: readonly string[],
  authorizer: Authorizer,
) => Promise<UserInfo>;

const extraPrefix = 'impersonate-extra-';

export const isImpersonationHeader = (name: string): boolean =>
  ['impersonate-user', 'impersonate-group', 'impersonate-uid'].includes(name) || name.startsWith(extraPrefix);

interface Wanted {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

type Permission = Pick<
  NonNullable<AuthorizationAttributes['resource']>,
  'group' | 'resource' | 'subresource' | 'namespace' | 'name'
>;

export const impersonate: Impersonation = async (caller, rawHeaders, authorizer) => {
  const wanted = wantedBy(rawHeaders);
  if (wanted === undefined) return caller;
  for (const permission of permissionsFor(wanted)) {
    const attributes: AuthorizationAttributes = {
      user: caller,
      verb: 'impersonate',
      resource: {
        version: permission.group === '' ? 'v1' : '',
        ...permission,
      },
    };
    const decision = await authorizer.authorize(attributes);
    if (!decision.allowed) throw forbiddenError(attributes, decision.reason);
  }
  return {
    name: wanted.user,
    ...(wanted.uid === '' ? {} : { uid: wanted.uid }),
    groups: groupsOf(wanted),
    extra: wanted.extra,
  };
};

function wantedBy(rawHeaders: readonly string[]): Wanted | undefined {
  const user = headerValues(rawHeaders, 'impersonate-user')[0] ?? '';
  const uid = headerValues(rawHeaders, 'impersonate-uid')[0] ?? '';
  const groups = headerValues(rawHeaders, 'impersonate-group');
  const extra = prefixedHeaders(rawHeaders, [extraPrefix]);
  if (user !== '') return { user, uid, groups, extra };
  if (uid === '' && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw badRequest('requested a group, uid or extra without impersonating a user: set Impersonate-User too');
}

const authenticationGroup = 'authentication.k8s.io';

function permissionsFor({ user, uid, groups, extra }: Wanted): Permission[] {
  const account = serviceAccount(user);
  const core = (resource: string, name: string, namespace = ''): Permission => ({
    group: '',
    resource,
    subresource: '',
    namespace,
    name,
  });
  return [
    account ? core('serviceaccounts', account.name, account.namespace) : core('users', user),
    ...groups.map((group) => core('groups', group)),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((name) => ({
        group: authenticationGroup,
        resource: 'userextras',
        subresource: key,
        namespace: '',
        name,
      })),
    ),
    ...(uid === ''
      ? []
      : [{ group: authenticationGroup, resource: 'uids', subresource: '', namespace: '', name: uid }]),
  ];
}

function serviceAccount(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function groupsOf({ user, groups }: Wanted): string[] {
  const account = serviceAccount(user);
  const named =
    groups.length > 0 || account === undefined
      ? [...groups]
      : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  if (user === anonymousName) {
    return named.includes(systemUnauthenticated) ? named : [...named, systemUnauthenticated];
  }
  const known = named.includes(systemAuthenticated) || named.includes(systemUnauthenticated);
  return known ? named : [...named, systemAuthenticated];
}
