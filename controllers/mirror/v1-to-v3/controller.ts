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
import { isReason } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { API_VERSION, FRONTEND_LABEL } from '../../../api/services/v3alpha1/group.ts';
import type {
  ServiceMirror,
  ServiceMirrorStatus,
  ServicePort,
} from '../../../api/services/v3alpha1/types.ts';
import { services } from '../../../client/resources.ts';
import type { ApiClient } from '../../../client/types.ts';
import { type Controller, createController, done } from '../../runtime/controller.ts';
import { joinKey, splitKey } from '../../runtime/object-key.ts';
import type { ControllerSettings } from '../../runtime/settings.ts';
import type { Informer, ObjectKey, Outcome } from '../../runtime/types.ts';
import type { ObjectKind } from '../names.ts';
import { applyImport, applyMirror, createWriter, inParallel, isNamespaceTerminating } from './apply.ts';
import { type ImportPlan, mirroredObjects, planImport } from './plan.ts';
import { judgeRemoval, type LiveService } from './removal.ts';
import { idleStatus, importStatus, wantedMirror } from './report.ts';
import { isAlwaysV1, isInScope, isMirrored, isTerminating } from './scope.ts';
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

/** Milliseconds until an object that was refused is tried again: rights and rules change by hand. */
const REFUSED_RETRY_MS = 300_000;
/** Milliseconds until our copy of a Service that is still there should have caught up. */
const CATCH_UP_MS = 1_000;

