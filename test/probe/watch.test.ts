import assert from 'node:assert/strict';
import type { HttpAnswer } from '../../src/probe/http.ts';
import { watchThroughBake, watchUntilDecided, type WatchPolicy } from '../../src/probe/watch.ts';
import type { ProbeTarget } from '../../src/probe/sample.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const POLICY: WatchPolicy = {
  healthyThreshold: 3,
  unhealthyThreshold: 2,
  unhealthyShare: 1,
  startupMs: 0,
  intervalMs: 5000,
};
const TARGET: ProbeTarget = {
  url: 'https://app/health',
  headers: {},
  timeoutMs: 2000,
  statuses: [200],
  json: {},
  contains: undefined,
  instanceHeader: undefined,
  version: undefined,
};

/** Answers by the seconds that have passed: `g` good, `b` bad, `u` unreachable; the last letter goes on for ever. */
function appOver(clock: FakeClock, bySample: string) {
  let asked = 0;
  return {
    get: (): Promise<HttpAnswer> => {
      const letter = bySample[Math.min(asked, bySample.length - 1)];
      asked += 1;
      if (letter === 'u') return Promise.resolve({ kind: 'unreachable', reason: 'ENOTFOUND' });
      return Promise.resolve({ kind: 'answer', status: letter === 'g' ? 200 : 503, headers: {}, body: '' });
    },
    asked: () => asked,
    seconds: () => clock.monotonic() / 1000,
  };
}

describe('watchUntilDecided', () => {
  const cases: [string, string, Partial<WatchPolicy>, number, string, number][] = [
    ['healthy after three samples', 'g', {}, 600_000, 'healthy', 10],
    ['unhealthy after two', 'b', {}, 600_000, 'unhealthy', 5],
    ['inconclusive when no probe can be made', 'u', {}, 600_000, 'inconclusive', 5],
    ['a slow start within its grace is waited for', 'bbbbbbg', { startupMs: 60_000 }, 600_000, 'healthy', 40],
    ['a start that takes longer than its grace fails', 'b', { startupMs: 60_000 }, 600_000, 'unhealthy', 65],
    ['flapping is undecided at the limit, and no pass', 'gb'.repeat(500), {}, 60_000, 'inconclusive', 60],
    ['the limit begins after the grace', 'gb'.repeat(500), { startupMs: 60_000 }, 60_000, 'inconclusive', 120],
    ['no time at all is one look', 'g', {}, 0, 'inconclusive', 0],
  ];
  for (const [name, answers, change, limitMs, kind, seconds] of cases)
    it(name, async () => {
      const clock = new FakeClock();
      const http = appOver(clock, answers);
      const verdict = await watchUntilDecided(TARGET, { ...POLICY, ...change }, { http, clock }, limitMs);
      assert.deepEqual([verdict.kind, http.seconds()], [kind, seconds]);
    });

  it('says how long it was undecided, and why', async () => {
    const clock = new FakeClock();
    const http = appOver(clock, 'gb'.repeat(100));
    const { reason } = await watchUntilDecided(TARGET, POLICY, { http, clock }, 20_000);
    assert.match(reason, /^undecided after 20s: \d of 3 healthy answers; last: status/);
  });

  it('stops at the signal', async () => {
    const stop = new AbortController();
    const clock = new FakeClock();
    const http = appOver(clock, 'gb'.repeat(100));
    const running = watchUntilDecided(TARGET, POLICY, { http, clock }, 3_600_000, stop.signal);
    stop.abort(new Error('stop'));
    await assert.rejects(running, /^Error: stop$/);
    assert.ok(http.asked() <= 1);
  });
});

describe('watchThroughBake', () => {
  const cases: [string, string, number, string, number][] = [
    ['healthy only at the end of the bake', 'g', 30_000, 'healthy', 30],
    ['a short bake still needs its threshold', 'g', 0, 'healthy', 10],
    ['bad news end it early', 'ggbb', 300_000, 'unhealthy', 15],
    ['one bad answer in the middle is outlived', 'ggbg', 60_000, 'healthy', 60],
    ['one bad answer at the very end gets the time to be outlived', 'ggggggbg', 30_000, 'healthy', 45],
    ['good and bad in turns: users see the bad ones', 'gb'.repeat(500), 30_000, 'unhealthy', 75],
    ['good and unmade in turns is about the probe', 'gu'.repeat(500), 30_000, 'inconclusive', 75],
    [
      'one bad answer long ago does not make an unmade end unhealthy',
      `b${'g'.repeat(58)}${'gu'.repeat(500)}`,
      300_000,
      'inconclusive',
      345,
    ],
    ['probes that cannot be made end it early', 'ggguu', 300_000, 'inconclusive', 20],
  ];
  for (const [name, answers, bakeMs, kind, seconds] of cases)
    it(name, async () => {
      const clock = new FakeClock();
      const http = appOver(clock, answers);
      const verdict = await watchThroughBake(TARGET, POLICY, { http, clock }, { bakeMs, swapGraceMs: 0 });
      assert.deepEqual([verdict.kind, http.seconds()], [kind, seconds], verdict.reason);
    });
});
