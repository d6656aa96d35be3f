/**
 * The corpus of real v1 Services: reads the manifests, lays them out so that a whole set can live in one
 * cluster, creates them, and reports what became of each in v3. Used by the integration suite and the demo.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { V1Service } from '../../api/core/types.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import { isHeadlessService } from './mirror-facts.ts';

export interface CorpusService {
  /** `<file>#<n-th document>`, for messages. */
  readonly source: string;
  /** As it is sent: no server-set metadata, a namespace of the corpus. */
  readonly service: V1Service;
}

export const serviceClasses = [
  'ClusterIP',
  'headless',
  'NodePort',
  'LoadBalancer',
  'ExternalName',
  'selectorless',
] as const;
export type ServiceClass = (typeof serviceClasses)[number];

export function classOf(service: V1Service): ServiceClass {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName') return 'ExternalName';
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') return spec.type;
  if (isHeadlessService(service)) return 'headless';
  return Object.keys(spec.selector ?? {}).length === 0 ? 'selectorless' : 'ClusterIP';
}

/**
 * Every Service of the folder's manifests, in waves: within one wave no two share a fixed cluster IP or a fixed
 * node port. Fixed ones come first, before the server draws numbers of its own.
 */
export function loadCorpus(directory: string): CorpusService[][] {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const waves: { taken: Set<string>; services: CorpusService[] }[] = [];
  const names = new Set<string>();
  for (const file of files) {
    const documents = parseAllDocuments(readFileSync(join(directory, file), 'utf8'));
    for (const [i, document] of documents.entries()) {
      const value: unknown = document.toJS();
      if (!isService(value)) continue;
      const namespace = freeNamespace(namespaceFor(file, value), value.metadata.name, names);
      place(waves, { source: `${file}#${i + 1}`, service: asSent(value, namespace) });
    }
  }
  return waves.map((wave) => wave.services.sort((a, b) => fixedNumbers(b).length - fixedNumbers(a).length));
}

function isService(value: unknown): value is V1Service {
  return typeof value === 'object' && value !== null && (value as KubeObject).kind === 'Service';
}

const namespaceFor = (file: string, service: V1Service): string => {
  const repository = basename(file, '.yaml').replace(/^.*__/, '');
  return `${repository}-${service.metadata.namespace ?? 'default'}`.toLowerCase();
};

/** A second Service of one name (several versions of it, say) goes into a namespace of its own. */
function freeNamespace(wanted: string, name: string | undefined, names: Set<string>): string {
  for (let n = 1; ; n += 1) {
    const namespace = n === 1 ? wanted : `${wanted}-${n}`;
    if (name === undefined) return namespace;
    const key = `${namespace}/${name}`;
    if (names.has(key)) continue;
    names.add(key);
    return namespace;
  }
}

/** What a client sends: server-set metadata goes, as `kubectl create` would drop or the server would refuse. */
function asSent(service: V1Service, namespace: string): V1Service {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = service.metadata;
  delete (metadata as Record<string, unknown>).selfLink;
  return { ...service, metadata: { ...metadata, namespace } };
}

/** Addresses and node ports that only one Service of a cluster may hold at a time. */
export function fixedNumbers(entry: CorpusService): string[] {
  const { spec = {} } = entry.service;
  const ips = new Set([spec.clusterIP, ...(spec.clusterIPs ?? [])].filter((ip) => ip && ip !== 'None'));
  const ports = new Set(
    [...(spec.ports ?? []).map((p) => p.nodePort), spec.healthCheckNodePort].filter(Boolean),
  );
  return [...ips, ...ports].map(String);
}

function place(waves: { taken: Set<string>; services: CorpusService[] }[], entry: CorpusService): void {
  const wanted = fixedNumbers(entry);
  let wave = waves.find((w) => wanted.every((key) => !w.taken.has(key)));
  if (wave === undefined) {
    wave = { taken: new Set(), services: [] };
    waves.push(wave);
  }
  for (const key of wanted) wave.taken.add(key);
  wave.services.push(entry);
}
