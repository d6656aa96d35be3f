/**
 * The side a policy is on. A producer's policy stands in the group's namespace, has no clientSelector and is
 * the default for all clients; a consumer's is for clients of its own namespace only.
 */
import type { PolicyGroupReference, TopologyPolicySpec } from './schema.ts';

export type PolicySide = 'producer' | 'consumer';

/**
 * @param namespace the policy's own
 * @returns undefined when some groups are on one side and some on the other, which no stored policy has
 */
export function policySide(
  spec: Pick<TopologyPolicySpec, 'groups' | 'clientSelector'>,
  namespace: string,
): PolicySide | undefined {
  if (spec.clientSelector !== undefined) return 'consumer';
  const sides = new Set((spec.groups ?? []).map((group) => groupSide(group, namespace)));
  if (sides.size > 1) return undefined;
  return sides.has('consumer') ? 'consumer' : 'producer';
}

/** The side on which naming a group puts a policy without clientSelector. */
export const groupSide = (group: PolicyGroupReference, namespace: string): PolicySide =>
  groupNamespace(group, namespace) === namespace ? 'producer' : 'consumer';

/** A group's namespace defaults to the policy's own. */
export const groupNamespace = (group: PolicyGroupReference, namespace: string): string =>
  group.namespace ?? namespace;
