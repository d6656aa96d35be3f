/**
 * `npm test`: unit tests, then integration tests, in one process. Arguments narrow: files or folders, and
 * `--grep <text>` for titles. The last line is exactly `N passed, N failed, N skipped`.
 * Exit code 1 on a failure; with CI_NO_SKIPS=1 also on a skip that test/support/requirements.ts does not excuse.
 */
import { existsSync, globSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { runningProcesses } from '../test/support/processes.ts';
import { projectRoot, skippedSuites } from '../test/support/requirements.ts';
import { emptyTotals, printFailures, showProgress, type Totals } from './test-progress.ts';

interface Part {
  readonly name: string;
  readonly folder: string;
  /** Bounds a hang; no test measures time. */
  readonly timeoutMs: number;
  readonly eachTest: boolean;
}

const parts: readonly Part[] = [
  { name: 'unit', folder: 'test/unit', timeoutMs: 30_000, eachTest: false },
  { name: 'integration', folder: 'test/integration', timeoutMs: 180_000, eachTest: true },
];

/** Progress is printed by showProgress; Mocha only has to stay quiet. */
class SilentReporter extends Mocha.reporters.Base {}

function filesOf(part: Part, wanted: readonly string[]): string[] {
  const files = globSync(`${part.folder}/**/*.test.ts`, { cwd: projectRoot }).toSorted();
  if (wanted.length === 0) return files;
  return files.filter((file) => wanted.some((each) => file === each || file.startsWith(`${each}/`)));
}

/** Loads file by file, so that one which does not load fails by itself and the others still run. */
async function load(mocha: Mocha, files: readonly string[], totals: Totals): Promise<void> {
  for (const file of files) {
    mocha.files = [path.join(projectRoot, file)];
    try {
      await mocha.loadFilesAsync();
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      totals.failures.push({ title: `${file} does not load`, error });
      console.log(`    ✘ ${file} does not load: ${error.message}`);
    }
  }
}

async function run(
  part: Part,
  files: readonly string[],
  grep: string | undefined,
  totals: Totals,
): Promise<void> {
  console.log(`\n${part.name}: ${files.length} files`);
  const mocha = new Mocha({
    timeout: part.timeoutMs,
    reporter: SilentReporter,
    ...(grep === undefined ? {} : { grep }),
    forbidOnly: process.env.CI_NO_SKIPS === '1',
  });
  await load(mocha, files, totals);
  await new Promise<void>((resolve) => {
    showProgress(
      mocha.run(() => resolve()),
      totals,
      part.eachTest,
    );
  });
}

function printSkipped(titles: readonly string[]): void {
  const suites = skippedSuites();
  const alone = titles.filter((title) => !suites.some((suite) => title.startsWith(suite.title)));
  if (titles.length === 0) return;
  console.log('\nskipped:');
  for (const { title, reasons } of suites) console.log(`  ${title}: ${reasons.join('; ')}`);
  for (const title of alone) console.log(`  ${title}: by the test itself`);
}

/** A test that leaves a server behind would disturb the next run; it is a failure of its own. */
function checkLeftovers(totals: Totals): void {
  const left = runningProcesses();
  if (left.length === 0) return;
  const error = new Error(`still running after the last test: ${left.join(', ')}`);
  totals.failures.push({ title: 'no process is left behind', error });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { grep: { type: 'string', short: 'g' } },
  });
  const wanted = positionals.map((each) => path.relative(projectRoot, path.resolve(each)));
  for (const each of wanted) {
    const full = path.join(projectRoot, each);
    const isTest = existsSync(full) && (statSync(full).isDirectory() || each.endsWith('.test.ts'));
    if (!isTest) {
      console.error(`error: ${each} is neither a folder nor a *.test.ts file`);
      return 2;
    }
  }

  const totals = emptyTotals();
  const started = Date.now();
  for (const part of parts) {
    const files = filesOf(part, wanted);
    if (files.length > 0) await run(part, files, values.grep, totals);
  }
  checkLeftovers(totals);
  printFailures(totals.failures);
  printSkipped(totals.skipped);
  console.log(`\ntook ${Math.round((Date.now() - started) / 1000)} s`);
  const { passed, skipped, failures } = totals;
  console.log(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
  const excused = skippedSuites().reduce((sum, suite) => sum + (suite.excused ? suite.tests : 0), 0);
  const skipsFail = process.env.CI_NO_SKIPS === '1' && skipped.length > excused;
  return failures.length > 0 || skipsFail || passed === 0 ? 1 : 0;
}

// Something a test left open (a timer, a socket) must not keep the run from ending.
process.exit(await main());
