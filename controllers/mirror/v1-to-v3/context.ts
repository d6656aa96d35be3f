/** What importing and removing share: the objects as they are, and the means to write them. */
import type { V1Service } from '../../../api/core/types.ts';
import type { ServiceMirror } from '../../../api/services/v3alpha1/types.ts';
import type { Clock } from '../../../client/clock.ts';
import type { ResourceClient } from '../../../client/types.ts';
import type { EventRecorder } from '../../runtime/events.ts';
import type { Writer } from './apply.ts';
import { isAlwaysV1 } from './scope.ts';
import type { V3View } from './view.ts';

export interface ImportContext {
  readonly view: V3View;
  readonly writer: Writer;
  /** For the live GET before a removal. */
  readonly services: ResourceClient<V1Service>;
  readonly clock: Pick<Clock, 'now'>;
  readonly recorder: EventRecorder;
  readonly storeIdentity: () => Promise<string>;
}

export type IdleReason = 'Paused' | 'AuthorityNotImplemented';

/** Why nothing is to be written now, and what the mirror then says. */
export function idleReason(
  mirror: ServiceMirror | undefined,
  namespace: string,
  name: string,
): readonly [IdleReason, string] | undefined {
  if (mirror?.spec.paused === true) return ['Paused', 'spec.paused is true; nothing is written'];
  const authority = mirror?.spec.authority ?? 'V1';
  if (authority === 'V1' || isAlwaysV1(namespace, name)) return undefined;
  return [
    'AuthorityNotImplemented',
    `authority ${authority} needs the direction from v3 to v1, which this version does not have; set it to V1`,
  ];
}
