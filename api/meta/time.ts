/** Points in time as the API writes them (apimachinery `pkg/apis/meta/v1/{time,micro_time}.go`). */

/** RFC 3339 in UTC with whole seconds, rounded down: `2026-01-02T03:04:05Z`. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in UTC with six digits, as metav1.MicroTime; a Date carries three of them. */
export function formatMicroTime(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000Z`;
}

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** @returns undefined when the text is not RFC 3339 or names a day or an hour that does not exist */
export function parseTime(text: string): Date | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 || day < 1) return undefined;
  if (day > daysIn(year, month)) return undefined;
  const parsed = new Date(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

export const isTime = (text: string): boolean => parseTime(text) !== undefined;

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
