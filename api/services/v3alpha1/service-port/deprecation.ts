/** Ways in that v3 keeps for v1's sake: what is used, and what to use instead. */
import type { ServicePortSpec } from './schema.ts';

/** One text for each deprecated thing in use; for Warning headers and the condition Deprecated. */
export function deprecations({ type, loadBalancer }: ServicePortSpec): string[] {
  return [
    ...(type === 'ExternalIP'
      ? [
          'spec.type: ExternalIP is deprecated, nobody checks who owns the addresses; use LoadBalancer (KEP-5707)',
        ]
      : []),
    ...(loadBalancer?.requestedIP === undefined
      ? []
      : [
          'spec.loadBalancer.requestedIP: deprecated, many load balancers ignore it and it cannot say two families; use what your load balancer documents (often an annotation)',
        ]),
  ];
}
