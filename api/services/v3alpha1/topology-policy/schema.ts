/** TopologyPolicy: which of them. A preference for near endpoints, by the producer or by the clients. */
import { type Static, Type } from '@sinclair/typebox';
import { atomicList, choice, integer, text } from '../../../schema/blocks.ts';
import { labelSelector } from '../../../schema/refs.ts';
import { MAX_GROUP_NAME_LENGTH } from '../service-group/schema.ts';
import { apiObject, observedGeneration, struct, timedConditions } from '../struct.ts';

/** Distances have names (host, rack, zone, region …); more than a handful says nothing new. */
export const MAX_TIERS = 8;

export const unmatchedChoices = ['Anywhere', 'Nothing'] as const;
export type WhenUnmatched = (typeof unmatchedChoices)[number];

const groupTarget = struct('PolicyGroupReference', 'Names a ServiceGroup, possibly of another namespace.', {
  name: text('Name of the ServiceGroup.', { minLength: 1, maxLength: MAX_GROUP_NAME_LENGTH }),
  namespace: Type.Optional(
    text('Its namespace. Left out: the policy’s own.', { minLength: 1, maxLength: 63 }),
  ),
});

const tier = struct('TopologyTier', 'One distance: endpoints with the client’s value of one topology key.', {
  topologyKey: text(
    'The key compared between client and endpoint, for example topology.kubernetes.io/zone. One the operator has not listed makes the policy Accepted=False, reason UnknownTopologyKey.',
    { minLength: 1 },
  ),
  minEndpoints: integer(
    'The tier is used only if it has at least so many endpoints. Default 1. Higher values avoid that a single near endpoint gets everything.',
    {
      default: 1,
      minimum: 1,
    },
  ),
});

const spec = struct(
  'TopologyPolicySpec',
  'For which groups and clients, and what is preferred.',
  {
    groups: Type.Optional(
      atomicList(
        groupTarget,
        'The groups the policy is about. Left out, and no groupSelector either: every group of the namespace. All must be on one side: of the policy’s namespace (a default by the producer) or of others (a preference of the consumer).',
      ),
    ),
    groupSelector: Type.Optional(
      labelSelector('Chooses groups of the policy’s own namespace by their labels, instead of groups.'),
    ),
    clientSelector: Type.Optional(
      labelSelector(
        'The client pods the policy is for, in the policy’s namespace, by their labels. Left out: every client (a producer’s policy) or every pod of the namespace (a consumer’s).',
      ),
    ),
    tiers: Type.Optional(
      atomicList(
        tier,
        'Distances, nearest first. The first with enough endpoints is used; one for whose key the client has no value is skipped.',
        { maxItems: MAX_TIERS },
      ),
    ),
    whenUnmatched: choice(
      unmatchedChoices,
      'What clients get when no tier has enough endpoints. Anywhere (default): all endpoints. Nothing: none, for traffic that must not leave its place.',
      { default: 'Anywhere' },
    ),
  },
  { default: {} },
);

const status = struct('TopologyPolicyStatus', 'What the controllers found. Written by them only.', {
  observedGeneration: Type.Optional(observedGeneration()),
  groups: Type.Optional(integer('How many groups the policy is about now.', { minimum: 0 })),
  conditions: Type.Optional(
    timedConditions(
      'Accepted: the policy is in effect (False: UnknownTopologyKey). Conflicted: another policy for the same clients and group won; the message names it.',
    ),
  ),
});

export const topologyPolicySchema = apiObject(
  'TopologyPolicy',
  'TopologyPolicy says which endpoints of a group a client prefers: near ones, by topology keys in order. In the group’s namespace without clientSelector it is the producer’s default for all clients; otherwise it is a preference of the clients of its own namespace, which wins over the producer’s.',
  { spec, status: Type.Optional(status) },
);

export type TopologyPolicy = Static<typeof topologyPolicySchema>;
export type TopologyPolicySpec = Static<typeof spec>;
export type TopologyPolicyStatus = Static<typeof status>;
export type TopologyTier = Static<typeof tier>;
export type PolicyGroupReference = Static<typeof groupTarget>;
