/**
 * Creates the corpus in a cluster whose controllers mirror it, waits until v3 carries every fact, and counts
 * by type. Works against a real kube-apiserver and against standalone alike: all it has is a client.
 */
import type { V1Service } from '../../api/core/types.ts';
import { isReason } from '../../api/meta/api-error.ts';
import { FRONTEND_LABEL } from '../../api/services/v3alpha1/group.ts';
import type { ServiceGroup, ServiceMirror, ServicePort } from '../../api/services/v3alpha1/types.ts';
import * as resources from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { type CorpusService, classOf, fixedNumbers, type ServiceClass, serviceClasses } from './corpus.ts';
import { type MirroredObjects, missingFacts } from './mirror-facts.ts';

/** Requests at once: enough to keep two cores busy. */
const CONCURRENCY = 8;
const POLL_MILLISECONDS = 500;

export interface CorpusReport {
  readonly rows: Readonly<Record<ServiceClass, { created: number; mirrored: number }>>;
  /** One line for each Service that was refused, or that v3 does not carry. */
  readonly problems: string[];
}

export interface CorpusOptions {
  readonly client: ApiClient;
  readonly waves: readonly (readonly CorpusService[])[];
  /** For each wave. */
  readonly timeoutMilliseconds: number;
  readonly progress: (step: string, done: number, total: number) => void;
}

interface Created {
  readonly entry: CorpusService;
  readonly service: V1Service;
}

export async function mirrorCorpus(options: CorpusOptions): Promise<CorpusReport> {
  const rows = Object.fromEntries(
    serviceClasses.map((c) => [c, { created: 0, mirrored: 0 }]),
  ) as CorpusReport['rows'];
  const report: CorpusReport = { rows, problems: [] };
  const standing: Created[] = [];
  for (const wave of options.waves) {
    await makeRoom(options, standing, wave);
    const created = await createWave(options, wave, report);
    standing.push(...created);
    const missing = await waitForFacts(options, created);
    for (const { entry, service } of created) {
      const row = rows[classOf(service)];
      row.created += 1;
      const lines = missing.get(service.metadata.uid ?? '') ?? [];
      if (lines.length === 0) row.mirrored += 1;
      for (const line of lines) report.problems.push(`${entry.source} ${nameOf(service)}: ${line}`);
    }
  }
  return report;
}

/** Deletes the corpus' Services, so that their addresses and node ports are free for other suites. */
export async function removeCorpus({
  client,
  waves,
}: Pick<CorpusOptions, 'client' | 'waves'>): Promise<void> {
  const namespaces = new Set(waves.flat().map((entry) => entry.service.metadata.namespace));
  const all = await listAll<V1Service>(client, resources.services);
  await eachOf(
    all.filter((service) => namespaces.has(service.metadata.namespace)),
    (service) => removeService(client, service),
  );
}

async function removeService(client: ApiClient, { metadata }: V1Service): Promise<void> {
  const services = client.resource<V1Service>(resources.services);
  const { namespace, name = '', finalizers = [] } = metadata;
  // Nobody here takes finalizers off: their controllers are not part of the corpus.
  if (finalizers.length > 0)
    await services.patch(namespace, name, 'merge', { metadata: { finalizers: null } });
  await services.delete(namespace, name);
}

const nameOf = ({ metadata }: V1Service): string => `${metadata.namespace}/${metadata.name}`;

/** Removes Services of earlier waves that hold what the next one needs. */
async function makeRoom(
  { client }: CorpusOptions,
  standing: Created[],
  next: readonly CorpusService[],
): Promise<void> {
  const needed = new Set(next.flatMap(fixedNumbers));
  for (const created of [...standing]) {
    if (!fixedNumbers(created.entry).some((key) => needed.has(key))) continue;
    await removeService(client, created.service);
    standing.splice(standing.indexOf(created), 1);
  }
}

