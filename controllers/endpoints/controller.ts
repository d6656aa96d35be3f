/** Keeps one Endpoint for every pod that has an address. */
import type { CoreNode, Pod } from '../../api/core/types.ts';
import { formatTime } from '../../api/meta/time.ts';
import { ZONE_KEY } from '../../api/services/v3alpha1/node-topology/schema.ts';
import type { Endpoint, NodeTopology } from '../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../client/types.ts';
import { type Controller, createController, done } from '../runtime/controller.ts';
import { outcomeOf } from '../runtime/outcome.ts';
import type { ControllerSettings } from '../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../runtime/types.ts';
import { applyWrites } from './apply.ts';
import { ownerKey } from './owner.ts';
import { planPod } from './plan.ts';

export interface PodEndpointsOptions extends ControllerSettings {
  readonly endpoints: ResourceClient<Endpoint>;
  readonly informers: {
    /** With index `node`: pods by spec.nodeName. */
    readonly pods: Informer<Pod>;
    readonly nodes: Informer<CoreNode>;
    readonly nodeTopologies: Informer<NodeTopology>;
    /** With the indexes of `owner.ts`. */
    readonly endpoints: Informer<Endpoint>;
  };
}

export function createPodEndpointsController(options: PodEndpointsOptions): Controller {
  const { informers, clock } = options;

  /** The Node's label; once the Node is gone, what we kept of it. */
  function nodeOf(name: string | undefined): { readonly zone: string | undefined } | undefined {
    if (name === undefined || name === '') return undefined;
    const node = informers.nodes.get(name);
    if (node !== undefined) return { zone: node.metadata.labels?.[ZONE_KEY] };
    const kept = informers.nodeTopologies.get(name);
    return kept === undefined ? undefined : { zone: kept.spec.topology[ZONE_KEY] };
  }

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const pod = informers.pods.get(key);
    const writes = planPod({
      pod,
      own: informers.endpoints.byIndex('pod', key),
      namesake: informers.endpoints.get(key),
      node: nodeOf(pod?.spec?.nodeName),
      now: formatTime(new Date(clock.now())),
    });
    try {
      await applyWrites(options.endpoints, writes);
      return done;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  const controller = createController({ ...options, reconciler: { name: 'pod-endpoints', reconcile } });
  informers.pods.subscribe((event) => controller.queue.add(event.key));
  // Somebody changed or deleted what we wrote, or freed a name.
  informers.endpoints.subscribe((event) => {
    const owner = ownerKey(event.object, 'Pod');
    if (owner !== undefined) controller.queue.add(owner);
    else if (event.type === 'deleted' && informers.pods.get(event.key) !== undefined)
      controller.queue.add(event.key);
  });
  informers.nodes.subscribe((event) => {
    const before = event.previous?.metadata.labels?.[ZONE_KEY];
    if (event.type === 'modified' && before === event.object.metadata.labels?.[ZONE_KEY]) return;
    for (const pod of informers.pods.byIndex('node', event.key)) controller.queue.add(keyOfPod(pod));
  });
  return controller;
}

const keyOfPod = (pod: Pod): ObjectKey => `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`;

/** The index that the informer of Pods carries. */
export const podIndexes = {
  node: (pod: Pod): readonly string[] => (pod.spec?.nodeName ? [pod.spec.nodeName] : []),
} as const;
