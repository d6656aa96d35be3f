/**
 * Pods to Endpoints: the slim network view of a pod, whether or not a group selects it. Pure.
 * What counts as ready, which port wins and which pods are left out follows the EndpointSlice controller
 * (k8s.io/endpointslice `reconciler.go`, `utils.go`; kubernetes `pkg/api/v1/pod/util.go`).
 */
import { createHash } from 'node:crypto';
import type { Container, Pod } from '../../api/core/types.ts';
import { maxSubdomainLength } from '../../api/meta/names.ts';
import { formatTime, parseTime } from '../../api/meta/time.ts';
import {
  DEFAULT_WEIGHT,
  MAX_ADDRESSES,
  MAX_PORTS,
  MAX_ZONE_LENGTH,
} from '../../api/services/v3alpha1/endpoint/schema.ts';
import { DEFAULT_NETWORK, RESERVED_LABEL_PREFIX } from '../../api/services/v3alpha1/group.ts';
import type {
  Endpoint,
  EndpointAddress,
  EndpointPort,
  EndpointSpec,
} from '../../api/services/v3alpha1/types.ts';
import { endpointAddress } from './address.ts';
import { statusOf, type WantedCondition } from './conditions.ts';
import { difference, type EndpointWrites, type WantedEndpoint } from './difference.ts';
import { networkAttachments, networkStatusAnnotation } from './networks.ts';

export interface PodWorld {
  /** undefined: the pod is gone. */
  readonly pod: Pod | undefined;
  /** Endpoints that are this pod's, or an earlier one's of its name. */
  readonly own: readonly Endpoint[];
  /** The Endpoint that has the pod's name, whoever made it. */
  readonly namesake: Endpoint | undefined;
  /** What is known of the pod's Node; undefined: nothing, then an Endpoint keeps the zone it has. */
  readonly node: { readonly zone: string | undefined } | undefined;
  /** RFC 3339 with whole seconds. */
  readonly now: string;
}

export function planPod(world: PodWorld): EndpointWrites {
  const { pod, own } = world;
  const wanted = pod === undefined ? undefined : wantedEndpoint(pod, world);
  return difference(own, wanted === undefined ? [] : [wanted], world.now);
}

function wantedEndpoint(pod: Pod, world: PodWorld): WantedEndpoint | undefined {
  const { name, namespace, uid } = pod.metadata;
  if (name === undefined || namespace === undefined || uid === undefined) return undefined;
  const phase = pod.status?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') return undefined;
  const addresses = podAddresses(pod, namespace);
  if (addresses.length === 0) return undefined;
  return {
    namespace,
    name: endpointName(name, uid, world),
    labels: podLabels(pod),
    owner: { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true },
    spec: podSpec(pod, { name, namespace, uid }, addresses, zoneOf(world)),
    conditions: podConditions(pod),
    triggerTime: triggerTime(pod),
  };
}

/**
 * The pod's own name; where somebody else's Endpoint has it, the name with a hash of the uid, which the pod
 * then keeps even if the other goes.
 */
function endpointName(podName: string, uid: string, world: PodWorld): string {
  const hash = createHash('sha256').update(uid).digest('hex').slice(0, nameHashLength);
  const fallback = `${podName.slice(0, maxSubdomainLength - nameHashLength - 1).replace(/[-.]+$/, '')}-${hash}`;
  if (world.own.some((e) => e.metadata.name === fallback)) return fallback;
  const { namesake } = world;
  const isFree = namesake === undefined || world.own.some((e) => e.metadata.name === podName);
  return isFree ? podName : fallback;
}

/** Hexadecimal digits: 40 bits, so that two pods of one name never meet. */
const nameHashLength = 10;

function podLabels(pod: Pod): Record<string, string> {
  const labels = Object.entries(pod.metadata.labels ?? {});
  return Object.fromEntries(labels.filter(([key]) => !key.startsWith(RESERVED_LABEL_PREFIX)));
}

