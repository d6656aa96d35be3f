/** Every workload, one after another, on one set of servers. */
import { getBench } from './get.bench.ts';
import { listBench } from './list.bench.ts';
import { memoryBench } from './memory.bench.ts';
import { readyBench } from './ready.bench.ts';
import { selectBench } from './select.bench.ts';
import { startBench } from './start.bench.ts';
import { type Bed, quiet, startBed } from './support/bed.ts';
import type { Row } from './support/row.ts';
import type { Sizes } from './support/sizes.ts';
import { watchBench } from './watch.bench.ts';
import { writeBench } from './write.bench.ts';

interface Workload {
  readonly name: string;
  readonly run: (bed: Bed) => Promise<Row[]>;
}

/** The one with controllers comes first: after it they stop, and only the servers are left on the machine. */
const withControllers: readonly Workload[] = [{ name: 'ready', run: readyBench }];
/** Memory fills the store that those after it read. */
const alone: readonly Workload[] = [
  { name: 'memory', run: memoryBench },
  { name: 'list', run: listBench },
  { name: 'select', run: selectBench },
  { name: 'get', run: getBench },
  { name: 'write', run: writeBench },
  { name: 'watch', run: watchBench },
  { name: 'start', run: startBench },
];

export interface RunOptions {
  readonly sizes: Sizes;
  readonly progress: (line: string) => void;
  /** Names of workloads; all unless told. */
  readonly only?: readonly string[];
}

export const workloadNames: readonly string[] = [...withControllers, ...alone].map(({ name }) => name);

/** @returns rows in the order of their ids */
export async function runBench({ sizes, progress, only = workloadNames }: RunOptions): Promise<Row[]> {
  const bed = await startBed(sizes, progress);
  const rows: Row[] = [];
  const runAll = async (workloads: readonly Workload[]): Promise<void> => {
    for (const { name, run } of workloads.filter((each) => only.includes(each.name))) {
      progress(name);
      rows.push(...(await run(bed)));
    }
  };
  try {
    await runAll(withControllers);
    await quiet(bed);
    await runAll(alone);
  } finally {
    progress('stopping');
    await bed.stop();
  }
  return rows.toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}
