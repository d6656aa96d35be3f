/** Judges the ports of each frontend whenever one of them changes, and writes the verdicts. */
import type { ServicePort } from '../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../client/types.ts';
import { type Controller, createController, done } from '../runtime/controller.ts';
import { joinKey } from '../runtime/object-key.ts';
import { outcomeOf } from '../runtime/outcome.ts';
import type { ControllerSettings } from '../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../runtime/types.ts';
import { planFrontend } from './plan.ts';

export interface FrontendsOptions extends ControllerSettings {
  readonly servicePorts: ResourceClient<ServicePort>;
  readonly informers: {
    /** With the indexes below. */
    readonly servicePorts: Informer<ServicePort>;
  };
}

export function createFrontendsController(options: FrontendsOptions): Controller {
  const { informers, clock } = options;

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const ports = informers.servicePorts
      .byIndex('frontend', key)
      .filter((port) => port.metadata.deletionTimestamp === undefined);
    try {
      for (const port of planFrontend(ports, clock.now())) await options.servicePorts.updateStatus(port);
      return done;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  const controller = createController({ ...options, reconciler: { name: 'frontends', reconcile } });
  informers.servicePorts.subscribe((event) => {
    const key = frontendKey(event.object);
    if (key !== undefined) controller.queue.add(key);
  });
  return controller;
}

function frontendKey(port: ServicePort): ObjectKey | undefined {
  const { frontend } = port.spec;
  return frontend === undefined ? undefined : joinKey(port.metadata.namespace, frontend);
}

/** The index that the informer of ServicePorts carries. */
export const frontendIndexes = {
  frontend: (port: ServicePort): readonly string[] => {
    const key = frontendKey(port);
    return key === undefined ? [] : [key];
  },
} as const;
