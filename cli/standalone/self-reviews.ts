/**
 * What callers may ask about themselves in standalone mode: computed, create-only resources. In a cluster
 * kube-apiserver answers them (`pkg/registry/authorization/selfsubjectaccessreview/rest.go`).
 */
import {
  type SelfSubjectAccessReview,
  type SelfSubjectReview,
  selfSubjectAccessReviewKind,
  selfSubjectReviewKind,
} from '../../api/core/review-kinds.ts';
import type { Kind } from '../../api/kind.ts';
import { ApiError } from '../../api/meta/api-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import { systemAuthenticated } from '../../apiserver/auth/authenticator.ts';
import type { ComputedKind } from '../../apiserver/engine.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../../apiserver/exchange.ts';
import { subjectOf } from '../../apiserver/registry/dependencies.ts';
import { viewOf } from '../../apiserver/registry/object-codec.ts';
import { completed, validateCreate } from '../../apiserver/registry/object-rules.ts';
import type { Reader, Resource } from '../../apiserver/registry/rest.ts';

const kinds = [selfSubjectAccessReviewKind, selfSubjectReviewKind];

export const selfReviews = (authorizer: Authorizer): readonly ComputedKind[] => [
  answered(selfSubjectAccessReviewKind, async (review, user) => {
    const { allowed, reason } = await authorizer.authorize(attributesOf(review, user));
    return { ...review, status: { allowed, ...(reason === '' ? {} : { reason }) } };
  }),
  answered<SelfSubjectReview>(selfSubjectReviewKind, async (review, user) => {
    const { name: username, uid, groups, extra } = user;
    const known = { username, ...(uid === undefined ? {} : { uid }), groups };
    const userInfo = Object.keys(extra).length === 0 ? known : { ...known, extra };
    return { ...review, status: { userInfo } };
  }),
];

/** Everybody who is known may ask (upstream: RBAC's `system:basic-user`). */
export const selfReviewers: Authorizer = {
  async authorize({ user, verb, resource }) {
    const asks =
      verb === 'create' &&
      kinds.some((kind) => kind.group === resource?.group && kind.plural === resource.resource);
    return { allowed: asks && user.groups.includes(systemAuthenticated), reason: '' };
  },
};

/** A kind whose objects live as long as their request. */
function answered<T extends KubeObject>(
  kind: Kind<T>,
  answer: (review: T, user: UserInfo) => Promise<T>,
): ComputedKind {
  const untyped = kind as unknown as Kind;
  const subject = subjectOf(untyped);
  const refuse = async (): Promise<never> => {
    throw notAllowed();
  };
  const writer: Resource['writer'] = {
    async create({ user }, _namespace, object) {
      const review = completed(untyped, subject, object);
      // Questions need no name; the rest of the metadata comes back as it was sent.
      validateCreate(untyped, subject, { ...review, metadata: { ...review.metadata, name: 'question' } });
      return viewOf(await answer(review as T, user));
    },
    update: refuse,
    delete: refuse,
  };
  const reader: Reader = { get: refuse, list: refuse, watch: refuse };
  return { kind: untyped, create: () => ({ kind: untyped, reader, writer }) };
}

const notAllowed = (): ApiError =>
  new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');

function attributesOf({ spec }: SelfSubjectAccessReview, user: UserInfo): AuthorizationAttributes {
  const { nonResourceAttributes, resourceAttributes } = spec;
  if (nonResourceAttributes !== undefined) {
    const { path = '', verb = '' } = nonResourceAttributes;
    return { user, verb, path };
  }
  const { verb = '', ...asked } = resourceAttributes ?? {};
  const all = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  return { user, verb, resource: { ...all, ...asked } };
}
