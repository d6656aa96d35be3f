/**
 * Which values of a v1 Service were asked for and which were allocated. Only managedFields knows: what the
 * server allocates while it creates the object belongs to no manager. Without managedFields (a manifest, or
 * a server that keeps none) what is written counts as asked for.
 */
import type { V1Service, V1ServicePort } from '../../api/core/types.ts';

type Tree = Readonly<Record<string, unknown>>;

const child = (tree: unknown, key: string): unknown =>
  typeof tree === 'object' && tree !== null ? (tree as Tree)[key] : undefined;

const owned = (service: V1Service, path: readonly string[]): boolean => {
  const entries = service.metadata.managedFields ?? [];
  if (entries.length === 0) return true;
  return entries.some(
    (entry) => (entry.subresource ?? '') === '' && path.reduce<unknown>(child, entry.fieldsV1) !== undefined,
  );
};

export const clusterIPsRequested = (service: V1Service): boolean =>
  owned(service, ['f:spec', 'f:clusterIPs']) || owned(service, ['f:spec', 'f:clusterIP']);

export const healthCheckRequested = (service: V1Service): boolean =>
  owned(service, ['f:spec', 'f:healthCheckNodePort']);

/** Ports are keyed by number and protocol in managedFields. */
export const nodePortRequested = (service: V1Service, port: V1ServicePort): boolean =>
  owned(service, [
    'f:spec',
    'f:ports',
    `k:${JSON.stringify({ port: port.port, protocol: port.protocol ?? 'TCP' })}`,
    'f:nodePort',
  ]);
