/** Stand-ins for questions about oneself: SelfSubjectAccessReview (`kubectl auth can-i`), SelfSubjectReview (`whoami`). */
import { Type } from '@sinclair/typebox';
import { type FieldError, invalid } from '../meta/field-error.ts';
import type { KubeObject } from '../meta/types.ts';
import { freeForm } from '../schema/blocks.ts';
import { kindSchema } from '../schema/refs.ts';
import { coreKind } from './define.ts';
import { selfSubjectAccessReviewMessage, selfSubjectReviewMessage } from './protobuf/review.ts';

/** Empty texts may be absent. */
export interface SelfSubjectAccessReview extends KubeObject {
  spec: {
    resourceAttributes?: {
      namespace?: string;
      verb?: string;
      group?: string;
      version?: string;
      resource?: string;
      subresource?: string;
      name?: string;
    };
    nonResourceAttributes?: { path?: string; verb?: string };
  };
  status?: { allowed: boolean; reason?: string };
}

export interface SelfSubjectReview extends KubeObject {
  status?: {
    userInfo: {
      username: string;
      uid?: string;
      groups?: readonly string[];
      extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

const text = (description: string) => Type.Optional(Type.String({ description }));

export const selfSubjectAccessReviewKind = coreKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  protobuf: selfSubjectAccessReviewMessage,
  schema: kindSchema('SelfSubjectAccessReview asks whether the caller may do something.', {
    spec: Type.Object(
      {
        resourceAttributes: Type.Optional(
          Type.Object(
            {
              namespace: text('Where; empty: in all namespaces, or cluster-scoped.'),
              verb: text('A Kubernetes verb, such as get.'),
              group: text('The API group; empty: the core group.'),
              version: text('The API version.'),
              resource: text('The plural.'),
              subresource: text('Such as status.'),
              name: text('Of one object; empty: of all.'),
            },
            { description: 'To do something with objects.' },
          ),
        ),
        nonResourceAttributes: Type.Optional(
          Type.Object(
            { path: text('Such as /metrics.'), verb: text('An HTTP method in lower case.') },
            { description: 'To reach a path.' },
          ),
        ),
      },
      { description: 'What is to be done.' },
    ),
    status: Type.Optional(freeForm('The answer: allowed, and why.')),
  }),
  strategy: { validateName: () => [], validate: askedOnce },
  columns: [],
});

/** Source: kubernetes `pkg/apis/authorization/validation/validation.go`. */
function askedOnce({ spec }: SelfSubjectAccessReview): FieldError[] {
  const asked = [spec.resourceAttributes, spec.nonResourceAttributes].filter((a) => a !== undefined);
  if (asked.length === 1) return [];
  const how = asked.length === 0 ? 'exactly one of' : 'cannot specify both';
  const [join, end] = asked.length === 0 ? ['or', ' must be specified'] : ['and', ''];
  return [
    invalid(
      'spec.resourceAttributes',
      spec.resourceAttributes ?? null,
      `${how} nonResourceAttributes ${join} resourceAttributes${end}`,
    ),
  ];
}

export const selfSubjectReviewKind = coreKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  verbs: ['create'],
  protobuf: selfSubjectReviewMessage,
  schema: kindSchema('SelfSubjectReview says who the caller is.', {
    status: Type.Optional(freeForm('The answer: userInfo.')),
  }),
  columns: [],
});
