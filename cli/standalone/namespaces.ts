/**
 * Namespaces in standalone mode: those every cluster starts with, and the emptying of terminating ones
 * (what kube-controller-manager's namespace controller does in a cluster).
 */
import { NAMESPACE_FINALIZER } from '../../api/core/cluster-kinds.ts';
import type { Namespace } from '../../api/core/types.ts';
import type { Kind } from '../../api/kind.ts';
import { isReason } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import { namespaces, refOf } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { createController, done } from '../../controllers/runtime/controller.ts';
import { createInformer } from '../../controllers/runtime/informer.ts';
import type { Log } from '../../controllers/runtime/log.ts';
import type { Outcome } from '../../controllers/runtime/types.ts';

const initialNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;
/** How soon a namespace whose content is held by finalizers is looked at again (milliseconds). */
const HELD_CONTENT_WAIT_MILLISECONDS = 2_000;

export async function ensureNamespaces(client: ApiClient): Promise<void> {
  const resource = client.resource<Namespace>(namespaces);
  for (const name of initialNamespaces) {
    try {
      await resource.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
  }
}

export interface NamespaceControllerOptions {
  readonly client: ApiClient;
  /** Every kind served; the namespaced ones that can be deleted are emptied. */
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Runs until the signal ends. */
export async function runNamespaceController(
  options: NamespaceControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, random, log } = options;
  const informer = createInformer<Namespace>({
    client: client.resource<Namespace>(namespaces),
    clock,
    random,
  });
  const controller = createController({
    reconciler: { name: 'namespaces', reconcile: (name) => emptyNamespace(options, informer.get(name)) },
    clock,
    random,
    workers: 2,
    log,
  });
  informer.subscribe(({ key, object }) => {
    if (object.metadata.deletionTimestamp !== undefined) controller.queue.add(key);
  });
  await Promise.all([informer.run(signal), controller.run(signal)]);
}

async function emptyNamespace(
  { client, kinds }: NamespaceControllerOptions,
  namespace: Namespace | undefined,
): Promise<Outcome> {
  if (namespace?.metadata.deletionTimestamp === undefined) return done;
  const { name = '', finalizers = [], resourceVersion = '' } = namespace.metadata;
  let left = 0;
  for (const kind of kinds) {
    if (!kind.namespaced || !kind.verbs.includes('deletecollection')) continue;
    const resource = client.resource(refOf(kind));
    await resource.deleteCollection({ namespace: name });
    left += (await resource.list({ namespace: name, limit: 1 })).items.length;
  }
  if (left > 0) return { kind: 'after', milliseconds: HELD_CONTENT_WAIT_MILLISECONDS };
  if (!finalizers.includes(NAMESPACE_FINALIZER)) return done;
  try {
    await client.resource<Namespace>(namespaces).patch(undefined, name, 'merge', {
      metadata: { resourceVersion, finalizers: finalizers.filter((f) => f !== NAMESPACE_FINALIZER) },
    });
  } catch (error) {
    if (isReason(error, 'NotFound')) return done;
    // Somebody else changed it meanwhile: the event of that change brings it back.
    if (!isReason(error, 'Conflict')) throw error;
  }
  return done;
}
