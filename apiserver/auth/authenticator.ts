/**
 * Who is asking. A request is shown to several methods in order; the first that recognises it decides.
 * A method that was tried and failed does not stop the next one, but when none succeeds it turns the answer
 * from "anonymous" into 401 (upstream: apiserver `pkg/authentication/authenticatorfactory/delegating.go`).
 */
import type { X509Certificate } from 'node:crypto';
import type { UserInfo } from '../exchange.ts';

/** Certificates a client showed in the TLS handshake, not verified by anybody yet. One object per connection. */
export interface PeerCertificates {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
}

/** All that authentication may look at. */
export interface Credentials {
  /** Name, value, name, value, … as received: identity headers must not be joined. */
  readonly rawHeaders: readonly string[];
  readonly peer: PeerCertificates | undefined;
}

export type AuthenticationResult =
  | { readonly kind: 'authenticated'; readonly user: UserInfo }
  /** Nothing of this method was presented. */
  | { readonly kind: 'absent' }
  /** Something was presented and did not hold. The cause goes to the log, never to the client. */
  | { readonly kind: 'refused'; readonly cause: Error };

export interface Authenticator {
  readonly method: string;
  authenticate(credentials: Credentials): Promise<AuthenticationResult>;
}

export const absent: AuthenticationResult = { kind: 'absent' };
export const refused = (cause: unknown): AuthenticationResult => ({
  kind: 'refused',
  cause: cause instanceof Error ? cause : new Error(String(cause)),
});

export const systemMasters = 'system:masters';
export const systemAuthenticated = 'system:authenticated';
export const systemUnauthenticated = 'system:unauthenticated';
export const anonymousName = 'system:anonymous';

export const anonymousUser: UserInfo = {
  name: anonymousName,
  groups: [systemUnauthenticated],
  extra: {},
};

export const isAnonymous = (user: UserInfo): boolean =>
  user.name === anonymousName || user.groups.includes(systemUnauthenticated);

/**
 * Adds `system:authenticated`, which neither the aggregator's headers nor certificates carry; without it RBAC
 * denies discovery and OpenAPI to the aggregator itself (upstream: `pkg/authentication/group`).
 */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  const known =
    user.name === anonymousName ||
    user.groups.includes(systemAuthenticated) ||
    user.groups.includes(systemUnauthenticated);
  return known ? user : { ...user, groups: [...user.groups, systemAuthenticated] };
}

export interface UnionOptions {
  /** Whether a request that presents nothing is `system:anonymous` (else it is refused). */
  readonly anonymous: boolean;
  /** Told of every method that was tried, for metrics. */
  readonly observe?: (method: string, result: AuthenticationResult['kind']) => void;
}

/** Methods in order, then anonymous. Never rejects: a method that throws counts as refused. */
export function unionAuthenticator(methods: readonly Authenticator[], options: UnionOptions): Authenticator {
  return {
    method: 'union',
    async authenticate(credentials) {
      const causes: Error[] = [];
      for (const each of methods) {
        const result = await each.authenticate(credentials).catch(refused);
        if (result.kind !== 'absent') options.observe?.(each.method, result.kind);
        if (result.kind === 'authenticated') {
          return { kind: 'authenticated', user: withAuthenticatedGroup(result.user) };
        }
        if (result.kind === 'refused') causes.push(result.cause);
      }
      if (causes.length === 1 && causes[0] !== undefined) return refused(causes[0]);
      if (causes.length > 1) return refused(new Error(causes.map((c) => c.message).join('; ')));
      return options.anonymous ? { kind: 'authenticated', user: anonymousUser } : absent;
    },
  };
}
