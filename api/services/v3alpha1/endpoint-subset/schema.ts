/** EndpointSubset: the answer for one group and one client place. Computed, never stored. */
import { type Static, Type } from '@sinclair/typebox';
import { atomicList, choice, flag, integer, text } from '../../../schema/blocks.ts';
import { usedAs } from '../../../schema/refs.ts';
import { addressFamilies, groupReference } from '../service-group/schema.ts';
import { deliveries, protocols } from '../service-port/schema.ts';
import { apiObject, struct } from '../struct.ts';

export const targetUses = ['Cluster', 'Local'] as const;
export type TargetUse = (typeof targetUses)[number];

const client = struct('SubsetClient', 'The place a subset is computed for. Empty for <group>.any.', {
  nodeName: Type.Optional(text('The Node or host of the client.')),
  zone: Type.Optional(text('The zone of the client: as asked, or its node’s.')),
  namespace: Type.Optional(text('The namespace of the client, whose consumer policies apply.')),
  podName: Type.Optional(text('The client pod, whose labels clientSelectors look at.')),
});

const shard = struct('SubsetShard', 'Which part of the subset this object is.', {
  index: integer('Number of this part, from 0.', { minimum: 0 }),
  count: integer('How many parts there are, a power of two.', { minimum: 1 }),
});

const spec = struct('EndpointSubsetSpec', 'The question: which group, seen from where.', {
  groupRef: usedAs(groupReference, 'The ServiceGroup, in the same namespace.'),
  client: usedAs(client, 'The client’s place.'),
  shard: usedAs(shard, 'Which part of the answer this object holds.'),
});

const policyRef = struct('SubsetPolicy', 'The TopologyPolicy that decided.', {
  name: text('Name of the policy.'),
  namespace: text('Its namespace.'),
});

const endpoint = struct('SubsetEndpoint', 'An endpoint the client may use, for some port and family.', {
  name: text('Name of the Endpoint.'),
  addresses: Type.Optional(atomicList(text('An IP address.'), 'Its addresses on the group’s network.')),
  zone: Type.Optional(text('Its zone.')),
  nodeName: Type.Optional(text('Its Node.')),
  weight: integer('Its share of new connections compared with others.', { minimum: 0 }),
});

const target = struct('SubsetTarget', 'Where to send, for one port and family.', {
  endpoint: text('Name of the Endpoint.'),
  port: Type.Optional(
    integer('The port to send to (of a range: its first). Left out: the same port.', {
      minimum: 0,
      maximum: 65535,
    }),
  ),
  use: atomicList(
    choice(targetUses, 'Cluster or Local.'),
    'For which traffic. Cluster: traffic that may go to any node. Local: traffic that must stay on the client’s node.',
  ),
});

const family = struct('SubsetFamily', 'The answer for one port and one address family.', {
  family: choice(addressFamilies, 'IPv4 or IPv6.'),
  tier: Type.Optional(text('The topology key of the tier that was chosen; left out when none was.')),
  reason: text('Why these endpoints were chosen, in words.'),
  targets: atomicList(target, 'Where to send. Empty, with hasAnyEndpoints: drop.'),
});

const port = struct('SubsetPort', 'The answer for one ServicePort of the group.', {
  name: text('Name of the ServicePort.'),
  portName: Type.Optional(text('Its portName.')),
  port: Type.Optional(integer('The port that clients connect to.', { minimum: 1, maximum: 65535 })),
  endPort: Type.Optional(integer('The last port of a range.', { minimum: 1, maximum: 65535 })),
  protocol: choice(protocols, 'TCP, UDP or SCTP.'),
  delivery: choice(deliveries, 'Cluster or NodeLocal.'),
  hasAnyEndpoints: flag(
    'Whether any endpoint could take traffic anywhere. False: reject connections. True without a target: drop them, for somebody elsewhere would take them.',
  ),
  families: atomicList(family, 'One answer for each address family.'),
});

const pending = struct('SubsetPending', 'A member that waits for nothing but readiness gates.', {
  name: text('Name of the Endpoint.'),
  addresses: Type.Optional(atomicList(text('An IP address.'), 'Its addresses on the group’s network.')),
  nodeName: Type.Optional(text('Its Node.')),
  waitingFor: atomicList(text('A condition type.'), 'The gates that are not True yet.'),
});

const status = struct('EndpointSubsetStatus', 'The answer.', {
  policy: Type.Optional(policyRef),
  reason: Type.Optional(text('Why these endpoints were chosen, in words.')),
  endpoints: Type.Optional(
    atomicList(endpoint, 'The endpoints of all ports and families together, sorted by name.'),
  ),
  ports: Type.Optional(atomicList(port, 'The answer for each ServicePort of the group.')),
  pending: Type.Optional(
    atomicList(
      pending,
      'Only on <group>.any: members that wait for nothing but gates. Systems that program endpoints do these next, then set their condition.',
    ),
  ),
});

export const endpointSubsetSchema = apiObject(
  'EndpointSubset',
  'EndpointSubset is the answer to: which endpoints of this group may a client at this place use? It is computed when asked for, can be listed and watched, and never written. Its name says group and place: web.any, web.zone.us-east-1a, web.node.node-1, web.pod.shop.cart-0.',
  { spec, status: Type.Optional(status) },
);

export type EndpointSubset = Static<typeof endpointSubsetSchema>;
export type EndpointSubsetSpec = Static<typeof spec>;
export type EndpointSubsetStatus = Static<typeof status>;
export type SubsetClient = Static<typeof client>;
export type SubsetShard = Static<typeof shard>;
export type SubsetPolicy = Static<typeof policyRef>;
export type SubsetEndpoint = Static<typeof endpoint>;
export type SubsetPort = Static<typeof port>;
export type SubsetFamily = Static<typeof family>;
export type SubsetTarget = Static<typeof target>;
export type SubsetPending = Static<typeof pending>;
