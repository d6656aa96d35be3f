import assert from 'node:assert/strict';
import { age, humanDuration } from '../../../../api/meta/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

describe('humanDuration', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-2.5 * second, '<invalid>'],
    [-1.5 * second, '0s'],
    [0, '0s'],
    [999, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 10 * second, '2m10s'],
    [10 * minute - second, '9m59s'],
    [10 * minute + 59 * second, '10m'],
    [3 * hour - second, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 20 * minute, '3h20m'],
    [8 * hour + 59 * minute, '8h'],
    [2 * day - second, '47h'],
    [2 * day, '2d'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 23 * hour, '8d'],
    [2 * year - second, '729d'],
    [2 * year, '2y'],
    [3 * year + 5 * day, '3y5d'],
    [8 * year + 30 * day, '8y'],
  ];
  for (const [milliseconds, expected] of cases) {
    it(`${milliseconds} ms is ${expected}`, () => assert.equal(humanDuration(milliseconds), expected));
  }
});

describe('age', () => {
  const now = new Date('2026-01-01T00:05:00Z');
  it('counts from the timestamp', () => assert.equal(age('2026-01-01T00:00:00Z', now), '5m'));
  it('is unknown without a timestamp', () => assert.equal(age(undefined, now), '<unknown>'));
  it('is unknown for what is no time', () => assert.equal(age('yesterday', now), '<unknown>'));
});
