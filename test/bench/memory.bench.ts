/** P9: what objects that a server caches cost it in memory. Fills the store for the workloads that read. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from './support/bed.ts';
import { residentBytes } from './support/measure.ts';
import type { Row } from './support/row.ts';
import { seedAll } from './support/seed.ts';

const TARGET = 5;
/** For both garbage collectors to have had a turn of their own accord. */
const SETTLE_MS = 5_000;

export async function memoryBench(bed: Bed): Promise<Row[]> {
  const sides = [bed.ours, bed.peer];
  const before = sides.map((side) => residentBytes(side.pid()));
  await seedAll(bed);
  if (bed.sizes.rounds > 1) await delay(SETTLE_MS);
  const [ours = Number.NaN, peer = Number.NaN] = sides.map(
    (side, i) => (residentBytes(side.pid()) - (before[i] ?? Number.NaN)) / 1e6,
  );
  return [
    {
      id: 'P9',
      what: `RSS growth by ${bed.sizes.stored} cached Endpoints`,
      unit: 'MB',
      better: 'less',
      target: TARGET,
      ours,
      peer,
    },
  ];
}
