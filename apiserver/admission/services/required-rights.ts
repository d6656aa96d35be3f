/**
 * What a writer of services.x-k8s.io objects must be allowed to do in core, because the mirror and the net
 * plugins act on those objects: whoever writes a ServiceGroup, ServicePort or TopologyPolicy writes a Service,
 * whoever writes an Endpoint writes an EndpointSlice. Status is left to the rights on our own kinds: the mirror
 * carries none of it to v1.
 */

import type { KubeObject } from '../../../api/meta/types.ts';
import { GROUP, VERSION } from '../../../api/services/v3alpha1/group.ts';
import type { Authorizer } from '../../exchange.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { createRequiredRights, type RequiredRight } from '../required-rights.ts';

type Counterpart = Pick<RequiredRight, 'group' | 'version' | 'resource'>;

const services = { group: '', version: 'v1', resource: 'services' } as const;
const endpointSlices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' } as const;

/** Our plural → the core resource on which the same verb is needed. */
const counterparts: ReadonlyMap<string, Counterpart> = new Map<string, Counterpart>([
  ['servicegroups', services],
  ['serviceports', services],
  ['topologypolicies', services],
  ['endpoints', endpointSlices],
]);

/** An external IP takes traffic for any address, so it needs a right of its own: `use` on `serviceports/externalip`. */
const externalIpSubresource = 'externalip';

export function createServicesRequiredRights(authorizer: Authorizer): AdmissionPlugin {
  return createRequiredRights('ServicesRequiredRights', authorizer, servicesRights);
}

/** @see createServicesRequiredRights */
export function servicesRights(attributes: AdmissionAttributes): RequiredRight[] {
  const { kind, subresource, verb, namespace, object, oldObject } = attributes;
  if (kind.group !== GROUP || subresource !== '') return [];
  const counterpart = counterparts.get(kind.plural);
  if (counterpart === undefined) return [];
  const rights: RequiredRight[] = [{ ...counterpart, verb, subresource: '', namespace, name: '' }];
  if (kind.plural === 'serviceports' && opensExternalIp(object, oldObject)) {
    rights.push({
      verb: 'use',
      group: GROUP,
      version: VERSION,
      resource: kind.plural,
      subresource: externalIpSubresource,
      namespace,
      name: attributes.name,
    });
  }
  return rights;
}

/** Whether a write gives a port external addresses; one that leaves them alone needs no right to them. */
function opensExternalIp(object: KubeObject | undefined, oldObject: KubeObject | undefined): boolean {
  const asked = externalAddresses(object);
  return asked !== undefined && JSON.stringify(asked) !== JSON.stringify(externalAddresses(oldObject));
}

function externalAddresses(object: KubeObject | undefined): readonly unknown[] | undefined {
  const { spec } = (object ?? {}) as {
    readonly spec?: {
      readonly type?: unknown;
      readonly externalIP?: { readonly addresses?: readonly unknown[] };
    };
  };
  return spec?.type === 'ExternalIP' ? (spec.externalIP?.addresses ?? []) : undefined;
}
