/** Keeps a NodeTopology for every Node, and for a vanished one until its last Endpoint is gone. */
import type { CoreNode } from '../../api/core/types.ts';
import { isReason } from '../../api/meta/api-error.ts';
import type { Endpoint, NodeTopology } from '../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../client/types.ts';
import { type Controller, createController, done } from '../runtime/controller.ts';
import { outcomeOf } from '../runtime/outcome.ts';
import type { ControllerSettings } from '../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../runtime/types.ts';
import { type NodePlan, planNode, wellKnownKeys } from './plan.ts';

export interface NodeTopologyOptions extends ControllerSettings {
  readonly nodeTopologies: ResourceClient<NodeTopology>;
  /** Label keys beyond the well-known ones. */
  readonly topologyKeys: readonly string[];
  readonly informers: {
    readonly nodes: Informer<CoreNode>;
    readonly nodeTopologies: Informer<NodeTopology>;
    /** With index `node`. */
    readonly endpoints: Informer<Endpoint>;
  };
}

export function createNodeTopologyController(options: NodeTopologyOptions): Controller {
  const { informers } = options;
  const keys = [...new Set([...wellKnownKeys, ...options.topologyKeys])];

  async function reconcile(name: ObjectKey): Promise<Outcome> {
    const plan = planNode({
      name,
      node: informers.nodes.get(name),
      live: informers.nodeTopologies.get(name),
      hasEndpoints: informers.endpoints.byIndex('node', name).length > 0,
      keys,
    });
    try {
      await apply(options.nodeTopologies, plan);
      return done;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  const controller = createController({ ...options, reconciler: { name: 'node-topology', reconcile } });
  informers.nodes.subscribe((event) => {
    // Heartbeats change a Node all the time, its labels hardly ever.
    if (
      event.type === 'modified' &&
      keys.every((k) => labelOf(event.previous, k) === labelOf(event.object, k))
    ) {
      return;
    }
    controller.queue.add(event.key);
  });
  informers.nodeTopologies.subscribe((event) => controller.queue.add(event.key));
  informers.endpoints.subscribe((event) => {
    if (event.type === 'added') return;
    const name = event.previous?.spec.nodeName;
    if (name !== undefined && informers.nodes.get(name) === undefined) controller.queue.add(name);
  });
  return controller;
}

const labelOf = (node: CoreNode | undefined, key: string): string | undefined => node?.metadata.labels?.[key];

async function apply(client: ResourceClient<NodeTopology>, plan: NodePlan): Promise<void> {
  switch (plan.kind) {
    case 'nothing':
      return;
    case 'create':
      await client.create(plan.object);
      return;
    case 'update':
      await client.update(plan.object);
      return;
    case 'delete': {
      const { name = '', uid } = plan.object.metadata;
      try {
        await client.delete(undefined, name, { preconditions: uid === undefined ? {} : { uid } });
      } catch (error) {
        if (!isReason(error, 'NotFound', 'Conflict')) throw error;
      }
      return;
    }
  }
}
