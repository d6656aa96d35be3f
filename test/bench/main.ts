/**
 * `npm run bench`: measures ours and kube-apiserver side by side and writes docs/performance.md with its plot.
 *
 *     npm run bench                      everything, in some minutes
 *     npm run bench -- --smoke           a little of everything; writes no file
 *     npm run bench -- --only list,get   these; writes no file
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { binaryNames } from '../../hack/envtest/binaries.ts';
import { missingRequirement, projectRoot } from '../support/requirements.ts';
import { runBench, workloadNames } from './run.ts';
import { machine } from './support/machine.ts';
import { plot } from './support/plot.ts';
import { consoleTable, reportPage } from './support/report.ts';
import { full, smoke } from './support/sizes.ts';

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, only: { type: 'string' } } });

async function main(): Promise<number> {
  const missing = binaryNames.map(missingRequirement).filter((each) => each !== undefined);
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !workloadNames.includes(name)) ?? [];
  if (unknown.length > 0) missing.push(`--only ${unknown}: workloads are ${workloadNames.join(', ')}`);
  if (missing.length > 0) {
    for (const line of missing) process.stderr.write(`bench: ${line}\n`);
    return 1;
  }
  const sizes = values.smoke === true ? smoke : full;
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  const rows = await runBench({
    sizes,
    progress: (line) => process.stderr.write(`${String(seconds()).padStart(4)} s  ${line}\n`),
    ...(only === undefined ? {} : { only }),
  });
  process.stdout.write(`${consoleTable(rows)}\n`);
  if (values.smoke === true || only !== undefined) return 0;
  const folder = path.join(projectRoot, 'docs');
  mkdirSync(folder, { recursive: true });
  const facts = {
    machine: machine(),
    sizes,
    seconds: seconds(),
    date: new Date().toISOString().slice(0, 10),
  };
  writeFileSync(path.join(folder, 'performance.md'), reportPage(rows, facts));
  writeFileSync(path.join(folder, 'performance.svg'), plot(rows));
  return 0;
}

process.exitCode = await main();