export function createV1ToV3Controller(options: V1ToV3Options): Controller {
  const { client, informers, clock, recorder } = options;
  const namespaces = new Set(options.mirrorNamespaces);
  const written = createWritten(clock);
  const view = createView(informers, written);
  const writer = createWriter(client, written);
  const v1 = client.resource<V1Service>(services);
  let identity: Promise<string> | undefined;

  /** A failed attempt is not remembered. */
  const storeIdentity = (): Promise<string> => {
    identity ??= options.storeIdentity().catch((error: unknown) => {
      identity = undefined;
      throw error;
    });
    return identity;
  };

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const { namespace = '', name } = splitKey(key);
    const home = informers.namespaces.get(namespace);
    if (!isInScope(namespace, namespaces) || (home !== undefined && isTerminating(home))) return done;
    try {
      const service = informers.services.get(key);
      if (service === undefined) return home === undefined ? done : await removeMirrored(namespace, name);
      return isMirrored(service, namespaces) ? await importService(service, namespace, name) : done;
    } catch (cause) {
      return isNamespaceTerminating(cause) ? done : { kind: 'retry', cause };
    }
  }

  async function importService(service: V1Service, namespace: string, name: string): Promise<Outcome> {
    const mirror = view.get('ServiceMirror', namespace, name);
    const idle = idleReason(mirror, namespace, name);
    if (mirror !== undefined && idle !== undefined) {
      await applyMirror(writer, mirror, undefined, idleStatus(mirror, ...idle, new Date(clock.now())));
      return done;
    }
    const plan = planImport({ service, mirror, view, store: await storeIdentity() });
    const read = (kind: ObjectKind, objectName: string) => view.get(kind, namespace, objectName);
    const applied = await applyImport(
      plan,
      writer,
      (port) => read('ServicePort', port) as ServicePort | undefined,
    );
    const status = importStatus(
      plan,
      applied,
      mirror,
      (desired) => read(desired.kind as ObjectKind, desired.metadata.name ?? ''),
      new Date(clock.now()),
    );
    await applyMirror(writer, mirror, wantedMirror(plan, mirror), status);
    tell(service, plan, mirror, status);
    return applied.refused.length > 0 ? { kind: 'after', milliseconds: REFUSED_RETRY_MS } : done;
  }

  /** Events for people: what was undone, and what stands in the way (once, when it begins). */
  function tell(
    service: V1Service,
    plan: ImportPlan,
    mirror: ServiceMirror | undefined,
    status: ServiceMirrorStatus | undefined,
  ): void {
    for (const object of plan.reverted) {
      recorder.event(
        service,
        'Normal',
        'EditReverted',
        `${object.kind} "${object.metadata.name}" was set back to what this Service says; its mirror has authority V1`,
      );
    }
    const synced = status?.conditions?.find((condition) => condition.type === 'Synced');
    const before = mirror?.status?.conditions?.find((condition) => condition.type === 'Synced');
    if (synced?.status === 'False' && synced.message !== before?.message) {
      recorder.event(service, 'Warning', synced.reason, synced.message);
    }
  }

  async function removeMirrored(namespace: string, name: string): Promise<Outcome> {
    const mirror = view.get('ServiceMirror', namespace, name);
    const objects = mirroredObjects(namespace, name, mirror, view);
    // A mirror that was made before its Service holds settings; it is the user's.
    if (objects.length === 0 && mirror?.status?.base === undefined) return done;
    if (mirror !== undefined && idleReason(mirror, namespace, name) !== undefined) return done;
    const verdict = judgeRemoval(mirror, await liveService(namespace, name), await storeIdentity());
    if (verdict.kind === 'wait') return { kind: 'after', milliseconds: CATCH_UP_MS };
    if (verdict.kind === 'refuse') {
      await refuseRemoval(namespace, name, mirror, verdict.message);
      return done;
    }
    await inParallel(objects, (object) => writer.remove(object));
    if (mirror !== undefined) await writer.remove(mirror);
    return done;
  }

  async function liveService(namespace: string, name: string): Promise<LiveService> {
    try {
      return { kind: 'present', uid: (await v1.get(namespace, name)).metadata.uid ?? '' };
    } catch (error) {
      if (isReason(error, 'NotFound')) return { kind: 'absent' };
      throw error;
    }
  }

  async function refuseRemoval(
    namespace: string,
    name: string,
    mirror: ServiceMirror | undefined,
    message: string,
  ): Promise<void> {
    const now = new Date(clock.now());
    const known = mirror ?? newMirror(namespace, name);
    const spec = mirror === undefined ? { metadata: known.metadata, spec: known.spec } : undefined;
    const status = idleStatus(known, 'OriginMissing', message, now);
    await applyMirror(writer, mirror, spec, status);
    if (status !== undefined) recorder.event(known, 'Warning', 'OriginMissing', message);
  }

  const controller = createController({ ...options, reconciler: { name: 'mirror-v1-to-v3', reconcile } });
  const add = (namespace: string | undefined, name: string | undefined): void => {
    if (name !== undefined && name !== '') controller.queue.add(joinKey(namespace, name));
  };
  informers.services.subscribe((event) => controller.queue.add(event.key));
  const follow = <T extends KubeObject>(
    kind: MirrorKind,
    informer: Informer<T>,
    frontend: (object: T) => string | undefined,
  ): void => {
    informer.subscribe((event) => {
      written.saw(kind, event);
      add(event.object.metadata.namespace, frontend(event.object));
      // A name that stood in the way may be free now.
      const first = event.object.metadata.name?.split('.', 1)[0];
      if (event.type === 'deleted' && first !== frontend(event.object))
        add(event.object.metadata.namespace, first);
    });
  };
  const labelled = (object: KubeObject): string | undefined => object.metadata.labels?.[FRONTEND_LABEL];
  follow('ServiceGroup', informers.serviceGroups, labelled);
  follow('TopologyPolicy', informers.topologyPolicies, labelled);
  follow('ServicePort', informers.servicePorts, (port) => port.spec.frontend);
  follow('ServiceMirror', informers.serviceMirrors, (mirror) => mirror.metadata.name);
  return controller;
}

/** Why nothing is to be written now, and what the mirror then says. */
function idleReason(
  mirror: ServiceMirror | undefined,
  namespace: string,
  name: string,
): ['Paused' | 'AuthorityNotImplemented', string] | undefined {
  if (mirror?.spec.paused === true) return ['Paused', 'spec.paused is true; nothing is written'];
  const authority = mirror?.spec.authority ?? 'V1';
  if (authority === 'V1' || isAlwaysV1(namespace, name)) return undefined;
  return [
    'AuthorityNotImplemented',
    `authority ${authority} needs the direction from v3 to v1, which this version does not have; set it to V1`,
  ];
}

const newMirror = (namespace: string, name: string): ServiceMirror => ({
  apiVersion: API_VERSION,
  kind: 'ServiceMirror',
  metadata: { namespace, name, labels: { [FRONTEND_LABEL]: name } },
  spec: { authority: 'V1', paused: false },
});
