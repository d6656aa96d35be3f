/**
 * Rights beyond those on the object itself. A controller that acts on what an object says would otherwise lend
 * its own rights to whoever may write that object (the confused deputy): so the requester of the write must
 * hold the rights that the controller will use.
 */
import { forbidden } from '../../api/meta/api-error.ts';
import type { Authorizer } from '../exchange.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

/** One thing that the requester must be allowed to do. */
export interface RequiredRight {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The rights that a write needs; pure. */
export type RightsOf = (attributes: AdmissionAttributes) => readonly RequiredRight[];

export function createRequiredRights(
  name: string,
  authorizer: Authorizer,
  rightsOf: RightsOf,
): AdmissionPlugin {
  return {
    name,
    async validate(attributes) {
      for (const right of rightsOf(attributes)) {
        const { verb, ...resource } = right;
        const decision = await authorizer.authorize({ user: attributes.user, verb, resource });
        if (decision.allowed) continue;
        const reason = decision.reason === '' ? '' : `: ${decision.reason}`;
        throw forbidden(
          attributes.subject,
          attributes.name,
          `User ${JSON.stringify(attributes.user.name)} cannot ${describe(right)}, which this write needs as well${reason}`,
        );
      }
    },
  };
}

function describe(right: RequiredRight): string {
  const resource = right.subresource === '' ? right.resource : `${right.resource}/${right.subresource}`;
  const scope = right.namespace === '' ? 'at the cluster scope' : `in the namespace "${right.namespace}"`;
  return `${right.verb} resource "${resource}" in API group "${right.group}" ${scope}`;
}
