/** Field numbers; source: `k8s.io/api/core/v1/generated.proto`, v0.36. */
import { list, message, nested, text, time } from '../../protobuf/message.ts';
import { metadata } from '../../protobuf/meta.ts';

const condition = message({
  1: text('type'),
  2: text('status'),
  4: time('lastTransitionTime'),
  5: text('reason'),
  6: text('message'),
});

export const namespaceMessage = message({
  1: metadata,
  2: nested('spec', message({ 1: list('finalizers') })),
  3: nested('status', message({ 1: text('phase'), 2: list('conditions', condition) })),
});
