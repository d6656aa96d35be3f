/** What a v1 Service means and its v3 objects do not, for ServiceMirror.status.lossy: never dropped in silence. */
import type { V1Service } from '../../api/core/types.ts';
import { canonicalCidr, canonicalIp } from '../../api/meta/ip.ts';
import type { Loss } from './base.ts';
import { conditionModel } from './conditions.ts';
import { distributionOf } from './distribution.ts';

/** Two names of one annotation; Auto asks for hints in proportion to the zones' CPUs (KEP-2433). */
const topologyAnnotations = [
  'service.kubernetes.io/topology-mode',
  'service.kubernetes.io/topology-aware-hints',
];

export function untranslated(service: V1Service): Loss[] {
  const { annotations = {} } = service.metadata;
  const { trafficDistribution: word, externalIPs = [], loadBalancerSourceRanges = [] } = service.spec ?? {};
  const losses: Loss[] = [];
  for (const key of topologyAnnotations) {
    if (/^auto$/i.test(annotations[key] ?? '')) {
      losses.push({
        field: `metadata.annotations[${key}]`,
        reason: 'hints in proportion to CPUs are not translated; use trafficDistribution or a TopologyPolicy',
      });
    }
  }
  if (word !== undefined && distributionOf(word) === null) {
    losses.push({
      field: 'spec.trafficDistribution',
      reason: `"${word}" is not known; no TopologyPolicy is made`,
    });
  }
  for (const [i, ip] of externalIPs.entries()) {
    if (canonicalIp(ip, { sloppy: true }) === undefined) {
      losses.push({ field: `spec.externalIPs[${i}]`, reason: `"${ip}" is no IP address` });
    }
  }
  for (const [i, range] of loadBalancerSourceRanges.entries()) {
    if (canonicalCidr(range.trim(), { sloppy: true }) === undefined) {
      losses.push({ field: `spec.loadBalancerSourceRanges[${i}]`, reason: `"${range}" is no address range` });
    }
  }
  for (const condition of service.status?.conditions ?? []) {
    if (conditionModel(condition) === undefined) {
      losses.push({
        field: `status.conditions[${condition.type}]`,
        reason: 'a condition type with a domain of its own cannot be prefixed; it is kept in the stash',
      });
    }
  }
  return losses;
}
