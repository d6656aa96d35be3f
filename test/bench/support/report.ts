/** The rows as text: for the terminal, and as docs/performance.md. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import { advantage, type Row, verdict } from './row.ts';
import type { Sizes } from './sizes.ts';

export interface Facts {
  readonly machine: string;
  readonly sizes: Sizes;
  readonly seconds: number;
  /** `2026-01-02` */
  readonly date: string;
}

/** Three significant digits: more is noise. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

const ratio = (value: number): string => `${figure(value)}×`;

function targetOf({ target, limit, unit }: Row): string {
  if (limit !== undefined) return `≤ ${limit} ${unit}`;
  return target === undefined ? '' : `≥ ${target}×`;
}

function result(row: Row): string {
  switch (verdict(row)) {
    case 'no target':
      return '';
    case 'met':
      return 'met';
    case 'missed':
      return `missed by ${ratio(row.limit === undefined ? (row.target ?? 1) / advantage(row) : row.ours / row.limit)}`;
  }
}

const columns = ['', 'workload', 'target', 'ours', 'peer', 'better by', ''];

const cells = (row: Row): string[] => [
  row.id,
  row.what,
  targetOf(row),
  `${figure(row.ours)} ${row.unit}`,
  `${figure(row.peer)} ${row.unit}`,
  ratio(advantage(row)),
  result(row),
];

export function consoleTable(rows: readonly Row[]): string {
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(cells(row));
  return table.toString();
}

function markdownTable(rows: readonly Row[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map((row) => line(cells(row)))].join('\n');
}

/** What people found out about the misses: written by hand, kept apart from what is generated. */
const NOTES = path.join(import.meta.dirname, '..', 'notes.md');

export function reportPage(rows: readonly Row[], { machine, sizes, seconds, date }: Facts): string {
  const judged = rows.filter((row) => verdict(row) !== 'no target');
  const met = judged.filter((row) => verdict(row) === 'met').length;
  const notes = existsSync(NOTES) ? readFileSync(NOTES, 'utf8').trim() : '';
  return `# Performance

Written by \`npm run bench\`; do not edit. Ours and its peer, a real kube-apiserver that serves our Endpoint as a
custom resource with the same schema from the same etcd, run in turns on one machine (A B A B, medians of
${sizes.rounds} rounds). **${met} of ${judged.length} targets are met.** "Better by" is the ratio, above 1 in our favour
whether the figure should be small or large.

![How many times better than the peer each figure is, with its target](performance.svg)

${markdownTable(rows)}

${notes}

## Fine print

- Measured on ${date} in ${seconds} s: ${machine}. Absolute figures hold for this machine only.
- ${sizes.stored.toLocaleString('en-US')} Endpoints in the store, ${sizes.listed.toLocaleString('en-US')} of them in the namespace that is listed.
- Both sides are reached directly over TLS and HTTP/2 with a client certificate of system:masters, so neither asks
  anybody for authorization. The load comes from processes of its own on the same cores. No compression.
- etcd runs without fsync, for both sides. Its CPU counts for neither; the embedded store's CPU and its disk
  writes are inside ours, and it does wait for the disk.
- CPU is user and system time of the server's process, from /proc, to 10 ms a run. Deliveries' CPU is without what
  the same writes cost while nobody watches.
- The peer's objects carry managedFields, which ours do not before server-side apply; row "answer" shows what that
  is in bytes.
- RSS is the whole process's, garbage not yet collected included. The peer's start is a second kube-apiserver's on the
  same etcd, with everything else that it serves.
- Pods are seen ready on watches of both servers that are read by one process, for the same pods.
`;
}
