/** P2: one in a hundred of a namespace, by label and by node. */
import { type Bed, namespaces, type Side } from './support/bed.ts';
import { type Sample, sideBySide, withCpu } from './support/measure.ts';
import { collection } from './support/objects.ts';
import type { Row } from './support/row.ts';

const TARGET = 10;

const selections = [
  { what: 'label selector', query: `labelSelector=${encodeURIComponent('bench/bucket=bucket-7')}` },
  {
    what: 'field selector on nodeName',
    query: `fieldSelector=${encodeURIComponent('spec.nodeName=node-7')}`,
  },
];

export async function selectBench(bed: Bed): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, query } of selections) {
    const [ours = {}, peer = {}] = await sideBySide(bed.sizes.rounds, [bed.ours, bed.peer], (side) =>
      lists(bed, side, query),
    );
    const name = `LIST 1 % of ${bed.sizes.listed}, ${what}`;
    const figures = { id: 'P2', better: 'less', unit: 'ms' } as const;
    rows.push(
      {
        ...figures,
        what: name,
        target: TARGET,
        ours: Number(ours.milliseconds),
        peer: Number(peer.milliseconds),
      },
      { ...figures, what: `${name}: server CPU`, ours: Number(ours.cpu), peer: Number(peer.cpu) },
    );
  }
  return rows;
}

async function lists({ load, sizes }: Bed, side: Side, query: string): Promise<Sample> {
  const command = {
    target: side.target,
    method: 'GET',
    path: `${collection(side, namespaces.listed)}?resourceVersion=0&${query}`,
    inFlight: 1,
  } as const;
  await load.run({ ...command, total: 5 });
  const total = sizes.selections;
  const { result, cpu } = await withCpu(side.pid(), () => load.run({ ...command, total }));
  return { milliseconds: result.p50Milliseconds, cpu: (cpu * 1000) / total };
}
