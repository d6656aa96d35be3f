/**
 * Authentication and authorization as the cluster decides them: front proxy, client certificates, TokenReview and
 * SubjectAccessReview, with settings that follow the cluster's.
 */
import { isReason } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import type { ApiClient } from '../../client/types.ts';
import type { Authorizer } from '../exchange.ts';
import { type Authenticator, unionAuthenticator } from './authenticator.ts';
import { delegatedAuthorizer } from './authorizers.ts';
import { tokenReviewAuthenticator } from './bearer-token.ts';
import type { CertificateBundle } from './certificate-chain.ts';
import { clientCertificateAuthenticator } from './client-certificate.ts';
import {
  type AuthenticationSettings,
  configMapName,
  configMapNamespace,
  followClusterSettings,
} from './cluster-settings.ts';
import { isIdentityHeader, requestHeaderAuthenticator } from './request-header.ts';
import { createReviewClient, type ReviewObserver } from './review-client.ts';
import { staticTokenAuthenticator } from './static-token.ts';
import { subjectAccessReviewAuthorizer } from './subject-access-review.ts';

export interface DelegationOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly anonymous: boolean;
  /** Without it the front proxy is not known and only `clientCa` signs client certificates. */
  readonly followCluster: boolean;
  /** Instead of the cluster's. */
  readonly clientCa: CertificateBundle | undefined;
  /** Stands for `system:apiserver`. */
  readonly loopbackToken: string;
  readonly observe: ReviewObserver;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface Delegation {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Lower-case name. */
  readonly isIdentityHeader: (name: string) => boolean;
  /** PEM of every CA that may sign a client's certificate; '' for none. */
  clientCaHints(): string;
  /** Called after a change of the settings; one listener. */
  onChange(listener: () => void): void;
}

/** @throws Error, one line, when the cluster's settings may not or cannot be read */
export async function delegate(options: DelegationOptions): Promise<Delegation> {
  const { client, clock, clientCa, signal, warn } = options;
  let changed = (): void => {};
  const settings = options.followCluster
    ? await followClusterSettings({ client, clock, signal, warn, changed: () => changed() }).catch(explain)
    : undefined;
  const current = (): AuthenticationSettings => {
    const ofCluster = settings?.current();
    return { clientCa: clientCa ?? ofCluster?.clientCa, requestHeader: ofCluster?.requestHeader };
  };
  const now = () => new Date(clock.now());
  const reviews = createReviewClient(client, clock, options.observe);
  return {
    authenticator: unionAuthenticator(
      [
        requestHeaderAuthenticator({ settings: () => current().requestHeader, now }),
        clientCertificateAuthenticator({ ca: () => current().clientCa, now }),
        staticTokenAuthenticator(options.loopbackToken),
        tokenReviewAuthenticator({ reviews, now: () => clock.now() }),
      ],
      { anonymous: options.anonymous },
    ),
    authorizer: delegatedAuthorizer(subjectAccessReviewAuthorizer({ reviews, now: () => clock.now() })),
    isIdentityHeader: (name) => isIdentityHeader(name, current().requestHeader),
    clientCaHints() {
      const { clientCa: direct, requestHeader } = current();
      return [requestHeader?.ca.pem, direct?.pem].filter((pem) => pem !== undefined).join('\n');
    },
    onChange(listener) {
      changed = listener;
    },
  };
}

function explain(error: unknown): never {
  const name = `${configMapNamespace}/${configMapName}`;
  if (!isReason(error, 'Forbidden')) throw error;
  throw new Error(
    `may not read ConfigMap ${name}: bind our account to Role extension-apiserver-authentication-reader in kube-system, or give --authentication-skip-lookup (${error.message})`,
    { cause: error },
  );
}
