/** ServiceGroup: who. A set of Endpoints by label selector; no address, no port, no DNS name. */
import { type Static, Type } from '@sinclair/typebox';
import { atomicList, choice, integer, mapList, text } from '../../../schema/blocks.ts';
import { labelSelector } from '../../../schema/refs.ts';
import { DEFAULT_NETWORK } from '../group.ts';
import { apiObject, observedGeneration, REFERENCE, struct, timedConditions } from '../struct.ts';

export const addressFamilies = ['IPv4', 'IPv6'] as const;
export type AddressFamily = (typeof addressFamilies)[number];

export const publishPolicies = ['Ready', 'Serving', 'All'] as const;
export type PublishPolicy = (typeof publishPolicies)[number];

/** A DNS label, since the group's name is the first label of its EndpointSubsets' names. */
export const MAX_GROUP_NAME_LENGTH = 63;

/** Gates are asked for every Endpoint at every change; more than a handful is a mistake. */
export const MAX_READINESS_GATES = 32;

/** How objects of the group's own namespace name it. */
export const groupReference = struct(
  'GroupReference',
  'Names a ServiceGroup of the same namespace.',
  {
    name: text('Name of the ServiceGroup. It need not exist yet: until it does there are no endpoints.', {
      minLength: 1,
      maxLength: MAX_GROUP_NAME_LENGTH,
    }),
  },
  REFERENCE,
);

const readinessGate = struct(
  'ReadinessGate',
  'One more condition an Endpoint must fulfil to be ready for a group.',
  {
    conditionType: text(
      'Type of the Endpoint condition that must be "True", for example lb.example.com/Programmed. An Endpoint that does not carry the condition does not fulfil it.',
      { minLength: 1, maxLength: 316 },
    ),
  },
);

const spec = struct(
  'ServiceGroupSpec',
  'Which Endpoints belong to the group, and which of them may receive traffic.',
  {
    selector: Type.Optional(
      labelSelector(
        'Selects the Endpoints of this namespace that belong to the group, by their labels (pods’ Endpoints carry their pod’s labels). All requirements must hold. Left out: the group is empty. A selector without any requirement is refused, because selecting everything by accident sends traffic to everything.',
      ),
    ),
    network: text(
      'The network whose addresses this group hands out, for pods with more than one. Endpoints without an address there do not belong to the group. Default: "default", the cluster’s own pod network.',
      { default: DEFAULT_NETWORK, minLength: 1, maxLength: 253 },
    ),
    addressFamilies: Type.Optional(
      atomicList(
        choice(addressFamilies, 'IPv4 or IPv6.'),
        'The address families handed out, most preferred first, each at most once. Left out: whatever families the endpoints have.',
        { maxItems: 2 },
      ),
    ),
    publish: choice(
      publishPolicies,
      'Which endpoints may receive traffic. Ready (default): those that are ready and pass every readiness gate. Serving: those that answer, even while shutting down, and pass every gate; for peers that must find each other early or late. All: every one whatever its conditions, as publishNotReadyAddresses of a v1 Service.',
      { default: 'Ready' },
    ),
    readinessGates: Type.Optional(
      mapList(
        readinessGate,
        ['conditionType'],
        'Conditions that must be True on an Endpoint as well before this group calls it ready. With them a load balancer or a firewall holds traffic back until it has programmed the endpoint.',
        { maxItems: MAX_READINESS_GATES },
      ),
    ),
    gateTimeoutSeconds: Type.Optional(
      integer(
        'How long a gate may hold an endpoint back: one that is still not True after so many seconds passes, with reason GateTimeout. Left out: gates hold for ever. Set it where late traffic is worse than traffic to an endpoint that is not programmed.',
        { minimum: 1 },
      ),
    ),
  },
  { default: {} },
);

const counts = struct(
  'ServiceGroupEndpointCounts',
  'How many endpoints the group has, and in which state. Updated at most every 5 s a group (30 s above 1,000 endpoints).',
  {
    total: integer('Endpoints that belong to the group.', { minimum: 0 }),
    ready: integer('Those that are ready and pass every gate.', { minimum: 0 }),
    serving: integer('Those that answer requests, terminating ones included.', { minimum: 0 }),
    terminating: integer('Those that are shutting down.', { minimum: 0 }),
  },
);

const zoneCounts = struct('ServiceGroupZone', 'How many endpoints the group has in one zone.', {
  zone: text('The zone, as in spec.zone of the Endpoints; empty for those without one.'),
  total: integer('Endpoints of the group in this zone.', { minimum: 0 }),
  ready: integer('Those that are ready and pass every gate.', { minimum: 0 }),
});

const status = struct('ServiceGroupStatus', 'What the controllers found. Written by them only.', {
  observedGeneration: Type.Optional(observedGeneration()),
  endpoints: Type.Optional(counts),
  zones: Type.Optional(
    mapList(zoneCounts, ['zone'], 'The endpoints by zone: shows at a glance whether a zone could be lost.'),
  ),
  subsetShards: Type.Optional(
    integer(
      'Into how many objects each EndpointSubset of this group is cut, a power of two. It grows with the group so that one endpoint’s change resends a small object.',
      { minimum: 1 },
    ),
  ),
  conditions: Type.Optional(
    timedConditions('State of the group. Populated: True while at least one endpoint may receive traffic.'),
  ),
});

export const serviceGroupSchema = apiObject(
  'ServiceGroup',
  'ServiceGroup says who: a set of Endpoints, chosen by labels. It has no address, port or DNS name; ServicePorts give it those, and several of them may share one group.',
  { spec, status: Type.Optional(status) },
);

export type ServiceGroup = Static<typeof serviceGroupSchema>;
export type ServiceGroupSpec = Static<typeof spec>;
export type ServiceGroupStatus = Static<typeof status>;
export type GroupReference = Static<typeof groupReference>;
export type ReadinessGate = Static<typeof readinessGate>;
export type ServiceGroupEndpointCounts = Static<typeof counts>;
export type ServiceGroupZone = Static<typeof zoneCounts>;
