/** P4: single objects, 32 in flight. */
import { type Bed, namespaces, type Side } from './support/bed.ts';
import { type Sample, sideBySide, withCpu } from './support/measure.ts';
import { collection, templateName } from './support/objects.ts';
import type { Row } from './support/row.ts';

const TARGET = 4;
const IN_FLIGHT = 32;

export async function getBench(bed: Bed): Promise<Row[]> {
  const [ours = {}, peer = {}] = await sideBySide(bed.sizes.rounds, [bed.ours, bed.peer], (side) =>
    gets(bed, side),
  );
  return [
    {
      id: 'P4',
      what: 'GET, 32 in flight',
      unit: '/s',
      better: 'more',
      target: TARGET,
      ours: Number(ours.rate),
      peer: Number(peer.rate),
    },
    {
      id: 'P4',
      what: 'GET: server CPU each',
      unit: 'ms',
      better: 'less',
      target: TARGET,
      ours: Number(ours.cpu),
      peer: Number(peer.cpu),
    },
    {
      id: 'P4',
      what: 'GET: p99',
      unit: 'ms',
      better: 'less',
      ours: Number(ours.p99),
      peer: Number(peer.p99),
    },
  ];
}

async function gets({ load, sizes }: Bed, side: Side): Promise<Sample> {
  const command = {
    target: side.target,
    method: 'GET',
    path: `${collection(side, namespaces.listed)}/${templateName}`,
    inFlight: IN_FLIGHT,
    distinct: sizes.listed,
  } as const;
  await load.run({ ...command, total: Math.ceil(sizes.gets / 10) });
  const { result, cpu } = await withCpu(side.pid(), () => load.run({ ...command, total: sizes.gets }));
  return {
    rate: sizes.gets / result.seconds,
    cpu: (cpu * 1000) / sizes.gets,
    p99: result.p99Milliseconds,
  };
}
