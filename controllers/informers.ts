/** The collections that controllers follow, each once for all of them. */

import type { CoreNode, EndpointSlice, Namespace, Pod, V1Service } from '../api/core/types.ts';
import { errorText } from '../api/meta/error-text.ts';
import type { KubeObject } from '../api/meta/types.ts';
import type {
  Endpoint,
  NodeTopology,
  ServiceGroup,
  ServiceMirror,
  ServicePort,
  TopologyPolicy,
} from '../api/services/v3alpha1/types.ts';
import type { Clock } from '../client/clock.ts';
import type { ReflectorState } from '../client/reflector.ts';
import * as resources from '../client/resources.ts';
import type { ApiClient, ResourceRef } from '../client/types.ts';
import { podIndexes } from './endpoints/controller.ts';
import { networkStatusAnnotation } from './endpoints/networks.ts';
import { endpointIndexes } from './endpoints/owner.ts';
import { sliceIndexes } from './endpoints/slices/controller.ts';
import { frontendIndexes } from './frontends/controller.ts';
import {
  createInformer,
  type InformerOptions,
  type RunningInformer,
  withoutManagedFields,
} from './runtime/informer.ts';
import type { Log } from './runtime/log.ts';

export interface SharedInformers {
  readonly pods: RunningInformer<Pod>;
  readonly nodes: RunningInformer<CoreNode>;
  readonly namespaces: RunningInformer<Namespace>;
  /** With managedFields: the mirror names who contests a field. */
  readonly services: RunningInformer<V1Service>;
  /** Index `service`: by the key of the Service. */
  readonly slices: RunningInformer<EndpointSlice>;
  /** Indexes `pod` and `slice` (owners), and `node`. */
  readonly endpoints: RunningInformer<Endpoint>;
  readonly nodeTopologies: RunningInformer<NodeTopology>;
  readonly serviceGroups: RunningInformer<ServiceGroup>;
  /** Index `frontend`: by `<namespace>/<frontend>`. */
  readonly servicePorts: RunningInformer<ServicePort>;
  readonly topologyPolicies: RunningInformer<TopologyPolicy>;
  readonly serviceMirrors: RunningInformer<ServiceMirror>;
}

export interface InformerContext {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export function createSharedInformers(context: InformerContext): SharedInformers {
  const follow = <T extends KubeObject>(
    ref: ResourceRef,
    options: Partial<Pick<InformerOptions<T>, 'indexes' | 'trim'>> = {},
  ): RunningInformer<T> =>
    createInformer<T>({
      client: context.client.resource<T>(ref),
      clock: context.clock,
      random: context.random,
      trim: withoutManagedFields,
      onState: (state) => report(context.log, ref, state),
      onListenerError: (error) => context.log.error({ error: errorText(error) }, 'a listener failed'),
      ...options,
    });
  return {
    pods: follow<Pod>(resources.pods, { indexes: podIndexes, trim: slimPod }),
    nodes: follow<CoreNode>(resources.nodes, { trim: slimNode }),
    namespaces: follow<Namespace>(resources.namespaces),
    services: follow<V1Service>(resources.services, { trim: (service) => service }),
    slices: follow<EndpointSlice>(resources.endpointSlices, { indexes: sliceIndexes }),
    endpoints: follow<Endpoint>(resources.endpoints, { indexes: endpointIndexes }),
    nodeTopologies: follow<NodeTopology>(resources.nodeTopologies),
    serviceGroups: follow<ServiceGroup>(resources.serviceGroups),
    servicePorts: follow<ServicePort>(resources.servicePorts, { indexes: frontendIndexes }),
    topologyPolicies: follow<TopologyPolicy>(resources.topologyPolicies),
    serviceMirrors: follow<ServiceMirror>(resources.serviceMirrors),
  };
}

function report(log: Log, ref: ResourceRef, state: ReflectorState): void {
  if (state.kind !== 'waiting') return;
  log.warn(
    { resource: ref.plural, group: ref.group, error: errorText(state.cause), retryInMs: state.milliseconds },
    'cannot follow a collection',
  );
}

/** A pod as Endpoints are made from it: a tenth of its bytes, of which a cluster has 150,000. */
export function slimPod(pod: Pod): Pod {
  const { name, namespace, uid, resourceVersion, labels, annotations } = pod.metadata;
  const networks = annotations?.[networkStatusAnnotation];
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const slimContainers = (list: NonNullable<Pod['spec']>['containers']) =>
    (list ?? [])
      .filter((c) => c.ports !== undefined)
      .map(({ name, ports, restartPolicy }) => ({
        name,
        ...(ports === undefined ? {} : { ports }),
        ...(restartPolicy === undefined ? {} : { restartPolicy }),
      }));
  const { nodeName, hostname, subdomain, containers, initContainers } = pod.spec ?? {};
  const { phase, podIP, podIPs, conditions } = pod.status ?? {};
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: {
      ...defined({ name, namespace, uid, resourceVersion, labels, creationTimestamp }),
      ...defined({ deletionTimestamp, deletionGracePeriodSeconds }),
      ...(networks === undefined ? {} : { annotations: { [networkStatusAnnotation]: networks } }),
    },
    spec: {
      ...defined({ nodeName, hostname, subdomain }),
      containers: slimContainers(containers),
      initContainers: slimContainers(initContainers),
    },
    status: {
      ...defined({ phase, podIP, podIPs }),
      conditions: (conditions ?? []).filter((c) => c.type === 'Ready'),
    },
  };
}

function slimNode(node: CoreNode): CoreNode {
  const { name, uid, resourceVersion, labels } = node.metadata;
  return {
    apiVersion: node.apiVersion,
    kind: node.kind,
    metadata: defined({ name, uid, resourceVersion, labels }),
  };
}

/** The fields that are there; exact optional types do not take undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
