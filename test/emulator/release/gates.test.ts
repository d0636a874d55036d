import assert from 'node:assert/strict';
import {
  nextOfGates,
  requireGatesOptions,
  untilGatesEnd,
  type GatesNext,
  type GatesOptions,
} from '../../../src/emulator/release/gates.ts';
import type { Verdict } from '../../../src/emulator/server-task/evaluate-task.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const YES: Verdict = { kind: 'passed' };
const NO: Verdict = { kind: 'failed', reason: 'not yet' };
const OPTIONS: GatesOptions = { stabilizationTime: 5, samplingInterval: 5, minimumSuccessDuration: 0, timeout: 20 };

/** `+-` is an evaluation of two gates, the first of which has passed; one each five minutes. */
const evaluations = (text: string) =>
  text
    .split(' ')
    .filter((one) => one !== '')
    .map((one, index) => ({ at: index * 5, verdicts: Array.from(one, (sign) => (sign === '+' ? YES : NO)) }));

describe('gates of a classic release', () => {
  const passed: GatesNext = { kind: 'end', outcome: 'passed' };
  const rejected: GatesNext = { kind: 'end', outcome: 'rejected' };
  const evaluate: GatesNext = { kind: 'evaluate' };
  const wait = (minutes: number): GatesNext => ({ kind: 'wait', minutes });
  const rows: readonly (readonly [
    reason: string,
    so: string,
    now: number,
    next: GatesNext,
    options?: Partial<GatesOptions>,
  ])[] = [
    ['the stabilization time is waited for', '', -5, wait(5)],
    ['then all are asked', '', 0, evaluate],
    ['all have passed in one evaluation', '++', 0, passed],
    ['one has not', '+-', 0, wait(5)],
    ['one has not, and it is time again', '+-', 5, evaluate],
    ['each has passed once, and never together', '+- -+ +-', 10, wait(5)],
    ['they pass together late', '+- -- ++', 10, passed],
    ['they must pass for longer', '++', 0, wait(5), { minimumSuccessDuration: 10 }],
    ['they have passed for long enough', '++ ++ ++', 10, passed, { minimumSuccessDuration: 10 }],
    ['a break begins the time anew', '++ +- ++ ++', 15, wait(5), { minimumSuccessDuration: 10 }],
    ['the last evaluation is at the timeout', '+- +- +- +-', 20, evaluate],
    ['behind it nothing is asked', '+- +- +- +- +-', 20, rejected],
    ['the timeout is waited for', '+- +- +- +-', 15, wait(2), { timeout: 17 }],
    ['and the stage is rejected then', '+- +- +- +-', 17, rejected, { timeout: 17 }],
    ['what passes at the timeout passes', '+- +- +- +- ++', 20, passed],
  ];
  for (const [reason, so, now, next, options] of rows)
    it(reason, () => assert.deepEqual(nextOfGates(evaluations(so), { ...OPTIONS, ...options }, now), next));

  it('are asked at the same time, at their interval, and the audience is waited for', async () => {
    const clock = new FakeClock();
    const begun = clock.monotonic();
    const seen: string[] = [];
    let asked = 0;
    const gate = (name: string, from: number) => (): Promise<Verdict> => {
      seen.push(`${name} at ${(clock.monotonic() - begun) / 60_000}`);
      return Promise.resolve((asked += 0.5) >= from ? YES : NO);
    };
    const end = await untilGatesEnd([gate('a', 1), gate('b', 2)], OPTIONS, {
      clock,
      minuteMs: 60_000,
      tell: ({ at }) => void seen.push(`told of ${at}`),
    });
    assert.equal(end.outcome, 'passed');
    assert.deepEqual(seen, ['a at 5', 'b at 5', 'told of 0', 'a at 10', 'b at 10', 'told of 5']);
  });

  const limits: readonly (readonly [options: Partial<GatesOptions>, refused: RegExp | undefined])[] = [
    [{}, undefined],
    [{ samplingInterval: 4 }, /samplingInterval must be from 5 to 1440 minutes, not 4/],
    [{ timeout: 5 }, /timeout must be from 6/],
    [{ stabilizationTime: 2881 }, /stabilizationTime must be from 0 to 2880/],
    [{ timeout: 4321 }, /samplingInterval must be at least 30/],
    [{ timeout: 4321, samplingInterval: 30 }, undefined],
  ];
  for (const [options, refused] of limits)
    it(`with ${JSON.stringify(options)} are ${refused === undefined ? 'taken' : 'refused'}`, () => {
      const given = (): void => requireGatesOptions({ ...OPTIONS, ...options });
      if (refused === undefined) given();
      else assert.throws(given, refused);
    });
});
