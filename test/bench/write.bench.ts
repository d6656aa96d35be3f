/** P5: create, update and merge patch, 32 in flight, on etcd and on the embedded store. */
import { type Bed, namespaces, type Side } from './support/bed.ts';
import { type Sample, sideBySide, withCpu } from './support/measure.ts';
import { collection, endpointBody, templateName } from './support/objects.ts';
import type { Row } from './support/row.ts';

const TARGET_CPU = 3;
const TARGET_RATE = 2;
/** On the embedded store, against the peer on etcd. */
const TARGET_EMBEDDED = 5;
const IN_FLIGHT = 32;

const verbs = ['create', 'update', 'merge patch'] as const;

export async function writeBench(bed: Bed): Promise<Row[]> {
  const { ours, embedded, peer } = bed;
  const [onEtcd = {}, inside = {}, theirs = {}] = await sideBySide(
    bed.sizes.rounds,
    [ours, embedded, peer],
    (side, round) => writes(bed, side, round),
  );
  return verbs.flatMap((verb) => [
    ...rowsOf(verb, 'etcd', onEtcd, theirs, TARGET_RATE, TARGET_CPU),
    ...rowsOf(verb, 'embedded', inside, theirs, TARGET_EMBEDDED, TARGET_EMBEDDED),
  ]);
}

function rowsOf(verb: string, store: string, ours: Sample, peer: Sample, rate: number, cpu: number): Row[] {
  const name = `${verb}, ${store}`;
  return [
    {
      id: 'P5',
      what: `${name}, 32 in flight`,
      unit: '/s',
      better: 'more',
      target: rate,
      ours: Number(ours[`${verb} rate`]),
      peer: Number(peer[`${verb} rate`]),
    },
    {
      id: 'P5',
      what: `${name}: server CPU each`,
      unit: 'ms',
      better: 'less',
      target: cpu,
      ours: Number(ours[`${verb} cpu`]),
      peer: Number(peer[`${verb} cpu`]),
    },
  ];
}

async function writes({ load, sizes }: Bed, side: Side, round: number): Promise<Sample> {
  const namespace = namespaces.written;
  const path = collection(side, namespace);
  const name = `round-${round}-${templateName}`;
  const one = `${path}/${name}`;
  const common = { target: side.target, total: sizes.writes, inFlight: IN_FLIGHT };
  const requests = {
    create: { method: 'POST', path, body: endpointBody(side, namespace, { name }) },
    update: {
      method: 'PUT',
      path: one,
      body: endpointBody(side, namespace, { name, resourceVersion: '{rv}', weight: 50 }),
    },
    'merge patch': {
      method: 'PATCH',
      path: one,
      body: JSON.stringify({ spec: { weight: 10 } }),
      contentType: 'application/merge-patch+json',
    },
  } as const;
  const sample: Record<string, number> = {};
  for (const verb of verbs) {
    const { result, cpu } = await withCpu(side.pid(), () => load.run({ ...common, ...requests[verb] }));
    sample[`${verb} rate`] = sizes.writes / result.seconds;
    sample[`${verb} cpu`] = (cpu * 1000) / sizes.writes;
  }
  await load.run({ ...common, method: 'DELETE', path: one });
  return sample;
}
