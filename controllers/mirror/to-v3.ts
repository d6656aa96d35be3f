/**
 * Model → v3 objects, with every default spelled out so that what the server keeps can be compared by value.
 * ServicePorts carry the status that they should have; it is written separately.
 */
import type { Condition } from '../../api/meta/types.ts';
import {
  API_VERSION,
  FRONTEND_LABEL,
  ORIGIN_LABEL,
  SERVICE_NAME_LABEL,
} from '../../api/services/v3alpha1/group.ts';
import type {
  ServiceGroup,
  ServicePort,
  ServicePortSpec,
  ServicePortStatus,
  TopologyPolicy,
} from '../../api/services/v3alpha1/types.ts';
import { conditionOf, V1_CONDITION_PREFIX } from './conditions.ts';
import {
  type Door,
  doorsOf,
  type GroupModel,
  mainGroup,
  type PortKey,
  type PortModel,
  portEntries,
  type SelectorModel,
  type ServiceModel,
} from './model.ts';
import {
  type Carrier,
  canonicalPortName,
  doorCarrier,
  groupCarrier,
  type Names,
  type ObjectName,
} from './names.ts';

/** The v3 objects of one frontend. */
export interface V3Objects {
  readonly groups: readonly ServiceGroup[];
  readonly ports: readonly ServicePort[];
  readonly policies: readonly TopologyPolicy[];
}

/**
 * @param names of the objects that exist already; canonical names for all others
 */
export function toV3(model: ServiceModel, names: Names): V3Objects {
  const main = mainGroup(model);
  return {
    groups: Object.entries(model.groups).map(([name, group]) =>
      groupObject(model, nameFor(names, groupCarrier(name), 'ServiceGroup', name), group, name === main),
    ),
    ports: portEntries(model).flatMap(([key, port]) =>
      doorsOf(model, port).map((door) => {
        const canonical = canonicalPortName(model.name, port, door);
        return portObject(
          model,
          nameFor(names, doorCarrier(key, door), 'ServicePort', canonical),
          key,
          port,
          door,
        );
      }),
    ),
    policies:
      model.distribution === null
        ? []
        : [policyObject(model, nameFor(names, 'distribution', 'TopologyPolicy', model.name), main)],
  };
}

const nameFor = (names: Names, carrier: Carrier, kind: ObjectName['kind'], canonical: string): ObjectName =>
  names[carrier] ?? { kind, name: canonical };

function header(
  model: ServiceModel,
  { kind, name, uid }: ObjectName,
  labels: Readonly<Record<string, string>>,
) {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: {
      name,
      namespace: model.namespace,
      ...(uid === undefined ? {} : { uid }),
      labels: { ...labels, [FRONTEND_LABEL]: model.name, [ORIGIN_LABEL]: model.origin },
    },
  };
}

function groupObject(model: ServiceModel, name: ObjectName, group: GroupModel, main: boolean): ServiceGroup {
  const selector = selectorOf(model.name, group.selector);
  return {
    ...header(model, name, main ? model.labels : {}),
    spec: {
      ...(selector === undefined ? {} : { selector }),
      network: group.network,
      ...(group.addressFamilies.length === 0 ? {} : { addressFamilies: [...group.addressFamilies] }),
      publish: group.publish,
      ...(group.readinessGates.length === 0
        ? {}
        : { readinessGates: group.readinessGates.map((conditionType) => ({ conditionType })) }),
      ...(group.gateTimeoutSeconds === null ? {} : { gateTimeoutSeconds: group.gateTimeoutSeconds }),
    },
  };
}

function selectorOf(service: string, selector: SelectorModel): ServiceGroup['spec']['selector'] {
  if (selector.kind === 'nothing') return undefined;
  if (selector.kind === 'manual') return { matchLabels: { [SERVICE_NAME_LABEL]: service } };
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels: { ...matchLabels } }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions: structuredClone([...matchExpressions]) }),
  };
}

function policyObject(model: ServiceModel, name: ObjectName, group: string): TopologyPolicy {
  const { tiers, whenUnmatched } = model.distribution ?? { tiers: [], whenUnmatched: 'Anywhere' as const };
  return {
    ...header(model, name, {}),
    spec: { groups: [{ name: group }], tiers: tiers.map((tier) => ({ ...tier })), whenUnmatched },
  };
}

