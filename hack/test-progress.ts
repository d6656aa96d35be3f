/**
 * How a test run looks while it goes on: one line a suite where suites are fast (unit), one line a test where
 * they are slow (integration), failures at once and in full.
 */
import path from 'node:path';
import type { Runner, Suite, Test } from 'mocha';

export interface Failure {
  readonly title: string;
  readonly error: Error;
}

export interface Totals {
  passed: number;
  /** Full titles. */
  readonly skipped: string[];
  readonly failures: Failure[];
}

export const emptyTotals = (): Totals => ({ passed: 0, skipped: [], failures: [] });

const colour = (code: number, text: string): string =>
  process.stdout.isTTY === true ? `\u001b[${code}m${text}\u001b[0m` : text;
const green = (text: string): string => colour(32, text);
const red = (text: string): string => colour(31, text);
const grey = (text: string): string => colour(90, text);

const seconds = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`);

/** An assertion's message holds the diff already; a stack alone would repeat it without. */
function describeError(error: Error): string {
  const stack = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:'));
  const text = [`${error.name}: ${error.message}`, ...stack.slice(0, 6)].join('\n');
  return text.replace(/^/gm, '      ');
}

interface Progress {
  readonly started: number;
  passed: number;
  skipped: number;
  failed: number;
}

/** Top-level suite of a test or hook: the unit of a line. */
function topSuite(suite: Suite | undefined): Suite | undefined {
  let current = suite;
  while (current?.parent !== undefined && !current.parent.root) current = current.parent;
  return current;
}

/**
 * Prints a run and counts it.
 * @param eachTest a line a test instead of a line a suite
 */
export function showProgress(runner: Runner, totals: Totals, eachTest: boolean): void {
  const open = new Map<Suite, Progress>();
  const count = (test: { parent?: Suite | undefined }, what: 'passed' | 'skipped' | 'failed'): void => {
    const suite = topSuite(test.parent);
    const progress = suite && open.get(suite);
    if (progress !== undefined) progress[what]++;
  };
  const line = (test: Test, mark: string): void => {
    if (eachTest)
      console.log(
        `    ${mark} ${test.titlePath().slice(1).join(' › ')} ${grey(seconds(test.duration ?? 0))}`,
      );
  };

  runner.on('suite', (suite) => {
    if (suite.root || suite.parent?.root !== true) return;
    open.set(suite, { started: Date.now(), passed: 0, skipped: 0, failed: 0 });
    if (eachTest) console.log(`  ${suite.title} ${grey(path.relative(process.cwd(), suite.file ?? ''))}`);
  });
  runner.on('pass', (test) => {
    totals.passed++;
    count(test, 'passed');
    line(test, green('✔'));
  });
  runner.on('pending', (test) => {
    totals.skipped.push(test.fullTitle());
    count(test, 'skipped');
    line(test, grey('-'));
  });
  runner.on('fail', (test, error: Error) => {
    totals.failures.push({ title: test.fullTitle(), error });
    count(test, 'failed');
    console.log(`    ${red('✘')} ${test.fullTitle()}\n${describeError(error)}`);
  });
  runner.on('suite end', (suite) => {
    const progress = open.get(suite);
    if (progress === undefined) return;
    open.delete(suite);
    if (eachTest) return;
    const mark = progress.failed > 0 ? red('✘') : progress.passed > 0 ? green('✔') : grey('-');
    const { passed, failed, skipped } = progress;
    const counts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`];
    const text = counts.filter((part) => part !== 0).join(', ');
    console.log(`  ${mark} ${suite.title} ${grey(`${text}, ${seconds(Date.now() - progress.started)}`)}`);
  });
}

/** The failures once more, where somebody who scrolls up from the end finds them. */
export function printFailures(failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  console.log(`\n${red('failed:')}`);
  for (const [index, { title, error }] of failures.entries()) {
    console.log(`  ${index + 1}. ${title}\n${describeError(error)}`);
  }
}
