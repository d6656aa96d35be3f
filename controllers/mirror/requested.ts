/**
 * Which values of a v1 Service were asked for and which were allocated. Only managedFields knows: what the
 * server allocates while it creates the object belongs to no manager. Without managedFields (a manifest, or
 * a server that keeps none) what is written counts as asked for.
 */
import type { V1Service, V1ServicePort } from '../../api/core/types.ts';
import type { LeafPath } from './leaves.ts';

type Tree = Readonly<Record<string, unknown>>;

const child = (tree: unknown, key: string): unknown =>
  typeof tree === 'object' && tree !== null ? (tree as Tree)[key] : undefined;

/** Whether the Service tells what was asked for from what was allocated. */
export const tellsRequests = (service: V1Service): boolean =>
  (service.metadata.managedFields ?? []).length > 0;

/** The facts that are about asking: with managedFields v1 carries them exactly. */
export const isRequest = (path: LeafPath): boolean =>
  path === 'clusterIPs' ||
  path === 'loadBalancer.healthCheckNodePort' ||
  /^ports\[.*\]\.nodePort$/.test(path);

const owned = (service: V1Service, path: readonly string[]): boolean => {
  if (!tellsRequests(service)) return true;
  return (service.metadata.managedFields ?? []).some(
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
