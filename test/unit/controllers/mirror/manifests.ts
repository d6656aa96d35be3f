/**
 * v1 Services for the mirror's tests, as kube-apiserver would serve them: defaulted, with addresses and ports
 * allocated. Synthetic ones are the project's own; public ones are read where they lie, beside the project.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  defaultService,
  isHeadless,
  needsClusterIP,
  needsHealthCheckNodePort,
  needsNodePort,
  normalizeClusterIPs,
} from '../../../../api/core/service/defaults.ts';
import { assignFamilies } from '../../../../api/core/service/families.ts';
import type { V1Service } from '../../../../api/core/types.ts';
import { sharedFolder } from '../../../support/requirements.ts';

const root = join(import.meta.dirname, '../../../..');
const synthetic = join(root, 'controllers/mirror/testdata');
/** Beside the project, not in it. */
export const publicManifests = join(sharedFolder(), 'data/services');

export interface Manifest {
  readonly source: string;
  readonly service: V1Service;
}

/** Every Service of a folder's YAML files, as written. */
export function readManifests(folder: string): Manifest[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8'))
        .map((document) => document.toJS() as V1Service | null)
        .flatMap((service, i) =>
          service?.kind === 'Service'
            ? [{ source: `${file}#${i + 1} ${service.metadata.name}`, service }]
            : [],
        ),
    );
}

export const syntheticManifests = (): Manifest[] => readManifests(synthetic);

/**
 * What a server answers for a manifest.
 * @param index makes uid, addresses and ports differ between Services
 */
export function served(manifest: V1Service, index = 1): V1Service {
  const service = structuredClone(manifest);
  const { metadata } = service;
  for (const field of ['labels', 'annotations'] as const) {
    const map = metadata[field] ?? {};
    for (const key of Object.keys(map)) map[key] ??= '';
    if (Object.keys(map).length === 0) delete metadata[field];
  }
  metadata.name ??= `${metadata.generateName ?? 'unnamed-'}x${index}`;
  metadata.namespace ??= 'default';
  metadata.uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  metadata.resourceVersion = String(1000 + index);
  metadata.creationTimestamp = '2026-01-02T03:04:05Z';
  delete metadata.managedFields;
  service.status ??= { loadBalancer: {} };
  defaultService(service);
  allocate(service, index);
  return service;
}

function allocate(service: V1Service, index: number): void {
  const spec = service.spec ?? {};
  if (!needsClusterIP(spec)) return;
  normalizeClusterIPs(spec, undefined);
  assignFamilies(spec, undefined, ['IPv4', 'IPv6']);
  if (isHeadless(spec)) spec.clusterIPs = ['None'];
  else {
    spec.clusterIPs = (spec.ipFamilies ?? []).map(
      (family, i) =>
        spec.clusterIPs?.[i] ??
        (family === 'IPv4' ? `10.200.${index >> 8}.${index & 255}` : `fd00:10:96::${index.toString(16)}`),
    );
  }
  spec.clusterIP = spec.clusterIPs[0] ?? 'None';
  if (needsNodePort(spec)) {
    for (const [i, port] of (spec.ports ?? []).entries()) port.nodePort ??= 31_000 + ((index * 7 + i) % 1000);
  }
  if (needsHealthCheckNodePort(spec)) spec.healthCheckNodePort ??= 32_500 + (index % 200);
}

/** What a client of the server can restore: everything but what only the server writes. */
export function restorable(service: V1Service): V1Service {
  const { uid, resourceVersion, creationTimestamp, managedFields, generation, ...metadata } =
    service.metadata;
  delete (metadata as Record<string, unknown>).selfLink;
  return { ...service, metadata };
}
