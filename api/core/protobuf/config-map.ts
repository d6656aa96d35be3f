/** Field numbers; source: `k8s.io/api/core/v1/generated.proto`, v0.36. */
import { flag, map, message, present } from '../../protobuf/message.ts';
import { metadata } from '../../protobuf/meta.ts';

export const configMapMessage = message({
  1: metadata,
  2: map('data'),
  3: map('binaryData', 'bytes'),
  4: present(flag('immutable')),
});
