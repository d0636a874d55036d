import assert from 'node:assert/strict';
import { formatDuration, parseDuration } from '../../src/time/duration.ts';

describe('duration', () => {
  const readings: [string, number | undefined, string][] = [
    ['200ms', 200, 'milliseconds'],
    ['5s', 5000, 'seconds'],
    ['1.5s', 1500, 'a fraction'],
    ['10m', 600_000, 'minutes'],
    ['2h', 7_200_000, 'hours'],
    [' 5s ', 5000, 'space around it'],
    ['5', undefined, 'a number without a unit'],
    ['5 s', undefined, 'space inside'],
    ['-5s', undefined, 'a negative number'],
    ['169h', undefined, 'more than seven days'],
    ['', undefined, 'nothing'],
  ];
  for (const [text, expected, reason] of readings)
    it(`reads ${reason}`, () => assert.equal(parseDuration(text), expected));

  const writings: [number, string][] = [
    [0, '0ms'],
    [999, '999ms'],
    [2400, '2.4s'],
    [65_000, '1m05s'],
    [7_200_000, '2h00m'],
  ];
  for (const [ms, expected] of writings) it(`writes ${expected}`, () => assert.equal(formatDuration(ms), expected));
});
