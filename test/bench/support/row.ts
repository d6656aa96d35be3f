/** One line of the report: a figure on both sides. */
export interface Row {
  /** Of design's list of workloads, such as `P1`. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  /** How many times better than the peer we mean to be; unset: shown for the reader. */
  readonly target?: number;
  /** Or: at most this much, in the row's unit, whatever the peer does. */
  readonly limit?: number;
  readonly ours: number;
  readonly peer: number;
}

/** How many times better than the peer: above 1 is better, whichever way the figure counts. */
export const advantage = ({ better, ours, peer }: Row): number =>
  better === 'less' ? peer / ours : ours / peer;

export type Verdict = 'met' | 'missed' | 'no target';

export function verdict(row: Row): Verdict {
  if (row.limit !== undefined) return row.ours <= row.limit ? 'met' : 'missed';
  if (row.target === undefined) return 'no target';
  return advantage(row) >= row.target ? 'met' : 'missed';
}
