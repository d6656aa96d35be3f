/** What ServicePorts of one frontend are told about each other: Accepted, Conflicted, Deprecated. Pure. */
import { deprecations } from '../../api/services/v3alpha1/service-port/deprecation.ts';
import { judgeFrontend } from '../../api/services/v3alpha1/service-port/frontend.ts';
import type { ServicePort } from '../../api/services/v3alpha1/types.ts';
import { type WantedCondition, withConditions } from '../runtime/conditions.ts';

/**
 * @param ports of one frontend
 * @param now milliseconds
 * @returns the ports whose status has to be written, with that status
 */
export function planFrontend(ports: readonly ServicePort[], now: number): ServicePort[] {
  const verdicts = judgeFrontend(ports);
  return ports.flatMap((port) => {
    const old = deprecations(port.spec);
    const wanted: WantedCondition[] = [
      ...(verdicts.get(port.metadata.name ?? '') ?? []),
      ...(old.length === 0
        ? []
        : [
            {
              type: 'Deprecated',
              status: 'True',
              reason: 'DeprecatedField',
              message: old.join('; '),
            } as const,
          ]),
    ];
    const { generation } = port.metadata;
    const live = port.status?.conditions ?? [];
    const removed = old.length === 0 ? ['Deprecated'] : [];
    const conditions = withConditions(live, wanted, removed, now, generation);
    if (conditions === live && port.status?.observedGeneration === generation) return [];
    return [
      {
        ...port,
        status: {
          ...port.status,
          ...(generation === undefined ? {} : { observedGeneration: generation }),
          conditions: [...conditions],
        },
      },
    ];
  });
}
