/**
 * Which IP families a Service gets (kubernetes `pkg/registry/core/service/storage/alloc.go`,
 * initIPFamilyFields). Pure; addresses are given out afterwards by an allocator.
 */

import { isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalid } from '../../meta/field-error.ts';
import type { IPFamily, V1ServiceSpec } from '../types.ts';
import { isHeadless } from './defaults.ts';

export const familyOfIP = (ip: string): IPFamily => (isIPv6(ip) ? 'IPv6' : 'IPv4');
const otherFamily: Readonly<Record<IPFamily, IPFamily>> = { IPv4: 'IPv6', IPv6: 'IPv4' };

/**
 * Fills ipFamilyPolicy and ipFamilies; truncates the second IP on a step down to SingleStack.
 * @param cluster the cluster's families, the default one first
 */
export function assignFamilies(
  spec: V1ServiceSpec,
  old: V1ServiceSpec | undefined,
  cluster: readonly [IPFamily, ...IPFamily[]],
): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  if (keepsPreferDualStack(spec, old)) return [];
  const manual = isHeadless(spec) && spec.selector === undefined;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (manual ? 'RequireDualStack' : 'SingleStack');
  if (old !== undefined && spec.ipFamilyPolicy === 'SingleStack') truncateUnchanged(spec, old);
  const errors = policyErrors(spec, old);
  inferFromAddresses(spec, cluster, errors);
  if (errors.length > 0) return errors;
  if (!manual) {
    errors.push(...clusterErrors(spec, cluster));
    if (errors.length > 0) return errors;
  }
  const families = spec.ipFamilies ?? [cluster[0]];
  const [first] = families;
  const mayHaveTwo = manual || cluster.length === 2;
  if (spec.ipFamilyPolicy !== 'SingleStack' && families.length === 1 && first !== undefined && mayHaveTwo) {
    families.push(otherFamily[first]);
  }
  spec.ipFamilies = families;
  return [];
}

/** PreferDualStack is never upgraded or downgraded by a write that touches none of these fields. */
function keepsPreferDualStack(spec: V1ServiceSpec, old: V1ServiceSpec | undefined): boolean {
  if (
    old === undefined ||
    spec.ipFamilyPolicy !== 'PreferDualStack' ||
    old.ipFamilyPolicy !== 'PreferDualStack'
  ) {
    return false;
  }
  return (
    isDeepStrictEqual(spec.clusterIPs, old.clusterIPs) && isDeepStrictEqual(spec.ipFamilies, old.ipFamilies)
  );
}

function truncateUnchanged(spec: V1ServiceSpec, old: V1ServiceSpec): void {
  if (isDeepStrictEqual(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs?.splice(1);
  if (isDeepStrictEqual(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies?.splice(1);
}

function policyErrors(spec: V1ServiceSpec, old: V1ServiceSpec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'spec.ipFamilyPolicy';
  const policy = spec.ipFamilyPolicy;
  if (policy === 'SingleStack') {
    const must = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    if (spec.clusterIPs?.length === 2)
      errors.push(invalid(field, policy, `${must} cluster IPs are specified`));
    if (spec.ipFamilies?.length === 2)
      errors.push(invalid(field, policy, `${must} IP families are specified`));
    return errors;
  }
  const reduced = (list: 'clusterIPs' | 'ipFamilies'): boolean =>
    old?.[list]?.length === 2 && spec[list]?.length === 1;
  const release = "must be 'SingleStack' to release the secondary";
  if (reduced('clusterIPs')) errors.push(invalid(field, policy, `${release} cluster IP`));
  if (reduced('ipFamilies')) errors.push(invalid(field, policy, `${release} IP family`));
  return errors;
}

function inferFromAddresses(spec: V1ServiceSpec, cluster: readonly IPFamily[], errors: FieldError[]): void {
  if (isHeadless(spec)) return;
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === '' || spec.ipFamilies?.[i] !== undefined) continue;
    const family = familyOfIP(ip);
    if (!cluster.includes(family)) {
      errors.push(
        invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`),
      );
    } else spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
  }
}

function clusterErrors(spec: V1ServiceSpec, cluster: readonly IPFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && cluster.length < 2) {
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    );
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (!cluster.includes(family)) {
      errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
    }
  }
  return errors;
}
