/** Endpoint: one backend, a pod, a VM or an external host; one object a backend, however many groups select it. */
import { type Static, Type } from '@sinclair/typebox';
import { choice, integer, mapList, text } from '../../../schema/blocks.ts';
import { time } from '../../../schema/refs.ts';
import { DEFAULT_NETWORK } from '../group.ts';
import { protocols } from '../service-port/schema.ts';
import { apiObject, REFERENCE, struct, timedConditions } from '../struct.ts';

/** As EndpointSlice allows an endpoint, so that every slice can be imported. */
export const MAX_ADDRESSES = 100;
/** As EndpointSlice documents it for a slice. */
export const MAX_PORTS = 100;
/** A zone is a label value on Nodes, but free text in EndpointSlices. */
export const MAX_ZONE_LENGTH = 253;
export const MAX_WEIGHT = 1000;
export const DEFAULT_WEIGHT = 100;

const address = struct('EndpointAddress', 'One IP address of the endpoint, on one network.', {
  ip: text(
    'An IP address in canonical form: IPv6 lower case and compressed, IPv4 without leading zeros. Not loopback, link-local, multicast or unspecified.',
    { minLength: 1 },
  ),
  network: text('The network the address belongs to. Default: "default", the cluster’s own pod network.', {
    default: DEFAULT_NETWORK,
    minLength: 1,
    maxLength: 253,
  }),
  interface: Type.Optional(text('The network interface inside the pod or host, for example net1.')),
});

const port = struct('EndpointPort', 'A port the endpoint listens on.', {
  name: text(
    'Name of the port, which targetPort of a ServicePort may refer to. Default: "", a port without a name.',
    {
      default: '',
    },
  ),
  port: Type.Optional(
    integer(
      'The port number. Left out: any port. 0 comes from EndpointSlices that say so; no traffic is sent to it.',
      { minimum: 0, maximum: 65535 },
    ),
  ),
  protocol: choice(protocols, 'TCP (default), UDP or SCTP.', { default: 'TCP' }),
  appProtocol: Type.Optional(
    text('The application protocol, a hint for proxies, for example kubernetes.io/h2c.', { minLength: 1 }),
  ),
});

const targetRef = struct(
  'TargetReference',
  'The object an endpoint stands for.',
  {
    apiVersion: Type.Optional(text('API version of the object; left out for core objects such as Pods.')),
    kind: Type.Optional(
      text(
        'Kind of the object. For "Pod" an absent condition Serving counts as False instead of True: a pod is not ready before somebody has said so.',
      ),
    ),
    namespace: Type.Optional(text('Namespace of the object.')),
    name: Type.Optional(text('Name of the object.')),
    uid: Type.Optional(text('UID of the object, which tells it from a later one of the same name.')),
  },
  REFERENCE,
);

const spec = struct('EndpointSpec', 'Where the backend is and what it listens on.', {
  addresses: Type.Optional(
    mapList(
      address,
      ['network', 'ip'],
      'The IP addresses, for every network and family, each once. At least one, unless fqdn is set.',
      { maxItems: MAX_ADDRESSES },
    ),
  ),
  fqdn: Type.Optional(
    text('A DNS name instead of addresses, for backends that only DNS knows, for example db.example.com.', {
      minLength: 1,
      maxLength: 254,
    }),
  ),
  ports: Type.Optional(
    mapList(
      port,
      ['name', 'protocol'],
      'The ports, each name at most once a protocol. For pods: the named container ports. A numeric targetPort needs no entry here.',
      { maxItems: MAX_PORTS },
    ),
  ),
  nodeName: Type.Optional(
    text('The Node the endpoint runs on. Needed for node-local delivery and topology.', {
      minLength: 1,
      maxLength: 253,
    }),
  ),
  zone: Type.Optional(
    text('The zone the endpoint is in. For pods it follows the Node’s label topology.kubernetes.io/zone.', {
      maxLength: MAX_ZONE_LENGTH,
    }),
  ),
  hostname: Type.Optional(
    text('Host name for DNS under a headless frontend, for example web-0. A DNS label.'),
  ),
  subdomain: Type.Optional(
    text('The frontend under which the host name is published, as spec.subdomain of a Pod. A DNS label.'),
  ),
  weight: integer(
    'Share of new connections compared with other endpoints, 0 to 1000. Default 100. 0 keeps the endpoint but sends nothing new, unless no other is left: for draining.',
    { default: DEFAULT_WEIGHT, minimum: 0, maximum: MAX_WEIGHT },
  ),
  targetRef: Type.Optional(targetRef),
});

const status = struct(
  'EndpointStatus',
  'The state of the backend. Each condition may belong to another writer.',
  {
    conditions: Type.Optional(
      timedConditions(
        'Ready, Serving and Terminating are independent facts, written by the endpoints controller; Ready absent means serving and not terminating; Serving absent means True (for pods False); Terminating absent means False. Other systems add conditions with a domain, such as lb.example.com/Programmed, which groups can require.',
      ),
    ),
    lastChangeTriggerTime: Type.Optional(
      time(
        'When the change happened (of the pod, for example) that led to the newest state here: measures how long a change takes to reach the network.',
      ),
    ),
  },
);

export const endpointSchema = apiObject(
  'Endpoint',
  'Endpoint is one backend: a pod, a virtual machine or an external host, with its addresses on every network, its ports, its place and its state. There is one for every pod with an IP, whether or not a group selects it. Note that kubectl get endpoints means the core kind: this one is kubectl get ept.',
  { spec, status: Type.Optional(status) },
);

export type Endpoint = Static<typeof endpointSchema>;
export type EndpointSpec = Static<typeof spec>;
export type EndpointStatus = Static<typeof status>;
export type EndpointAddress = Static<typeof address>;
export type EndpointPort = Static<typeof port>;
export type TargetReference = Static<typeof targetRef>;
