/**
 * Bearer tokens, judged by kube-apiserver's TokenReview (upstream: apiserver `pkg/authentication/token/cache`,
 * `plugin/pkg/authenticator/token/webhook`). Answers are kept for ten seconds under an HMAC of the token, so
 * that a memory dump of the cache holds no token.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { UserInfo } from '../exchange.ts';
import { headerValues } from '../headers.ts';
import { type Authenticator, absent, refused } from './authenticator.ts';
import { ExpiringCache } from './expiring-cache.ts';
import type { ReviewClient } from './review-client.ts';

/** How long an answer, yes or no, holds (upstream default for delegated authentication). */
const cacheMilliseconds = 10_000;
/** Tokens remembered at a time. */
const cacheEntries = 8192;

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly error?: string;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

export function tokenReviewAuthenticator(options: {
  readonly reviews: ReviewClient;
  /** Milliseconds. */
  readonly now: () => number;
}): Authenticator {
  const key = randomBytes(32);
  const cache = new ExpiringCache<UserInfo | undefined>({
    maximumEntries: cacheEntries,
    milliseconds: cacheMilliseconds,
    now: options.now,
  });
  return {
    method: 'bearer',
    async authenticate({ rawHeaders }) {
      const token = bearerToken(rawHeaders);
      if (token === '') return absent;
      const digest = createHmac('sha256', key).update(token).digest('base64');
      const user = await cache.get(digest, () => review(options.reviews, token));
      return user === undefined ? refused('invalid bearer token') : { kind: 'authenticated', user };
    },
  };
}

async function review(reviews: ReviewClient, token: string): Promise<UserInfo | undefined> {
  const answer = (await reviews.create('authentication.k8s.io/v1', 'tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  })) as TokenReview;
  const user = answer.status?.user;
  if (answer.status?.authenticated !== true || user?.username === undefined) return undefined;
  return {
    name: user.username,
    ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
    groups: user.groups ?? [],
    extra: user.extra ?? {},
  };
}

/** The token of `Authorization: Bearer <token>`, '' when there is none. */
export function bearerToken(rawHeaders: readonly string[]): string {
  const value = headerValues(rawHeaders, 'authorization')[0]?.trim() ?? '';
  const [scheme = '', token = ''] = value.split(' ');
  return scheme.toLowerCase() === 'bearer' ? token : '';
}
