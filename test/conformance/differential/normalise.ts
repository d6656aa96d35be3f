/** An answer without what differs between any two servers: uids, times, revisions, tokens, the group's name. */
import { parse as parseYaml } from 'yaml';
import type { WireResponse } from '../../support/wire-client.ts';
import { OUR_GROUP, TWIN_GROUP } from './twin.ts';

export interface Answer {
  /** 0: the connection was closed without an answer. */
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON; a list of events for a watch; otherwise text. */
  readonly body: unknown;
}

/** What a client can act upon. */
const comparedHeaders = [
  'allow',
  'cache-control',
  'content-encoding',
  'content-type',
  'location',
  'retry-after',
  'vary',
  'warning',
  'x-content-type-options',
];

const substitutions: readonly (readonly [RegExp, string])[] = [
  [new RegExp(TWIN_GROUP.replaceAll('.', '\\.'), 'g'), OUR_GROUP],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  // Names that the server made up, from generateName `made-`.
  [/\bmade-[a-z0-9]{5}\b/g, 'made-<random>'],
  [/(ResourceVersion in record \()\d+/g, '$1<rv>'],
  [/(Too large resource version: \d+, current: )\d+/g, '$1<rv>'],
  [/(too old resource version: \d+ \()\d+/g, '$1<rv>'],
  // Objects in messages: in which order a server writes fields is its own affair.
  [/(patch: Invalid value: )".*\}"/g, '$1<object>'],
  // kube-apiserver adds its own beside ours when it passes an answer on (apiserver/pkg/server/filters/cachecontrol.go).
  [/^(no-cache, private)(, no-cache, private)+$/, '$1'],
  [/("resourceVersion": ?")[1-9]\d*"/g, '$1<rv>"'],
];

export function normalise({ code, headers, body }: Pick<WireResponse, 'code' | 'headers' | 'body'>): Answer {
  const kept = comparedHeaders
    .filter((name) => headers[name] !== undefined)
    .map((name) => [name, normaliseValue(headers[name])]);
  return {
    code,
    headers: Object.fromEntries(kept),
    body: normaliseValue(bodyOf(body.toString('utf8'), headers)),
  };
}

/** YAML is compared by what it says, not by its indentation. */
function bodyOf(text: string, headers: WireResponse['headers']): unknown {
  return headers['content-type'] === 'application/yaml' ? parseYaml(text) : parse(text);
}

/** JSON, JSON lines, or the text itself. */
export function parse(text: string): unknown {
  const whole = parsed(text);
  if (whole !== undefined) return whole;
  const lines = text.split('\n').filter((line) => line !== '');
  const events = lines.map(parsed);
  return lines.length > 1 && events.every((each) => each !== undefined) ? events : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function normaliseValue(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return normaliseText(value, key);
  if (Array.isArray(value)) {
    const each = value.map((item) => normaliseValue(item));
    return key === 'managedFields' ? each.toSorted(byOwner) : each;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, normaliseValue(inner, name)]),
  );
}

/** Servers sort them by whole seconds first, so their order depends on when a test runs. */
function byOwner(a: unknown, b: unknown): number {
  const identity = (entry: unknown) => {
    const { operation = '', manager = '', subresource = '' } = entry as Record<string, string>;
    return [operation, manager, subresource].join('/');
  };
  return identity(a) < identity(b) ? -1 : Number(identity(a) > identity(b));
}

function normaliseText(text: string, key: string): string {
  if (key === 'resourceVersion' && /^[1-9]\d*$/.test(text)) return '<rv>';
  if (key === 'continue' && text !== '') return '<continue>';
  return substitutions.reduce((result, [pattern, put]) => result.replace(pattern, put), text);
}
