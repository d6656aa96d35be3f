/**
 * trafficDistribution in words of v3: a list of tiers. Source: KEP-4444, KEP-3015 (PreferSameNode falls back
 * to the zone, as kube-proxy does with its hints).
 */
import { isDeepStrictEqual } from 'node:util';
import type { DistributionModel } from './model.ts';

export const HOSTNAME_KEY = 'kubernetes.io/hostname';
export const ZONE_KEY = 'topology.kubernetes.io/zone';

const sameZone: DistributionModel = {
  tiers: [{ topologyKey: ZONE_KEY, minEndpoints: 1 }],
  whenUnmatched: 'Anywhere',
};
const sameNode: DistributionModel = {
  tiers: [
    { topologyKey: HOSTNAME_KEY, minEndpoints: 1 },
    { topologyKey: ZONE_KEY, minEndpoints: 1 },
  ],
  whenUnmatched: 'Anywhere',
};

/** PreferClose is the retired spelling of PreferSameZone. */
const known: Readonly<Record<string, DistributionModel>> = {
  PreferSameZone: sameZone,
  PreferClose: sameZone,
  PreferSameNode: sameNode,
};

/** null: absent, or a word of a later Kubernetes. */
export const distributionOf = (word: string | undefined): DistributionModel | null =>
  word !== undefined && Object.hasOwn(known, word) ? (known[word] ?? null) : null;

/** Undefined where v1 has no word for it. */
export const wordOf = (distribution: DistributionModel | null): string | undefined =>
  Object.keys(known).find((word) => isDeepStrictEqual(known[word], distribution));
