/** Where two answers differ, and which of the differences are allowed. */
import { parse } from 'yaml';
import { isRecord } from '../../../api/schema/json-schema.ts';
import type { Answer } from './normalise.ts';

export interface Difference {
  /** `<scenario>: <step>` */
  readonly step: string;
  /** For the reader: method and path as sent to us. */
  readonly request: string;
  /** Path of the difference, for example `body.details.causes[0].field`. */
  readonly at: string;
  /** undefined: not there. */
  readonly ours: unknown;
  readonly theirs: unknown;
}

type Place = Pick<Difference, 'at' | 'ours' | 'theirs'>;

/** Answers with different codes are one difference, at `code`: nothing else in them can be alike. */
export function answerDifferences(ours: Answer, theirs: Answer): Place[] {
  if (ours.code === theirs.code) return differences(ours, theirs);
  return [{ at: 'code', ours: summary(ours), theirs: summary(theirs) }];
}

function summary({ code, body }: Answer): string {
  const message = isRecord(body) ? body.message : body;
  return typeof message === 'string' ? `${code} ${message}` : String(code);
}

/** Lists of different lengths are one difference, since nothing says which of their items belong together. */
export function differences(ours: unknown, theirs: unknown, at = ''): Place[] {
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((each, i) => differences(each, theirs[i], `${at}[${i}]`));
  }
  if (isRecord(ours) && isRecord(theirs) && !Array.isArray(ours) && !Array.isArray(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return names.flatMap((name) => differences(ours[name], theirs[name], at === '' ? name : `${at}.${name}`));
  }
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ at, ours, theirs }];
}

/** One kind of difference. Patterns are searched for; an absent one fits everything. */
export interface Entry {
  readonly id: string;
  readonly because: string;
  /** `observed <line>` or `upstream <module>/<file>`; open entries have none. */
  readonly source?: string;
  readonly steps?: string;
  readonly at?: string;
  /** Of the values as JSON; `undefined` where it is not there. */
  readonly ours?: string;
  readonly theirs?: string;
}

export interface Allowed {
  readonly allowed: readonly Entry[];
  /** Differences known to be wrong, or not yet understood: shown at every run. */
  readonly open: readonly Entry[];
}

/** Of the issue: what differs on purpose must stay a short list. */
export const MAX_ALLOWED = 30;

/** @throws on an entry without a reason or a source, and on more entries than are allowed */
export function readAllowed(text: string): Allowed {
  const { allowed, open } = parse(text) as { allowed: Entry[] | null; open: Entry[] | null };
  const result: Allowed = { allowed: allowed ?? [], open: open ?? [] };
  if (result.allowed.length > MAX_ALLOWED) {
    throw new Error(`${result.allowed.length} allowed differences, more than ${MAX_ALLOWED}`);
  }
  for (const entry of [...result.allowed, ...result.open]) {
    if (!entry.id || !entry.because)
      throw new Error(`an entry without id or reason: ${JSON.stringify(entry)}`);
  }
  for (const { id, source } of result.allowed) {
    if (!/^(observed ([1-9]|1\d|2[0-5])|upstream \S+\.go)\b/.test(source ?? '')) {
      throw new Error(`allowed difference ${id}: its source is neither an observed line nor upstream`);
    }
  }
  return result;
}

export interface Verdict {
  readonly unexplained: readonly Difference[];
  /** Allowed or open entries that nothing was explained by. */
  readonly unused: readonly Entry[];
  readonly open: ReadonlyMap<Entry, readonly Difference[]>;
}

/** An allowed entry goes before an open one. */
export function judge(found: readonly Difference[], { allowed, open }: Allowed): Verdict {
  const entries = [...allowed, ...open];
  const explained = new Map<Entry, Difference[]>(entries.map((entry) => [entry, []]));
  const unexplained = found.filter((difference) => {
    const fitting = entries.filter((entry) => fits(entry, difference));
    for (const entry of fitting) explained.get(entry)?.push(difference);
    return fitting.length === 0;
  });
  return {
    unexplained,
    unused: entries.filter((entry) => explained.get(entry)?.length === 0),
    open: new Map(open.map((entry) => [entry, explained.get(entry) ?? []])),
  };
}

function fits(entry: Entry, { step, at, ours, theirs }: Difference): boolean {
  const found = (pattern: string | undefined, text: string) =>
    pattern === undefined || new RegExp(pattern).test(text);
  return (
    found(entry.steps, step) &&
    found(entry.at, at) &&
    found(entry.ours, shown(ours)) &&
    found(entry.theirs, shown(theirs))
  );
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'undefined';

/** Longest value printed of a difference, in characters. */
const MAX_SHOWN = 600;

/** For people: the request, where, and both answers below each other. */
export const describeDifference = ({ step, request, at, ours, theirs }: Difference): string =>
  `${step}\n  ${request}\n  at ${at}\n    ours:   ${shown(ours).slice(0, MAX_SHOWN)}\n    theirs: ${shown(theirs).slice(0, MAX_SHOWN)}`;
