/** P1: everything in a namespace, from the cache and consistent. */
import { type Bed, namespaces, type Side } from './support/bed.ts';
import { type Sample, sideBySide, withCpu } from './support/measure.ts';
import { collection } from './support/objects.ts';
import type { Row } from './support/row.ts';

const TARGET_THROUGHPUT = 15;
const TARGET_CPU = 20;

const modes = [
  { what: 'any version (resourceVersion=0)', query: '?resourceVersion=0' },
  { what: 'consistent', query: '' },
];

export async function listBench(bed: Bed): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, query } of modes) {
    const [ours = {}, peer = {}] = await sideBySide(bed.sizes.rounds, [bed.ours, bed.peer], (side) =>
      lists(bed, side, query),
    );
    const name = `LIST ${bed.sizes.listed} Endpoints, ${what}`;
    const figures = { id: 'P1', better: 'less' } as const;
    rows.push(
      {
        ...figures,
        what: name,
        unit: 'ms',
        target: TARGET_THROUGHPUT,
        ours: Number(ours.milliseconds),
        peer: Number(peer.milliseconds),
      },
      {
        ...figures,
        what: `${name}: server CPU`,
        unit: 'ms',
        target: TARGET_CPU,
        ours: Number(ours.cpu),
        peer: Number(peer.cpu),
      },
      {
        ...figures,
        what: `${name}: answer`,
        unit: 'MB',
        ours: Number(ours.megabytes),
        peer: Number(peer.megabytes),
      },
    );
  }
  return rows;
}

async function lists({ load, sizes }: Bed, side: Side, query: string): Promise<Sample> {
  const command = {
    target: side.target,
    method: 'GET',
    path: `${collection(side, namespaces.listed)}${query}`,
    inFlight: 1,
  } as const;
  // A first one apart: code is compiled and buffers have grown.
  await load.run({ ...command, total: 1 });
  // Ours is so much quicker that more of them fit, and CPU is counted in hundredths of a second.
  const total = side.name === 'peer' ? sizes.lists : sizes.lists * 10;
  const { result, cpu } = await withCpu(side.pid(), () => load.run({ ...command, total }));
  return {
    milliseconds: (result.seconds * 1000) / total,
    cpu: (cpu * 1000) / total,
    megabytes: result.bytes / total / 1e6,
  };
}
