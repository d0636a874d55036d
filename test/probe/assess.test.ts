import assert from 'node:assert/strict';
import { assess, type TimedSample } from '../../src/probe/assess.ts';
import type { Sample } from '../../src/probe/sample.ts';

/** By what comes in a row alone. */
const POLICY = { healthyThreshold: 3, unhealthyThreshold: 2, unhealthyShare: 1, startupMs: 0 };
const KINDS: Record<string, Sample['kind']> = { g: 'good', b: 'bad', u: 'unmade' };

/** One sample a second from its letter; `gA` came from instance A, `g@2.4` reported a version. */
function history(text: string): TimedSample[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => {
      const [, letter = '', instance, version] = /^([gbu])([A-Z])?(?:@(.+))?$/.exec(word) ?? [];
      const sample = { kind: KINDS[letter]!, reason: `${word}${index}`, origin: 'release', instance, version } as const;
      return { sample, afterMs: index * 1000 };
    });
}

describe('assess', () => {
  const cases: [string, Partial<typeof POLICY>, string, string][] = [
    ['', {}, 'pending', 'nothing was asked yet'],
    ['g g', {}, 'pending', 'two of three'],
    ['g g g', {}, 'healthy', 'three in a row'],
    ['g g b g g', {}, 'pending', 'a bad answer starts the count anew'],
    ['g g u g g', {}, 'pending', 'a probe that could not be made starts the count anew too'],
    ['g g b g g g', {}, 'healthy', 'three in a row after a bad one'],
    ['b', {}, 'pending', 'one bad answer is not enough'],
    ['b b', {}, 'unhealthy', 'two bad ones in a row'],
    ['b u g b', {}, 'pending', 'bad answers with a gap between are not in a row'],
    ['b u b', {}, 'unhealthy', 'every answer that came was bad'],
    ['b g b g b g b', {}, 'pending', 'flapping never decides'],
    ['g g g b b', {}, 'unhealthy', 'what was healthy can turn'],
    ['u u', {}, 'inconclusive', 'no probe could be made: nothing is known of the release'],
    ['g g g u u', {}, 'inconclusive', 'and what was healthy is not known to be'],
    ['b u u', {}, 'inconclusive', 'the end counts'],
    ['u', {}, 'pending', 'one of two'],
    ['b b b', { startupMs: 5000 }, 'pending', 'an app that starts may answer badly'],
    ['u u u', { startupMs: 5000 }, 'pending', 'or not be there'],
    ['b b b b b b', { startupMs: 5000 }, 'pending', 'the first answer after the grace counts alone'],
    ['b b b b b b b', { startupMs: 5000 }, 'unhealthy', 'the second one after the grace decides'],
    ['u u u u u u u', { startupMs: 5000 }, 'inconclusive', 'as do probes that could not be made'],
    ['b b g b', { startupMs: 60_000 }, 'pending', 'the first good answer ends the grace'],
    ['b b g b b', { startupMs: 60_000 }, 'unhealthy', 'after which bad ones count within it'],
    ['b b g g g', { startupMs: 60_000 }, 'healthy', 'and good ones do'],
    ['gA gB gA', {}, 'healthy', 'in a row across instances'],
    ['bA gB gB gB', {}, 'pending', 'A answered badly when it was last asked'],
    ['bA gB gB gB gA', {}, 'healthy', 'A has recovered'],
    ['bA gB bA', {}, 'unhealthy', 'twice bad in a row on one instance, although never twice in a row overall'],
    ['bA gB gA gB bA', {}, 'pending', 'a good answer of A starts its own count anew'],
    ['bA bB', {}, 'unhealthy', 'two in a row, on whichever instance'],
  ];
  for (const [samples, policy, expected, reason] of cases)
    it(`${expected}: ${reason} (${samples || 'no samples'})`, () => {
      assert.equal(assess(history(samples), { ...POLICY, ...policy }).kind, expected);
    });

  it('gives each reason with its number and its limit, and names what was seen last', () => {
    const reason = (samples: string): string => assess(history(samples), POLICY).reason;
    assert.equal(reason('gA gB gA'), '3 healthy answers in a row (limit 3), 2 instances seen');
    assert.equal(reason('b b'), '2 of 2 bad answers in a row: b1');
    assert.equal(reason('bA gB bA gB'), 'instance A: 2 bad answers in a row: bA2');
    assert.equal(reason('u u'), '2 probes in a row could not be made: u1');
    assert.equal(reason('g b'), '0 of 3 healthy answers; last: b1; 1 of 2 answers bad');
  });

  describe('where the instances are known that there are', () => {
    const told = (samples: string, names: readonly string[], askedAtMs: number): string => {
      const { kind, reason } = assess(history(samples), POLICY, 0, { names, askedAtMs });
      return `${kind}: ${reason}`;
    };
    it('says how many of them were seen', () =>
      assert.match(told('gA gB gA', ['A', 'B', 'C', 'D'], 0), /^healthy: .*, 2 of 4 instances seen$/));
    it('expects nothing more of one that is gone', () => {
      assert.match(told('bB gA gA gA', ['A', 'C'], 3000), /^healthy: .*, 1 of 2 instances seen/);
      assert.match(told('bB gA gA gA', ['A', 'B'], 3000), /^pending/);
    });
    it('counts one that has come since they were asked for', () =>
      assert.match(told('gA gA bB gA gA gA', ['A', 'C'], 1000), /^pending/));
    it('counts what users had of one that is gone among all', () => {
      const share = { ...POLICY, unhealthyShare: 0.1, unhealthyThreshold: 3 };
      const { kind, reason } = assess(history('bB gA bB gA bB gA gA gA'), share, 0, { names: ['A'], askedAtMs: 7000 });
      assert.match(`${kind}: ${reason}`, /^unhealthy: 3 of 8 answers bad/);
    });
    it('is told nothing by a list that names them in another way', () => {
      assert.match(told('bB gA gA gA', ['0f3a', '9b1c'], 3000), /^pending/);
      assert.match(told('gB gA gA', ['0f3a', '9b1c'], 3000), /, 2 instances seen$/);
    });
  });

  it('reports the version of the last good answer', () => {
    assert.equal(assess(history('g@1.0 g@2.0 b@3.0'), POLICY).version, '2.0');
    assert.equal(assess(history('b@3.0'), POLICY).version, undefined);
  });
});