async function createWave(
  options: CorpusOptions,
  wave: readonly CorpusService[],
  report: CorpusReport,
): Promise<Created[]> {
  const { client, progress } = options;
  for (const name of new Set(wave.map((e) => e.service.metadata.namespace ?? ''))) {
    await ignoring('AlreadyExists', () =>
      client
        .resource(resources.namespaces)
        .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    );
  }
  const services = client.resource<V1Service>(resources.services);
  const created: Created[] = [];
  let done = 0;
  await eachOf(wave, async (entry) => {
    try {
      created.push({ entry, service: await services.create(entry.service) });
    } catch (error) {
      report.problems.push(
        `${entry.source}: refused: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    done += 1;
    progress('creating v1 Services', done, wave.length);
  });
  return created;
}

/** @returns what is still missing when all is there or the time is over, by the Service's uid */
async function waitForFacts(
  options: CorpusOptions,
  created: readonly Created[],
): Promise<Map<string, string[]>> {
  const { client, progress, timeoutMilliseconds } = options;
  const end = Date.now() + timeoutMilliseconds;
  for (;;) {
    const [live, objects] = [
      await listAll<V1Service>(client, resources.services),
      await mirroredObjects(client),
    ];
    const byUid = new Map(live.map((service) => [service.metadata.uid, service]));
    const missing = new Map<string, string[]>();
    for (const { service } of created) {
      const now = byUid.get(service.metadata.uid) ?? service;
      const lines = missingFacts(now, objects(nameOf(now)));
      if (lines.length > 0) missing.set(service.metadata.uid ?? '', lines);
    }
    progress('mirroring into v3', created.length - missing.size, created.length);
    if (missing.size === 0 || Date.now() > end) return missing;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

async function mirroredObjects(client: ApiClient): Promise<(service: string) => MirroredObjects> {
  const groups = new Map<string, ServiceGroup>();
  const mirrors = new Map<string, ServiceMirror>();
  const ports = new Map<string, Map<string, ServicePort>>();
  const keyOf = (o: { metadata: { namespace?: string; name?: string } }) =>
    `${o.metadata.namespace}/${o.metadata.name}`;
  for (const group of await listAll<ServiceGroup>(client, resources.serviceGroups))
    groups.set(keyOf(group), group);
  for (const mirror of await listAll<ServiceMirror>(client, resources.serviceMirrors))
    mirrors.set(keyOf(mirror), mirror);
  for (const port of await listAll<ServicePort>(client, resources.servicePorts)) {
    const frontend = `${port.metadata.namespace}/${port.metadata.labels?.[FRONTEND_LABEL]}`;
    const known = ports.get(frontend) ?? new Map<string, ServicePort>();
    ports.set(frontend, known.set(port.metadata.name ?? '', port));
  }
  return (name) => ({
    group: groups.get(name),
    mirror: mirrors.get(name),
    ports: ports.get(name) ?? new Map(),
  });
}

async function listAll<T extends V1Service | ServiceGroup | ServiceMirror | ServicePort>(
  client: ApiClient,
  ref: Parameters<ApiClient['resource']>[0],
): Promise<T[]> {
  return (await client.resource<T>(ref).list()).items;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function ignoring(reason: 'AlreadyExists', work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isReason(error, reason)) throw error;
  }
}

/** The table by type, as text. */
export function reportTable({ rows }: CorpusReport): string {
  const line = (cells: readonly (string | number)[]): string =>
    `${String(cells[0]).padEnd(14)}${cells
      .slice(1)
      .map((c) => String(c).padStart(10))
      .join('')}`;
  const total = Object.values(rows).reduce(
    (sum, row) => ({ created: sum.created + row.created, mirrored: sum.mirrored + row.mirrored }),
    { created: 0, mirrored: 0 },
  );
  return [
    line(['TYPE', 'CREATED', 'MIRRORED']),
    ...serviceClasses.map((c) => line([c, rows[c].created, rows[c].mirrored])),
    line(['total', total.created, total.mirrored]),
  ].join('\n');
}