/** The pod's own addresses first, then those of its networks in the order of the annotation; each once. */
function podAddresses(pod: Pod, namespace: string): EndpointAddress[] {
  const status = pod.status ?? {};
  const podIPs = status.podIPs?.map((p) => p.ip) ?? [];
  const own = podIPs.length === 0 && status.podIP ? [status.podIP] : podIPs;
  const attachments = networkAttachments(pod.metadata.annotations?.[networkStatusAnnotation], namespace);
  const found = new Map<string, EndpointAddress>();
  const add = (text: string, network: string, port: string | undefined): void => {
    const ip = endpointAddress(text);
    if (ip === undefined) return;
    const key = `${network} ${ip}`;
    const known = found.get(key);
    if (known === undefined)
      found.set(key, { ip, network, ...(port === undefined ? {} : { interface: port }) });
    else if (known.interface === undefined && port !== undefined) known.interface = port;
  };
  // Without an address of its own the pod's sandbox is not up, whatever an annotation of an earlier one says.
  if (own.length === 0) return [];
  for (const ip of own) add(ip, DEFAULT_NETWORK, undefined);
  for (const a of attachments) for (const ip of a.ips) add(ip, a.network, a.interface);
  return [...found.values()].slice(0, MAX_ADDRESSES);
}

function podSpec(
  pod: Pod,
  target: { readonly name: string; readonly namespace: string; readonly uid: string },
  addresses: EndpointAddress[],
  zone: string | undefined,
): EndpointSpec {
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const ports = podPorts(pod);
  return {
    addresses,
    ...(ports.length === 0 ? {} : { ports }),
    ...(nodeName ? { nodeName } : {}),
    ...(zone === undefined || zone === '' ? {} : { zone: zone.slice(0, MAX_ZONE_LENGTH) }),
    ...(hostname ? { hostname } : {}),
    ...(subdomain ? { subdomain } : {}),
    weight: DEFAULT_WEIGHT,
    targetRef: { kind: 'Pod', ...target },
  };
}

/** Named ports only; of one name and protocol the first counts: containers, then sidecars. */
function podPorts(pod: Pod): EndpointPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  const containers: readonly Container[] = [...(pod.spec?.containers ?? []), ...sidecars];
  const found = new Map<string, EndpointPort>();
  for (const { name, containerPort, protocol } of containers.flatMap((c) => c.ports ?? [])) {
    if (name === undefined || name === '') continue;
    const port: EndpointPort = { name, port: containerPort, protocol: protocol ?? 'TCP' };
    const key = `${name} ${port.protocol}`;
    if (!found.has(key)) found.set(key, port);
  }
  return [...found.values()].slice(0, MAX_PORTS);
}

function zoneOf(world: PodWorld): string | undefined {
  if (world.node !== undefined) return world.node.zone;
  const uid = world.pod?.metadata.uid;
  return world.own.find((e) => e.spec.targetRef?.uid === uid)?.spec.zone;
}

/** Serving: the pod's Ready condition. Terminating: it is being deleted. Ready: the first without the second. */
function podConditions(pod: Pod): WantedCondition[] {
  const ready = readyCondition(pod);
  const serving = ready?.status === 'True';
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const servingSince = timeText(ready?.lastTransitionTime);
  const terminatingSince = deletionRequested(pod);
  return [
    {
      type: 'Ready',
      status: statusOf(serving && !terminating),
      reason: terminating ? 'PodTerminating' : serving ? 'PodReady' : 'PodNotReady',
      since: terminating ? (terminatingSince ?? servingSince) : servingSince,
    },
    {
      type: 'Serving',
      status: statusOf(serving),
      reason: serving ? 'PodReady' : 'PodNotReady',
      since: servingSince,
    },
    {
      type: 'Terminating',
      status: statusOf(terminating),
      reason: terminating ? 'PodTerminating' : 'PodActive',
      since: terminating ? terminatingSince : timeText(pod.metadata.creationTimestamp),
    },
  ];
}

const readyCondition = (pod: Pod) => pod.status?.conditions?.find((c) => c.type === 'Ready');

/** deletionTimestamp is when the grace ends; the request came the grace period earlier. */
function deletionRequested(pod: Pod): string | undefined {
  const end = parseTime(pod.metadata.deletionTimestamp ?? '');
  if (end === undefined) return undefined;
  return formatTime(new Date(end.getTime() - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000));
}

/** The latest of what can have changed the state: readiness, deletion, creation. */
function triggerTime(pod: Pod): string | undefined {
  const candidates = [
    timeText(pod.metadata.creationTimestamp),
    timeText(readyCondition(pod)?.lastTransitionTime),
    deletionRequested(pod),
  ].filter((t) => t !== undefined);
  return candidates.toSorted().at(-1);
}

function timeText(text: string | null | undefined): string | undefined {
  const time = parseTime(text ?? '');
  return time === undefined ? undefined : formatTime(time);
}
