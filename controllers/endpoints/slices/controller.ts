/** Imports the EndpointSlices of Services without selector, one Endpoint an entry. */
import { type EndpointSlice, serviceNameLabel, type V1Service } from '../../../api/core/types.ts';
import { formatTime } from '../../../api/meta/time.ts';
import type { Endpoint } from '../../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../../client/types.ts';
import { type Controller, createController, done } from '../../runtime/controller.ts';
import { joinKey, keyOf } from '../../runtime/object-key.ts';
import { outcomeOf } from '../../runtime/outcome.ts';
import type { ControllerSettings } from '../../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../../runtime/types.ts';
import { applyWrites } from '../apply.ts';
import { ownerKey } from '../owner.ts';
import { planSlice } from './plan.ts';

export interface SliceEndpointsOptions extends ControllerSettings {
  readonly endpoints: ResourceClient<Endpoint>;
  readonly informers: {
    readonly services: Informer<V1Service>;
    /** With index `service`: slices by the key of their Service. */
    readonly slices: Informer<EndpointSlice>;
    /** With the indexes of `owner.ts`. */
    readonly endpoints: Informer<Endpoint>;
  };
}

export function createSliceEndpointsController(options: SliceEndpointsOptions): Controller {
  const { informers, clock, recorder } = options;

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const slice = informers.slices.get(key);
    const serviceKey = slice === undefined ? undefined : serviceKeyOf(slice);
    const plan = planSlice({
      slice,
      service: serviceKey === undefined ? undefined : informers.services.get(serviceKey),
      own: informers.endpoints.byIndex('slice', key),
      now: formatTime(new Date(clock.now())),
    });
    if (slice !== undefined && plan.problems.length > 0) {
      recorder.event(slice, 'Warning', 'NotImported', plan.problems.join('; '));
    }
    try {
      await applyWrites(options.endpoints, plan);
      return done;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  const controller = createController({ ...options, reconciler: { name: 'slice-endpoints', reconcile } });
  informers.slices.subscribe((event) => controller.queue.add(event.key));
  informers.endpoints.subscribe((event) => {
    const owner = ownerKey(event.object, 'EndpointSlice');
    if (owner !== undefined) controller.queue.add(owner);
  });
  informers.services.subscribe((event) => {
    if (event.type === 'modified' && sameForImport(event.previous, event.object)) return;
    for (const slice of informers.slices.byIndex('service', event.key)) controller.queue.add(keyOf(slice));
  });
  return controller;
}

const hasSelector = (service: V1Service): boolean => Object.keys(service.spec?.selector ?? {}).length > 0;

function sameForImport(before: V1Service | undefined, after: V1Service): boolean {
  return (
    before !== undefined &&
    hasSelector(before) === hasSelector(after) &&
    before.spec?.type === after.spec?.type
  );
}

function serviceKeyOf(slice: EndpointSlice): ObjectKey | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name === undefined ? undefined : joinKey(slice.metadata.namespace, name);
}

/** The index that the informer of EndpointSlices carries. */
export const sliceIndexes = {
  service: (slice: EndpointSlice): readonly string[] => {
    const key = serviceKeyOf(slice);
    return key === undefined ? [] : [key];
  },
} as const;
