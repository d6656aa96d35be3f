/**
 * Who may do what without asking anybody, and how authorizers are put together
 * (upstream: apiserver `pkg/server/options/authorization.go`).
 */
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../exchange.ts';
import { systemAuthenticated, systemMasters } from './authenticator.ts';

const noOpinion: AuthorizationDecision = { allowed: false, reason: '' };

/** Members of any of `groups` may do everything. */
export function privilegedGroups(groups: readonly string[]): Authorizer {
  return {
    async authorize({ user }) {
      return user.groups.some((g) => groups.includes(g)) ? { allowed: true, reason: '' } : noOpinion;
    },
  };
}

/** Exactly these paths are open to everybody, anonymous too; what lies below them is not. */
export function openPaths(paths: readonly string[]): Authorizer {
  const open = new Set(paths);
  return {
    async authorize({ path }) {
      return path !== undefined && open.has(path) ? { allowed: true, reason: '' } : noOpinion;
    },
  };
}

/** The first that allows decides; else the last opinion stands. A failing authorizer fails the whole: never "allow". */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    async authorize(attributes) {
      let last = noOpinion;
      for (const each of authorizers) {
        const decision = await each.authorize(attributes);
        if (decision.allowed) return decision;
        if (decision.reason !== '') last = decision;
      }
      return last;
    },
  };
}

/** Open to everybody by default: load balancers and kubelets probe them without credentials. */
export const healthPaths: readonly string[] = ['/healthz', '/livez', '/readyz'];

/** Delegated authorization: masters, health, then kube-apiserver's word. */
export function delegatedAuthorizer(reviews: Authorizer): Authorizer {
  return unionAuthorizer([privilegedGroups([systemMasters]), openPaths(healthPaths), reviews]);
}

/** What RBAC's `system:discovery` and `system:public-info-viewer` open to every authenticated user. */
const discoveryPath = /^\/(?:api|apis|openapi|version|healthz|livez|readyz)(?:\/|$)/;

/**
 * Authorization without a cluster: `system:masters` may do everything, every authenticated user may read
 * discovery, OpenAPI, version and health.
 */
export function groupsAuthorizer(): Authorizer {
  return unionAuthorizer([
    privilegedGroups([systemMasters]),
    openPaths(healthPaths),
    { authorize: discoverer },
  ]);
}

async function discoverer(attributes: AuthorizationAttributes): Promise<AuthorizationDecision> {
  const { user, path = '', verb } = attributes;
  const may = verb === 'get' && user.groups.includes(systemAuthenticated) && discoveryPath.test(path);
  return may ? { allowed: true, reason: '' } : noOpinion;
}
