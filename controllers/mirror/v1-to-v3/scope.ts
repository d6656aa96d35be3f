/** Which Services are mirrored. */
import type { Namespace, V1Service } from '../../../api/core/types.ts';
import { GROUP } from '../../../api/services/v3alpha1/group.ts';

/** On a v1 Service; `disabled` leaves it and what was mirrored of it alone. */
export const MIRROR_LABEL = `${GROUP}/mirror`;

/** An object without a uid is none of a server's: there is nothing to hold on to. */
export function isMirrored(service: V1Service, namespaces: ReadonlySet<string>): boolean {
  return (
    (service.metadata.uid ?? '') !== '' &&
    service.metadata.labels?.[MIRROR_LABEL] !== 'disabled' &&
    isInScope(service.metadata.namespace ?? '', namespaces)
  );
}

/** @param namespaces empty: all of them */
export const isInScope = (namespace: string, namespaces: ReadonlySet<string>): boolean =>
  namespaces.size === 0 || namespaces.has(namespace);

export const isTerminating = (namespace: Namespace): boolean =>
  namespace.metadata.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating';

/** The API server's own Service: nobody but v1 may be in charge of it. */
export const isAlwaysV1 = (namespace: string, name: string): boolean =>
  namespace === 'default' && name === 'kubernetes';