function portObject(
  model: ServiceModel,
  name: ObjectName,
  key: PortKey,
  port: PortModel,
  door: Door,
): ServicePort {
  const status = portStatus(model, key, door);
  return {
    ...header(model, name, door === 'ExternalName' ? model.labels : {}),
    spec: {
      type: door,
      ...(port.group === '' ? {} : { groupRef: { name: port.group } }),
      frontend: model.name,
      ...(port.portName === '' ? {} : { portName: port.portName }),
      ...(port.port === null ? {} : { port: port.port }),
      ...(port.endPort === null ? {} : { endPort: port.endPort }),
      protocol: port.protocol,
      ...(port.appProtocol === null ? {} : { appProtocol: port.appProtocol }),
      ...(port.targetPort === null ? {} : { targetPort: port.targetPort }),
      ...frontendSpec(model, door),
      ...doorBlock[door](model, port),
    },
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
}

/** Settings of the whole frontend, on each of its ports that can have them. */
function frontendSpec(model: ServiceModel, door: Door): Partial<ServicePortSpec> {
  if (door === 'ExternalName') return {};
  const outer = door === 'NodePort' || door === 'LoadBalancer' || door === 'ExternalIP';
  const delivery = outer ? model.externalDelivery : model.internalDelivery;
  return {
    ...(door === 'Headless' ? {} : { delivery }),
    ...(door === 'ExternalIP' || model.families.length === 0 ? {} : { families: [...model.families] }),
    ...(door === 'ExternalIP' || model.familyPolicy === null ? {} : { familyPolicy: model.familyPolicy }),
    ...(model.sessionAffinity === null
      ? {}
      : { sessionAffinity: { clientIP: { timeoutSeconds: model.sessionAffinity } } }),
  };
}

type Block = (model: ServiceModel, port: PortModel) => Partial<ServicePortSpec>;

/** The block named like the type; left out where it would be empty, which means the same. */
const doorBlock: Readonly<Record<Door, Block>> = {
  ClusterIP: (model) =>
    model.clusterIPs.length === 0 ? {} : { clusterIP: { addresses: [...model.clusterIPs] } },
  Headless: () => ({}),
  NodePort: (_, port) =>
    port.nodePort === null || port.nodePort === 0 ? {} : { nodePort: { port: port.nodePort } },
  LoadBalancer: ({ loadBalancer: lb }) => ({
    loadBalancer: {
      ...(lb.class === '' ? {} : { class: lb.class }),
      ...(lb.sourceRanges.length === 0 ? {} : { sourceRanges: [...lb.sourceRanges] }),
      allocateNodePorts: lb.allocateNodePorts,
      ...(lb.healthCheckNodePort === 0 ? {} : { healthCheckNodePort: lb.healthCheckNodePort }),
      ...(lb.requestedIP === '' ? {} : { requestedIP: lb.requestedIP }),
    },
  }),
  ExternalIP: (model) => ({ externalIP: { addresses: [...model.externalIPs] } }),
  ExternalName: (model) => ({ externalName: { host: model.externalName } }),
};

function portStatus(model: ServiceModel, key: PortKey, door: Door): ServicePortStatus {
  const { status } = model;
  const addresses = statusAddresses(model, door);
  const nodePort = status.nodePorts[key];
  const conditions = v1Conditions(model, door);
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(door === 'NodePort' && nodePort !== undefined ? { nodePort } : {}),
    ...(door === 'LoadBalancer' && status.healthCheckNodePort !== 0
      ? { healthCheckNodePort: status.healthCheckNodePort }
      : {}),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function statusAddresses(model: ServiceModel, door: Door): NonNullable<ServicePortStatus['addresses']> {
  switch (door) {
    case 'ClusterIP':
      return model.status.clusterIPs.map((ip) => ({ ip }));
    case 'ExternalIP':
      return model.externalIPs.map((ip) => ({ ip }));
    case 'LoadBalancer':
      return structuredClone([...model.status.ingress]);
    default:
      return [];
  }
}

/** The door that shows v1's conditions: the load balancer's, else the one that every Service has. */
export const conditionDoor = (model: Pick<ServiceModel, 'type'>): Door =>
  model.type === 'NodePort' ? 'ClusterIP' : model.type;

const v1Conditions = (model: ServiceModel, door: Door): Condition[] =>
  door === conditionDoor(model)
    ? model.status.conditions.map((c) => conditionOf(c, V1_CONDITION_PREFIX))
    : [];
