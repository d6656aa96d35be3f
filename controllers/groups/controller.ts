/** Writes ServiceGroup status, paced: counts are for people and dashboards, traffic reads Endpoints. */
import type { Endpoint, ServiceGroup } from '../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../client/types.ts';
import { type Controller, createController, done } from '../runtime/controller.ts';
import { outcomeOf } from '../runtime/outcome.ts';
import type { ControllerSettings } from '../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../runtime/types.ts';
import { trackMembers } from './members.ts';
import { planGroup } from './plan.ts';

export interface GroupsOptions extends ControllerSettings {
  readonly serviceGroups: ResourceClient<ServiceGroup>;
  readonly informers: {
    readonly serviceGroups: Informer<ServiceGroup>;
    readonly endpoints: Informer<Endpoint>;
  };
}

/** Milliseconds between two writes of one group's status. */
export const statusIntervalMilliseconds = 5_000;
export const largeGroupIntervalMilliseconds = 30_000;
/** Endpoints above which a group is large. */
export const largeGroupEndpoints = 1_000;

export function createGroupsController(options: GroupsOptions): Controller {
  const { informers, clock } = options;
  const written = new Map<ObjectKey, number>();

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const group = informers.serviceGroups.get(key);
    if (group === undefined) {
      written.delete(key);
      return done;
    }
    const endpoints = members.of(key);
    const interval =
      endpoints.length > largeGroupEndpoints ? largeGroupIntervalMilliseconds : statusIntervalMilliseconds;
    const wait = (written.get(key) ?? Number.NEGATIVE_INFINITY) + interval - clock.now();
    if (wait > 0) return { kind: 'after', milliseconds: wait };
    const plan = planGroup(group, endpoints, clock.now());
    try {
      if (plan.write !== undefined) {
        await options.serviceGroups.updateStatus(plan.write);
        written.set(key, clock.now());
      }
      return plan.hasDeadline ? { kind: 'after', milliseconds: interval } : done;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  const controller = createController({ ...options, reconciler: { name: 'groups', reconcile } });
  const members = trackMembers(informers, (key) => controller.queue.add(key));
  return controller;
}
