/**
 * `/healthz`, `/livez`, `/readyz`: whether we work, and which part does not
 * (upstream: apiserver `pkg/server/healthz/healthz.go`). Reasons go to the log and to those who may ask for one
 * check; the summary is public.
 */
import { errorText } from '../../api/meta/error-text.ts';
export interface HealthCheck {
  readonly name: string;
  /** Throws, or rejects, with the reason when it fails. */
  check(): void | Promise<void>;
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly text: string;
  /** Reason by check. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Always passes: the event loop got as far as this. */
export const ping: HealthCheck = { name: 'ping', check() {} };

export interface HealthQuery {
  readonly verbose: boolean;
  readonly excluded: readonly string[];
}

/** @param endpoint `healthz`, `livez` or `readyz` */
export async function reportHealth(
  endpoint: string,
  checks: readonly HealthCheck[],
  query: HealthQuery,
): Promise<HealthReport> {
  const lines: string[] = [];
  const failures = new Map<string, string>();
  for (const each of checks) {
    if (query.excluded.includes(each.name)) {
      lines.push(`[+]${each.name} excluded: ok`);
      continue;
    }
    const reason = await failureOf(each);
    if (reason === undefined) lines.push(`[+]${each.name} ok`);
    else {
      failures.set(each.name, reason);
      lines.push(`[-]${each.name} failed: reason withheld`);
    }
  }
  const unknown = [...new Set(query.excluded)].filter((name) => !checks.some((c) => c.name === name)).sort();
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failures.size > 0) {
    return { healthy: false, text: `${[...lines, `${endpoint} check failed`].join('\n')}\n`, failures };
  }
  const text = query.verbose ? `${[...lines, `${endpoint} check passed`].join('\n')}\n` : 'ok';
  return { healthy: true, text, failures };
}

/** Milliseconds a check may take before it counts as failed. */
const checkMilliseconds = 3_000;

/** The reason why a check fails, undefined when it passes. */
export async function failureOf(each: HealthCheck): Promise<string | undefined> {
  const late = AbortSignal.timeout(checkMilliseconds);
  const timeout = Promise.withResolvers<never>();
  const expire = () => timeout.reject(new Error(`no answer within ${checkMilliseconds} ms`));
  late.addEventListener('abort', expire, { once: true });
  try {
    await Promise.race([(async () => each.check())(), timeout.promise]);
    return undefined;
  } catch (error) {
    return errorText(error);
  } finally {
    late.removeEventListener('abort', expire);
  }
}
