/** The v1 Service that a model alone gives: canonical spellings, no baggage. */
import type { V1Service, V1ServicePort, V1ServiceSpec } from '../../api/core/types.ts';
import { DEFAULT_NETWORK } from '../../api/services/v3alpha1/group.ts';
import { conditionOf } from './conditions.ts';
import { wordOf } from './distribution.ts';
import { type GroupModel, mainGroup, type ServiceModel } from './model.ts';
import { type V1Port, v1Ports } from './port-range.ts';

export function writeV1(model: ServiceModel): V1Service {
  const conditions = model.status.conditions.map((c) => conditionOf(c));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: model.name,
      namespace: model.namespace,
      ...(Object.keys(model.labels).length === 0 ? {} : { labels: { ...model.labels } }),
    },
    spec: {
      type: model.type === 'Headless' ? 'ClusterIP' : model.type,
      sessionAffinity: model.sessionAffinity === null ? 'None' : 'ClientIP',
      ...(model.sessionAffinity === null
        ? {}
        : { sessionAffinityConfig: { clientIP: { timeoutSeconds: model.sessionAffinity } } }),
      ...(model.type === 'ExternalName' ? { externalName: model.externalName } : addressableSpec(model)),
      ...(model.type === 'LoadBalancer' ? loadBalancerSpec(model) : {}),
    },
    status: {
      loadBalancer:
        model.status.ingress.length === 0 ? {} : { ingress: structuredClone([...model.status.ingress]) },
      ...(conditions.length === 0 ? {} : { conditions }),
    },
  };
}

function addressableSpec(model: ServiceModel): V1ServiceSpec {
  const ips = clusterIPs(model);
  const [first] = ips;
  const ports = [...v1Ports(model)].flatMap(([key, singles]) =>
    singles.map((single, i) => v1Port(single, i === 0 ? model.status.nodePorts[key] : undefined)),
  );
  const word = wordOf(model.distribution);
  const group = model.groups[mainGroup(model)];
  const outer = model.type === 'NodePort' || model.type === 'LoadBalancer' || model.externalIPs.length > 0;
  return {
    ...(hasSelector(model) && group?.selector.kind === 'labels'
      ? { selector: { ...group.selector.matchLabels } }
      : {}),
    ...(ports.length === 0 ? {} : { ports }),
    ...(first === undefined ? {} : { clusterIP: first, clusterIPs: ips }),
    ...(model.families.length === 0 ? {} : { ipFamilies: [...model.families] }),
    ...(model.familyPolicy === null ? {} : { ipFamilyPolicy: model.familyPolicy }),
    ...(model.externalIPs.length === 0 ? {} : { externalIPs: [...model.externalIPs] }),
    internalTrafficPolicy: model.internalDelivery === 'NodeLocal' ? 'Local' : 'Cluster',
    ...(outer ? { externalTrafficPolicy: model.externalDelivery === 'NodeLocal' ? 'Local' : 'Cluster' } : {}),
    ...(group?.publish === 'All' ? { publishNotReadyAddresses: true } : {}),
    ...(word === undefined ? {} : { trafficDistribution: word }),
  };
}

/** What was allocated stays; before that, what is asked for. */
const clusterIPs = (model: ServiceModel): string[] =>
  model.type === 'Headless'
    ? ['None']
    : [...(model.status.clusterIPs.length > 0 ? model.status.clusterIPs : model.clusterIPs)];

/** @param allocated the node port in effect */
function v1Port({ port }: V1Port, allocated: number | undefined): V1ServicePort {
  const nodePort = port.nodePort === null ? 0 : port.nodePort || (allocated ?? 0);
  return {
    ...(port.portName === '' ? {} : { name: port.portName }),
    protocol: port.protocol,
    ...(port.appProtocol === null ? {} : { appProtocol: port.appProtocol }),
    port: port.port ?? 0,
    ...(port.targetPort === null ? {} : { targetPort: port.targetPort }),
    ...(nodePort === 0 ? {} : { nodePort }),
  };
}

function loadBalancerSpec(model: ServiceModel): V1ServiceSpec {
  const { loadBalancer: lb, status } = model;
  const healthCheck = lb.healthCheckNodePort || status.healthCheckNodePort;
  return {
    allocateLoadBalancerNodePorts: lb.allocateNodePorts,
    ...(lb.class === '' ? {} : { loadBalancerClass: lb.class }),
    ...(lb.sourceRanges.length === 0 ? {} : { loadBalancerSourceRanges: [...lb.sourceRanges] }),
    ...(lb.requestedIP === '' ? {} : { loadBalancerIP: lb.requestedIP }),
    ...(healthCheck === 0 ? {} : { healthCheckNodePort: healthCheck }),
  };
}

const plainGroup = (group: GroupModel): boolean =>
  group.network === DEFAULT_NETWORK &&
  group.publish !== 'Serving' &&
  group.readinessGates.length === 0 &&
  (group.selector.kind !== 'labels' || group.selector.matchExpressions.length === 0);

/**
 * Whether kube-controller-manager's slices would hold what the frontend means: one group for all ports,
 * matchLabels only, the default network, publish Ready or All, no gates.
 */
export function hasSelector(model: ServiceModel): boolean {
  const used = new Set(Object.values(model.ports).map((port) => port.group));
  return used.size === 1 && Object.values(model.groups).every(plainGroup);
}
