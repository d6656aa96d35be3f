/** features.yaml tells the truth as far as text can show it: every line is there once, and names a test that exists. */
import { parse } from 'yaml';

const FEATURES = 'features.yaml';
/** Check-list lines of the conformance list that the project works against. */
export const CONFORMANCE_LINES = 138;
/** Between a test file and a test's title. */
const SEPARATOR = ' › ';

interface Feature {
  readonly id: string;
  readonly what: string;
  readonly holds: boolean | 'partly';
  readonly test: readonly string[];
  readonly reason: string;
}

interface Features {
  readonly conformance: readonly { readonly section: string; readonly lines: readonly unknown[] }[];
  readonly observed: readonly unknown[];
  readonly issue: readonly unknown[];
}

/** @param sources text by project-relative path */
export function verifyFeatures(sources: ReadonlyMap<string, string>): string[] {
  const text = sources.get(FEATURES);
  if (text === undefined) return [`${FEATURES} is missing`];
  const document = parsed(text);
  if (typeof document === 'string') return [`${FEATURES}: ${document}`];
  const conformance = document.conformance.flatMap(({ section, lines }) =>
    lines.map((line) => ({ section, feature: featureOf(line) })),
  );
  const features = [
    ...conformance.map(({ feature }) => feature),
    ...document.observed.map(featureOf),
    ...document.issue.map(featureOf),
  ];
  const findings = [
    ...misplaced(conformance),
    ...repeated(features.map(({ id }) => id)),
    ...features.flatMap((feature) => problems(feature, sources)),
  ];
  if (conformance.length !== CONFORMANCE_LINES) {
    findings.unshift(`has ${conformance.length} conformance lines, not ${CONFORMANCE_LINES}`);
  }
  return findings.map((finding) => `${FEATURES}: ${finding}`);
}

/** The document, or what is wrong with it. */
function parsed(text: string): Features | string {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { conformance, observed, issue } = (value ?? {}) as Partial<Features>;
  if (!Array.isArray(conformance) || !Array.isArray(observed) || !Array.isArray(issue)) {
    return 'needs the lists conformance, observed and issue';
  }
  const whole = conformance.every((each) => typeof each?.section === 'string' && Array.isArray(each.lines));
  return whole ? { conformance, observed, issue } : 'each part of conformance needs a section and its lines';
}

/** As far as it can be read; what is missing is found by `problems`. */
function featureOf(value: unknown): Feature {
  const { id, what, holds, test, reason } = (value ?? {}) as Partial<Record<keyof Feature, unknown>>;
  return {
    id: String(id ?? ''),
    what: typeof what === 'string' ? what : '',
    holds: holds as Feature['holds'],
    test: Array.isArray(test) ? test.map(String) : [],
    reason: typeof reason === 'string' ? reason.trim() : '',
  };
}

/** Lines are numbered within their section, in order. */
function misplaced(conformance: readonly { section: string; feature: Feature }[]): string[] {
  const counts = new Map<string, number>();
  return conformance.flatMap(({ section, feature }) => {
    const number = (counts.get(section) ?? 0) + 1;
    counts.set(section, number);
    const expected = `${section}.${number}`;
    return feature.id === expected ? [] : [`${feature.id || '(no id)'} stands where ${expected} belongs`];
  });
}

function repeated(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.has(id) || !seen.add(id)).map((id) => `${id} is there twice`);
}

function problems(feature: Feature, sources: ReadonlyMap<string, string>): string[] {
  const { id, what, holds, test, reason } = feature;
  const findings: string[] = [];
  if (what === '') findings.push('does not say what');
  if (holds !== true && holds !== 'partly' && holds !== false) {
    findings.push('holds must be true, partly or false');
  }
  if (holds !== true && reason === '') findings.push(`is ${String(holds)} without a reason`);
  if (holds !== false && test.length === 0) findings.push(`is ${String(holds)} without a test`);
  for (const each of test) findings.push(...missingTest(each, sources));
  return findings.map((finding) => `${id || '(no id)'} ${finding}`);
}

function missingTest(reference: string, sources: ReadonlyMap<string, string>): string[] {
  const at = reference.indexOf(SEPARATOR);
  if (at < 0) return [`names ${JSON.stringify(reference)}, which is not "<file>${SEPARATOR}<title>"`];
  const file = reference.slice(0, at);
  const title = reference.slice(at + SEPARATOR.length);
  const text = file.startsWith('test/') ? sources.get(file) : undefined;
  if (text === undefined) return [`names the test file ${file}, which does not exist`];
  const isThere = ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
  return isThere ? [] : [`names a test that ${file} does not have: ${title}`];
}
