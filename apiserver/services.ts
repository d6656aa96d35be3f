/** Our group as the engine takes it: what is stored, what is computed, and what guards writes. */
import type { Kind } from '../api/kind.ts';
import { GROUP } from '../api/services/v3alpha1/group.ts';
import { endpointSubsetKind, servicesKinds } from '../api/services/v3alpha1/kinds.ts';
import type { AdmissionPlugin } from './admission/admission.ts';
import { createServicesRequiredRights } from './admission/services/required-rights.ts';
import { createReservedLabels } from './admission/services/reserved-labels.ts';
import { createEndpointSubsetResource } from './computed/endpoint-subsets.ts';
import type { ComputedKind } from './engine.ts';
import type { Authorizer } from './exchange.ts';

const computedPlural = endpointSubsetKind.plural;

export const storedServicesKinds: readonly Kind[] = servicesKinds.filter((k) => k.plural !== computedPlural);

export const computedServicesKinds: readonly ComputedKind[] = servicesKinds
  .filter((k) => k.plural === computedPlural)
  .map((kind) => ({
    kind,
    create: ({ feed, cache, clock }) =>
      createEndpointSubsetResource(kind, {
        feed,
        clock,
        caches: {
          groups: cache(GROUP, 'servicegroups'),
          ports: cache(GROUP, 'serviceports'),
          endpoints: cache(GROUP, 'endpoints'),
          nodes: cache(GROUP, 'nodetopologies'),
        },
      }),
  }));

/** @param controllers user names of our controllers, which may write reserved labels */
export const servicesAdmission = (
  authorizer: Authorizer,
  controllers: readonly string[],
): readonly AdmissionPlugin[] => [
  createReservedLabels({ writers: new Set(controllers) }),
  createServicesRequiredRights(authorizer),
];
