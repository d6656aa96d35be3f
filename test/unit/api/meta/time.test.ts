import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { formatMicroTime, formatTime, isTime, parseTime } from '../../../../api/meta/time.ts';

const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});

describe('times', () => {
  it('are written in UTC with whole seconds, or six digits', () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    assert.equal(formatTime(time), '2026-01-02T03:04:05Z');
    assert.equal(formatMicroTime(time), '2026-01-02T03:04:05.678000Z');
  });

  it('are read as written', () => {
    fc.assert(
      fc.property(date, (time) => {
        assert.equal(parseTime(formatTime(time))?.getTime(), Math.floor(time.getTime() / 1000) * 1000);
        assert.equal(parseTime(formatMicroTime(time))?.getTime(), time.getTime());
      }),
    );
    assert.equal(parseTime('2026-01-02T03:04:05+01:00')?.toISOString(), '2026-01-02T02:04:05.000Z');
  });

  it('are refused when no such moment exists', () => {
    for (const bad of [
      '',
      'now',
      '2026-01-02',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:00:00',
      '2025-02-29T00:00:00Z',
      '2026-01-01T00:00:00+25:00',
    ]) {
      assert.equal(isTime(bad), false, bad);
    }
    assert.equal(isTime('2024-02-29T00:00:00Z'), true);
  });
});
