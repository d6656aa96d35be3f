/**
 * All controllers of one process over one set of informers.
 *
 *   wait for both APIs ► informers run ► copies are complete ► controllers work
 *                                                                   │ signal
 *   informers stop ◄ events are written ◄ work under way has ended ◄┘
 *
 * 1. No controller works before every copy that it reads is complete: what is not in a copy is then absent.
 * 2. A server that goes away stops nothing here: informers and queues wait and go on.
 */

import { Registry } from 'prom-client';
import type { CoreEvent } from '../api/core/types.ts';
import { errorText } from '../api/meta/error-text.ts';
import { GROUP, VERSION } from '../api/services/v3alpha1/group.ts';
import type { Endpoint, NodeTopology, ServiceGroup, ServicePort } from '../api/services/v3alpha1/types.ts';
import { type Clock, sleep } from '../client/clock.ts';
import { backoff } from '../client/reflector.ts';
import * as resources from '../client/resources.ts';
import type { ApiClient } from '../client/types.ts';
import { createPodEndpointsController } from './endpoints/controller.ts';
import { createSliceEndpointsController } from './endpoints/slices/controller.ts';
import { createFrontendsController } from './frontends/controller.ts';
import { createGroupsController } from './groups/controller.ts';
import { createSharedInformers, type SharedInformers } from './informers.ts';
import { ensureStoreIdentity } from './mirror/store-identity.ts';
import { createV1ToV3Controller } from './mirror/v1-to-v3/controller.ts';
import type { Controller } from './runtime/controller.ts';
import { createEventRecorder } from './runtime/events.ts';
import type { Log } from './runtime/log.ts';
import { createControllerMetrics } from './runtime/metrics.ts';
import type { ControllerSettings } from './runtime/settings.ts';
import { createNodeTopologyController } from './topology/controller.ts';

export interface ControllersOptions {
  /** A server that serves core and our group: kube-apiserver with the APIService, or standalone. */
  readonly client: ApiClient;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** A UUID each time. */
  readonly newId: () => string;
  readonly log: Log;
  /** Ends everything in order. */
  readonly signal: AbortSignal;
  /** Label keys of Nodes beyond the well-known ones that NodeTopologies carry. */
  readonly topologyKeys: readonly string[];
  /** Namespaces whose Services are mirrored; empty: all of them. */
  readonly mirrorNamespaces: readonly string[];
  /** Keys that each controller works on at once. */
  readonly workers: number;
  readonly registry?: Registry;
  /** Called once, when controllers begin to work. */
  readonly onReady?: () => void;
}

/** Who reports events. */
const component = 'services-v3-controllers';
/** Milliseconds between reminders of what a start still waits for. */
const reminderMilliseconds = 10_000;

/** Resolves when the signal has ended and everything has stopped; never throws. */
export async function runControllers(options: ControllersOptions): Promise<void> {
  const { client, clock, random, log, signal } = options;
  await waitForApis(options);
  if (signal.aborted) return;

  const informers = createSharedInformers({ client, clock, random, log });
  const recorder = createEventRecorder({
    events: client.resource<CoreEvent>(resources.events),
    clock,
    component,
  });
  const metrics = createControllerMetrics(options.registry ?? new Registry());
  const settings: ControllerSettings = { clock, random, workers: options.workers, log, metrics, recorder };
  const controllers = createControllers(options, informers, settings);

  // Informers outlive the controllers, whose last writes may look at copies.
  const informerStop = new AbortController();
  const following = Object.values(informers).map((informer) => informer.run(informerStop.signal));
  if (await waitForCopies(options, informers)) {
    log.info({ controllers: controllers.map((c) => c.name) }, 'controllers started');
    options.onReady?.();
    await Promise.all(controllers.map((controller) => controller.run(signal)));
  }
  await recorder.flush();
  informerStop.abort();
  await Promise.all(following);
  log.info({}, 'controllers stopped');
}

function createControllers(
  options: ControllersOptions,
  informers: SharedInformers,
  settings: ControllerSettings,
): readonly Controller[] {
  const { client } = options;
  const endpoints = client.resource<Endpoint>(resources.endpoints);
  return [
    createPodEndpointsController({ ...settings, endpoints, informers }),
    createSliceEndpointsController({ ...settings, endpoints, informers }),
    createNodeTopologyController({
      ...settings,
      nodeTopologies: client.resource<NodeTopology>(resources.nodeTopologies),
      topologyKeys: options.topologyKeys,
      informers,
    }),
    createFrontendsController({
      ...settings,
      servicePorts: client.resource<ServicePort>(resources.servicePorts),
      informers,
    }),
    createGroupsController({
      ...settings,
      serviceGroups: client.resource<ServiceGroup>(resources.serviceGroups),
      informers,
    }),
    createV1ToV3Controller({
      ...settings,
      client,
      informers,
      mirrorNamespaces: options.mirrorNamespaces,
      storeIdentity: () => ensureStoreIdentity(client, options.newId),
    }),
  ];
}

/** Until then a 404 would mean "not served yet", later it means "absent". */
async function waitForApis({ client, clock, random, log, signal }: ControllersOptions): Promise<void> {
  const paths = ['/api/v1', `/apis/${GROUP}/${VERSION}`];
  for (const path of paths) {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await client.request('GET', path, { signal });
        break;
      } catch (error) {
        if (signal.aborted) return;
        const wait = backoff(failures, random());
        log.warn({ path, error: errorText(error), retryInMs: wait }, 'an API is not there yet');
        await sleep(clock, wait, signal);
      }
    }
  }
}

/** @returns false when the signal ended first */
async function waitForCopies(
  { clock, log, signal }: ControllersOptions,
  informers: SharedInformers,
): Promise<boolean> {
  const all = Promise.all(Object.values(informers).map((informer) => informer.whenSynced()));
  let complete = false;
  const finished = all.then(() => {
    complete = true;
  });
  while (!complete && !signal.aborted) {
    const reminder = new AbortController();
    const either = AbortSignal.any([signal, reminder.signal]);
    await Promise.race([finished, sleep(clock, reminderMilliseconds, either)]);
    reminder.abort();
    if (complete || signal.aborted) break;
    const waiting = Object.entries(informers).filter(([, informer]) => !informer.synced);
    log.info({ waitingFor: waiting.map(([name]) => name) }, 'still reading collections');
  }
  return complete && !signal.aborted;
}
