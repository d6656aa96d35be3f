/** Field numbers; source: `k8s.io/api/{authorization,authentication}/v1/generated.proto`, v0.36. Without status. */
import { message, nested, present, text } from '../../protobuf/message.ts';
import { metadata } from '../../protobuf/meta.ts';

const resourceAttributes = message({
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
});
const nonResourceAttributes = message({ 1: text('path'), 2: text('verb') });
const spec = message({
  1: present(nested('resourceAttributes', resourceAttributes)),
  2: present(nested('nonResourceAttributes', nonResourceAttributes)),
});

export const selfSubjectAccessReviewMessage = message({ 1: metadata, 2: present(nested('spec', spec)) });

export const selfSubjectReviewMessage = message({ 1: metadata });
