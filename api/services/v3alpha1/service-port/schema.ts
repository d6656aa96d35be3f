/** ServicePort: how traffic gets in. One way in for one port, or one range of ports, of one group. */
import { type Static, Type } from '@sinclair/typebox';
import { atomicList, choice, flag, integer, text } from '../../../schema/blocks.ts';
import { intOrString, usedAs } from '../../../schema/refs.ts';
import { addressFamilies, groupReference } from '../service-group/schema.ts';
import { apiObject, observedGeneration, portNumber, struct, timedConditions } from '../struct.ts';

export const servicePortTypes = [
  'ClusterIP',
  'NodePort',
  'LoadBalancer',
  'ExternalIP',
  'Headless',
  'ExternalName',
] as const;
export type ServicePortType = (typeof servicePortTypes)[number];

export const protocols = ['TCP', 'UDP', 'SCTP'] as const;

export const deliveries = ['Cluster', 'NodeLocal'] as const;
export type Delivery = (typeof deliveries)[number];

export const familyPolicies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'] as const;

/** Seconds; as v1: a day is the most that proxies keep an affinity entry for. */
export const MAX_AFFINITY_SECONDS = 86_400;
export const DEFAULT_AFFINITY_SECONDS = 10_800;

const clientIPAffinity = struct('ClientIPAffinity', 'Affinity by the address of the client.', {
  timeoutSeconds: integer(
    'Seconds without traffic after which a client may be sent elsewhere. Default 10800 (3 hours).',
    {
      default: DEFAULT_AFFINITY_SECONDS,
      minimum: 1,
      maximum: MAX_AFFINITY_SECONDS,
    },
  ),
});

const sessionAffinity = struct(
  'SessionAffinity',
  'Keeps a client on the endpoint it was sent to first. Exactly one kind of affinity is set; {} is refused.',
  {
    clientIP: Type.Optional(clientIPAffinity),
  },
);

const clusterIP = struct('ClusterIPDoor', 'Settings of type ClusterIP.', {
  addresses: Type.Optional(
    atomicList(
      text('An IP address in canonical form.'),
      'The virtual addresses wanted, at most one a family. Left out: they are allocated. Those in effect are in status.addresses.',
      { maxItems: 2 },
    ),
  ),
});

const nodePort = struct('NodePortDoor', 'Settings of type NodePort.', {
  port: Type.Optional(
    portNumber(
      'The port wanted on every node. Left out: one is allocated. The one in effect is in status.nodePort.',
    ),
  ),
});

const loadBalancer = struct('LoadBalancerDoor', 'Settings of type LoadBalancer.', {
  class: Type.Optional(
    text(
      'The load balancer implementation, for example example.com/internal. Left out: the cluster’s default one.',
      {
        minLength: 1,
      },
    ),
  ),
  sourceRanges: Type.Optional(
    atomicList(
      text('A range of addresses in CIDR notation, for example 10.0.0.0/8.'),
      'The clients let in by the load balancer. Left out: everyone. Most implementations do not enforce it on node ports.',
    ),
  ),
  allocateNodePorts: Type.Optional(
    flag(
      'Whether node ports are allocated for the load balancer to send to. Left out: true. Set false when the load balancer reaches the endpoints directly.',
    ),
  ),
  healthCheckNodePort: Type.Optional(
    portNumber(
      'With delivery NodeLocal: the node port on which a load balancer asks whether a node has endpoints. Left out: one is allocated.',
    ),
  ),
  requestedIP: Type.Optional(
    text(
      'The address asked of the load balancer, in whatever form it takes. Deprecated, as loadBalancerIP of v1 Services is: many implementations ignore it and it cannot say two families.',
    ),
  ),
});

const externalIP = struct('ExternalIPDoor', 'Settings of type ExternalIP.', {
  addresses: Type.Optional(
    atomicList(
      text('An IP address in canonical form; not loopback, link-local, multicast or unspecified.'),
      'Addresses routed to the nodes by other means, at least one. Nobody checks that they are yours, so asking for this type needs the right to use serviceports/externalip. Deprecated.',
    ),
  ),
});

