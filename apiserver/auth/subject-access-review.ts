/**
 * Authorization by kube-apiserver's SubjectAccessReview, remembered for ten seconds
 * (upstream: apiserver `plugin/pkg/authorizer/webhook/webhook.go`).
 */
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../exchange.ts';
import { ExpiringCache } from './expiring-cache.ts';
import type { ReviewClient } from './review-client.ts';

/** How long an answer, yes or no, holds (upstream default for delegated authorization). */
const cacheMilliseconds = 10_000;
/** Answers remembered at a time. */
const cacheEntries = 8192;
/** Characters of caller-chosen text beyond which an answer is not remembered: it would only fill memory. */
const maximumCachedCharacters = 10_000;

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean; readonly denied?: boolean; readonly reason?: string };
}

/** @throws from `authorize` whatever the review throws: the caller answers 500, never "allowed" */
export function subjectAccessReviewAuthorizer(options: {
  readonly reviews: ReviewClient;
  /** Milliseconds. */
  readonly now: () => number;
}): Authorizer {
  const cache = new ExpiringCache<AuthorizationDecision>({
    maximumEntries: cacheEntries,
    milliseconds: cacheMilliseconds,
    now: options.now,
  });
  return {
    async authorize(attributes) {
      const spec = specOf(attributes);
      const key = JSON.stringify(spec);
      const load = () => review(options.reviews, spec);
      return key.length > maximumCachedCharacters ? load() : cache.get(key, load);
    },
  };
}

async function review(reviews: ReviewClient, spec: object): Promise<AuthorizationDecision> {
  const answer = (await reviews.create('authorization.k8s.io/v1', 'subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec,
  })) as SubjectAccessReview;
  const { allowed = false, denied = false, reason = '' } = answer.status ?? {};
  return { allowed: allowed && !denied, reason };
}

function specOf({ user, verb, resource, path }: AuthorizationAttributes): object {
  return {
    user: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    extra: user.extra,
    ...(resource === undefined
      ? { nonResourceAttributes: { path: path ?? '', verb } }
      : { resourceAttributes: { verb, ...withoutSelectors(resource), ...selectorsOf(resource) } }),
  };
}

type ResourceAttributes = NonNullable<AuthorizationAttributes['resource']>;

const withoutSelectors = ({ fieldSelector: _, labelSelector: __, ...rest }: ResourceAttributes) => rest;

/** Raw, because kube-apiserver parses them itself and ignores what it cannot parse, which is the safe direction. */
function selectorsOf({ fieldSelector = '', labelSelector = '' }: ResourceAttributes): object {
  return {
    ...(fieldSelector === '' ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
    ...(labelSelector === '' ? {} : { labelSelector: { rawSelector: labelSelector } }),
  };
}
