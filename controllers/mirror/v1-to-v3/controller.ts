/**
 * Keeps v3 saying what the v1 Services say. A key is a Service's; every event of anything that belongs to a
 * Service's mirror leads to it.
 *
 *   Service, its v3 objects, its mirror ──► key ──► plan ──► apply ──► report on the ServiceMirror
 *
 * The import needs authority V1. Under V3 and Shared, v1 is not the only source: until the reverse direction
 * exists nothing is written there, and the mirror says so.
 */
import type { Namespace, V1Service } from '../../../api/core/types.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { FRONTEND_LABEL } from '../../../api/services/v3alpha1/group.ts';
import { services } from '../../../client/resources.ts';
import type { ApiClient } from '../../../client/types.ts';
import { type Controller, createController, done } from '../../runtime/controller.ts';
import { joinKey, splitKey } from '../../runtime/object-key.ts';
import type { ControllerSettings } from '../../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome, Reconciler } from '../../runtime/types.ts';
import { createWriter, isNamespaceTerminating } from './apply.ts';
import type { ImportContext } from './context.ts';
import { importService } from './import.ts';
import { removeMirrored } from './removal.ts';
import { isInScope, isMirrored, isTerminating } from './scope.ts';
import { createView, createWritten, type MirrorInformers, type MirrorKind } from './view.ts';

export interface V1ToV3Options extends ControllerSettings {
  readonly client: ApiClient;
  readonly informers: MirrorInformers & {
    /** With managedFields: they tell what was asked for from what was allocated. */
    readonly services: Informer<V1Service>;
    readonly namespaces: Informer<Namespace>;
  };
  /** Namespaces whose Services are mirrored; empty: all of them. */
  readonly mirrorNamespaces: readonly string[];
  /** Identity of the cluster (`store-identity.ts`); asked for once, when first needed. */
  readonly storeIdentity: () => Promise<string>;
}

export function createV1ToV3Controller(options: V1ToV3Options): Controller {
  const { informers } = options;
  const controller = createController({ ...options, reconciler: createV1ToV3Reconciler(options) });
  informers.services.subscribe((event) => controller.queue.add(event.key));
  const follow = <T extends KubeObject>(
    informer: Informer<T>,
    frontendOf: (object: T) => string | undefined,
  ): void => {
    informer.subscribe(({ type, object, previous }) => {
      const { namespace, name = '' } = object.metadata;
      const frontend = frontendOf(object);
      // Whoever takes an object away from a frontend must be noticed by that frontend.
      const before = previous === undefined ? undefined : frontendOf(previous);
      for (const each of new Set([frontend, before])) {
        if (each !== undefined) controller.queue.add(joinKey(namespace, each));
      }
      // A name that stood in the way may be free now; canonical names begin with the Service's.
      const [service = ''] = name.split('.', 1);
      if (type === 'deleted' && service !== frontend) controller.queue.add(joinKey(namespace, service));
    });
  };
  const labelled = (object: KubeObject): string | undefined => object.metadata.labels?.[FRONTEND_LABEL];
  follow(informers.serviceGroups, labelled);
  follow(informers.topologyPolicies, labelled);
  follow(informers.servicePorts, (port) => port.spec.frontend);
  follow(informers.serviceMirrors, (mirror) => mirror.metadata.name);
  return controller;
}

export function createV1ToV3Reconciler(options: V1ToV3Options): Reconciler {
  const { client, informers, clock, recorder } = options;
  const scope = new Set(options.mirrorNamespaces);
  const written = createWritten(clock);
  const observe = <T extends KubeObject>(kind: MirrorKind, informer: Informer<T>): void => {
    informer.subscribe((event) => written.saw(kind, event));
  };
  observe('ServiceGroup', informers.serviceGroups);
  observe('ServicePort', informers.servicePorts);
  observe('TopologyPolicy', informers.topologyPolicies);
  observe('ServiceMirror', informers.serviceMirrors);
  const context: ImportContext = {
    view: createView(informers, written),
    writer: createWriter(client, written),
    services: client.resource<V1Service>(services),
    clock,
    recorder,
    storeIdentity: remembered(options.storeIdentity),
  };

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const { namespace = '', name } = splitKey(key);
    const home = informers.namespaces.get(namespace);
    if (!isInScope(namespace, scope) || (home !== undefined && isTerminating(home))) return done;
    try {
      const service = informers.services.get(key);
      // With its namespace gone, the namespace controller has removed everything.
      if (service === undefined)
        return home === undefined ? done : await removeMirrored(context, namespace, name);
      return isMirrored(service, scope) ? await importService(context, service) : done;
    } catch (cause) {
      return isNamespaceTerminating(cause) ? done : { kind: 'retry', cause };
    }
  }
  return { name: 'mirror-v1-to-v3', reconcile };
}

/** Asks once; a failure is not remembered. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