const externalName = struct('ExternalNameDoor', 'Settings of type ExternalName.', {
  host: Type.Optional(
    text(
      'The DNS name that the frontend is an alias (CNAME) of; lower case, a trailing dot is allowed. Required.',
      {
        maxLength: 254,
      },
    ),
  ),
});

const spec = struct('ServicePortSpec', 'One way in: its kind, port and address, and the group behind it.', {
  type: choice(
    servicePortTypes,
    'The kind of door. ClusterIP: a virtual address inside the cluster. NodePort: a port on every node. LoadBalancer: a load balancer outside. ExternalIP: addresses that somebody routes to the nodes (deprecated). Headless: DNS names the endpoints themselves. ExternalName: a DNS alias of another name. Immutable: another kind of door is another ServicePort, so both can stand during a change.',
  ),
  groupRef: Type.Optional(
    usedAs(
      groupReference,
      'The ServiceGroup whose endpoints get the traffic, in the same namespace. Required, except for type ExternalName, where it is forbidden. Ports of one frontend may point at different groups.',
    ),
  ),
  frontend: Type.Optional(
    text(
      'The name that this port is reached by. ServicePorts with one frontend share a DNS name and an address, as the ports of one v1 Service do. Default on create: groupRef.name (type ExternalName: metadata.name). A DNS label. Immutable.',
      { minLength: 1 },
    ),
  ),
  portName: Type.Optional(
    text(
      'The port’s name in DNS SRV records, for example http. Lower case letters, digits and -, at most 63. Unique within the frontend and type.',
      { minLength: 1 },
    ),
  ),
  port: Type.Optional(
    portNumber(
      'The port that clients connect to. May be left out for Headless and ExternalName only, where clients need not connect to a port of ours.',
    ),
  ),
  endPort: Type.Optional(
    portNumber(
      'The last port of a range that starts at port. Port number n of the range goes to port number n of the equally long range that starts at targetPort, which must be a number then. Left out: a single port.',
    ),
  ),
  protocol: choice(protocols, 'TCP (default), UDP or SCTP.', { default: 'TCP' }),
  appProtocol: Type.Optional(
    text(
      'The application protocol, a hint for proxies: a name of the IANA service registry such as https, or a prefixed one such as kubernetes.io/h2c.',
      {
        minLength: 1,
      },
    ),
  ),
  targetPort: Type.Optional(
    intOrString(
      'The port of the endpoints that traffic is sent to: a number, or the name of a port on the Endpoint (so that backends may differ in number). Default on create: port.',
    ),
  ),
  delivery: Type.Optional(
    choice(
      deliveries,
      'A promise about the way. Cluster (what left out means): any node’s endpoints. NodeLocal: only endpoints on the node where the traffic arrives; it keeps the client’s address, and drops traffic where there are none. On ClusterIP it binds all traffic; on NodePort, LoadBalancer and ExternalIP only traffic from outside the cluster, as externalTrafficPolicy of v1 does.',
    ),
  ),
  families: Type.Optional(
    atomicList(
      choice(addressFamilies, 'IPv4 or IPv6.'),
      'Address families of the frontend, most preferred first, each at most once. Left out: by familyPolicy and the cluster’s default. For types ClusterIP, Headless, NodePort and LoadBalancer.',
      { maxItems: 2 },
    ),
  ),
  familyPolicy: Type.Optional(
    choice(
      familyPolicies,
      'How many families the frontend gets. SingleStack (what left out means): one. PreferDualStack: two where the cluster has two. RequireDualStack: two, or nothing. For types ClusterIP, Headless, NodePort and LoadBalancer.',
    ),
  ),
  sessionAffinity: Type.Optional(
    usedAs(
      sessionAffinity,
      'Keeps a client on the endpoint it was sent to first. Left out: every connection may go elsewhere. A setting of the whole frontend.',
    ),
  ),
  clusterIP: Type.Optional(
    usedAs(clusterIP, 'Settings of type ClusterIP; forbidden for other types. Left out: all defaults.'),
  ),
  nodePort: Type.Optional(
    usedAs(nodePort, 'Settings of type NodePort; forbidden for other types. Left out: all defaults.'),
  ),
  loadBalancer: Type.Optional(
    usedAs(loadBalancer, 'Settings of type LoadBalancer; forbidden for other types. Left out: all defaults.'),
  ),
  externalIP: Type.Optional(
    usedAs(externalIP, 'Settings of type ExternalIP, required there; forbidden for other types.'),
  ),
  externalName: Type.Optional(
    usedAs(externalName, 'Settings of type ExternalName, required there; forbidden for other types.'),
  ),
});

