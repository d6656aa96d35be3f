/** What is read of a server while it works, and how runs of two servers are put side by side. */
import { readFileSync } from 'node:fs';

/** Of `/proc/<pid>/stat`; USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places of utime and stime behind the command's name, which may hold spaces. proc_pid_stat(5). */
const UTIME = 11;
const STIME = 12;
const BYTES_PER_KIBIBYTE = 1024;

/** Seconds of CPU, user and system, of a process and all its threads since it started; to 10 ms. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) * BYTES_PER_KIBIBYTE;
}

/** @returns what `work` gave, and the CPU seconds the process spent meanwhile, at least one tick */
export async function withCpu<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpu: number }> {
  const before = cpuSeconds(pid);
  const result = await work();
  // Below one tick nothing is known but that it is less.
  return { result, cpu: Math.max(cpuSeconds(pid) - before, 1 / TICKS_PER_SECOND) };
}

/** @param fraction 0.5 for the median, 0.99 for p99; nearest rank. NaN of nothing. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN;
}

/** The middle; of an even number of values the mean of the two. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Figures of one run, by name. */
export type Sample = Readonly<Record<string, number>>;

/**
 * A B A B: each round runs every side once, so that what slows the machine down slows both.
 * @returns the median of each figure, a side
 */
export async function sideBySide<S>(
  rounds: number,
  sides: readonly S[],
  run: (side: S, round: number) => Promise<Sample>,
): Promise<Sample[]> {
  const samples: Sample[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) samples[i]?.push(await run(side, round));
  }
  return samples.map(medians);
}

function medians(samples: readonly Sample[]): Sample {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(samples.map((sample) => sample[name] ?? Number.NaN))]),
  );
}
