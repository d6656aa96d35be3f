/** How long a request may take (upstream: apiserver `pkg/endpoints/filters/request_deadline.go`). */
import { badRequest } from '../../api/meta/api-error.ts';
import type { RequestInfo } from '../request-info.ts';

/** Milliseconds for any request that is not a watch. */
const requestMilliseconds = 60_000;
/** Milliseconds for one object's write: less than the client's minute, so that it still hears the answer. */
const writeMilliseconds = 34_000;

const singleWrites: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

/** Watches run until they end by themselves. */
export const isLongRunning = (info: RequestInfo): boolean => info.isResource && info.verb === 'watch';

/**
 * @returns milliseconds, or undefined for none. `?timeout=` can only lower it; zero means the default.
 * @throws ApiError BadRequest for a malformed timeout
 */
export function deadlineOf(info: RequestInfo, query: URLSearchParams): number | undefined {
  if (isLongRunning(info)) return undefined;
  const most = info.isResource && singleWrites.has(info.verb) ? writeMilliseconds : requestMilliseconds;
  const asked = query.get('timeout') ?? '';
  if (asked === '') return most;
  const milliseconds = parseDuration(asked);
  return milliseconds > 0 ? Math.min(milliseconds, most) : most;
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration such as `1m30s`, in milliseconds. @throws ApiError BadRequest */
export function parseDuration(text: string): number {
  const number = '(?:\\d+\\.?\\d*|\\.\\d+)';
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  const whole = new RegExp(`^(?:${number}(?:ns|us|µs|μs|ms|s|m|h))+$`);
  if (!whole.test(rest)) throw invalidTimeout(durationFault(text, rest, number));
  let milliseconds = 0;
  for (const [, amount = '', unit = ''] of rest.matchAll(new RegExp(`(${number})([^\\d.]+)`, 'g'))) {
    milliseconds += Number(amount) * (unitMilliseconds[unit] ?? 0);
  }
  return sign === '-' ? -milliseconds : milliseconds;
}

/** What Go's `time.ParseDuration` says. */
function durationFault(text: string, rest: string, number: string): string {
  const quoted = JSON.stringify(text);
  if (new RegExp(`(?:^|[a-zµμ])${number}$`).test(rest)) return `time: missing unit in duration ${quoted}`;
  const unit = new RegExp(`^${number}([^\\d.]+)`).exec(rest)?.[1];
  if (unit !== undefined && unitMilliseconds[unit] === undefined) {
    return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
  }
  return `time: invalid duration ${quoted}`;
}

const invalidTimeout = (why: string) => badRequest(`invalid timeout specified in the request URL - ${why}`);