const addressPort = struct('ServicePortAddressPort', 'One port of an address, and what is wrong with it.', {
  port: integer('The port number.', { minimum: 0, maximum: 65535 }),
  protocol: choice(protocols, 'TCP (default), UDP or SCTP.', { default: 'TCP' }),
  error: Type.Optional(
    text(
      'Why this port does not work here: a CamelCase word, or a prefixed one such as example.com/QuotaExceeded.',
    ),
  ),
});

const address = struct(
  'ServicePortAddress',
  'An address the port can be reached at: an IP, a host name, or both.',
  {
    ip: Type.Optional(text('An IP address.')),
    hostname: Type.Optional(text('A DNS name, as some load balancers have instead of an IP.')),
    ipMode: Type.Optional(
      choice(
        ['VIP', 'Proxy'],
        'How packets come from a load balancer. VIP: with its address as destination, so nodes may short-cut traffic to it. Proxy: with the node’s or pod’s address, so traffic must go by the load balancer.',
      ),
    ),
    ports: Type.Optional(
      atomicList(addressPort, 'State of the single ports, where the provider reports it.'),
    ),
  },
);

const status = struct(
  'ServicePortStatus',
  'What was allocated and programmed. Written by controllers only.',
  {
    observedGeneration: Type.Optional(observedGeneration()),
    addresses: Type.Optional(
      atomicList(
        address,
        'Where the port can be reached now: the virtual addresses, or those of the load balancer.',
      ),
    ),
    nodePort: Type.Optional(portNumber('The node port in effect.')),
    healthCheckNodePort: Type.Optional(portNumber('The health check node port in effect.')),
    conditions: Type.Optional(
      timedConditions(
        'State of the port. Accepted: it is in effect (False: FrontendConflict, FrontendTypes). Programmed: traffic gets through. Conflicted: a setting differs from the frontend’s (FrontendSettingDiffers). Deprecated: it uses ExternalIP or requestedIP. Lossy: v1 cannot express all of it. Those of a mirrored v1 Service appear as v1.services.x-k8s.io/<Type>.',
      ),
    ),
  },
);

export const servicePortSchema = apiObject(
  'ServicePort',
  'ServicePort says how traffic gets in: one door (cluster IP, node port, load balancer, external IP, headless name or external name) for one port, or one range of ports, of a ServiceGroup. Ports that share a frontend share its name and address.',
  { spec, status: Type.Optional(status) },
);

export type ServicePort = Static<typeof servicePortSchema>;
export type ServicePortSpec = Static<typeof spec>;
export type ServicePortStatus = Static<typeof status>;
export type ServicePortAddress = Static<typeof address>;
export type ServicePortAddressPort = Static<typeof addressPort>;
export type SessionAffinity = Static<typeof sessionAffinity>;
export type ClusterIPDoor = Static<typeof clusterIP>;
export type NodePortDoor = Static<typeof nodePort>;
export type LoadBalancerDoor = Static<typeof loadBalancer>;
export type ExternalIPDoor = Static<typeof externalIP>;
export type ExternalNameDoor = Static<typeof externalName>;
