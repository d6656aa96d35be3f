/**
 * Durations as kubectl shows them in AGE columns: two or three significant figures
 * (upstream: apimachinery `pkg/util/duration/duration.go`, `HumanDuration`).
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAYS_A_YEAR = 365;

/** Clocks of machines differ a little: so far in the future still counts as now. In seconds. */
const TOLERATED_FUTURE = 1;

/** @param milliseconds may be negative: up to a second in the future is `0s`, further is `<invalid>` */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / SECOND);
  if (seconds < -TOLERATED_FUTURE) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(milliseconds / MINUTE);
  if (minutes < 10) return joined(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(milliseconds / HOUR);
  if (hours < 8) return joined(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return joined(days, 'd', hours % 24, 'h');
  if (days < 2 * DAYS_A_YEAR) return `${days}d`;
  const years = Math.trunc(days / DAYS_A_YEAR);
  if (years < 8) return joined(years, 'y', days % DAYS_A_YEAR, 'd');
  return `${years}y`;
}

/** The time since an RFC 3339 timestamp; `<unknown>` without one. */
export function age(timestamp: string | undefined, now: Date): string {
  const since = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(since) ? '<unknown>' : humanDuration(now.getTime() - since);
}

/** The smaller unit is left out when it is zero: `3m`, not `3m0s`. */
function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
