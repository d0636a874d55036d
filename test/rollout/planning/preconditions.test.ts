import type { Precondition } from '../../../src/rollout/plan/plan.ts';
import assert from 'node:assert/strict';

import { TARGET } from '../../journal/entries.ts';
import { HEALTH } from '../rig.ts';
import { system, type System } from '../system.ts';

/** `store` is what this pipeline deploys; `payments` is there already, by another one. */
const CONDITION: Precondition = {
  service: 'store',
  needs: 'payments',
  range: null,
  target: { ...TARGET, app: 'payments' },
  health: { ...HEALTH, healthyThreshold: 1, startupMs: 0 },
};

describe('preconditions of a deployment', () => {
  let s: System;
  beforeEach(() => void (s = system()));
  const deploy = (change: Partial<Precondition> = {}) =>
    s.deploy({}, { services: s.plan().services.slice(-1), preconditions: [{ ...CONDITION, ...change }] });

  it('lets a run begin when what it needs is healthy and in range', async () => {
    const result = await deploy({ range: '1.x' });
    assert.equal(result.outcome, 'deployed', JSON.stringify(result));
    assert.ok(s.events.some(({ message }) => message === 'needs payments@1.x: holds'));
  });

  const refused: [Partial<Precondition>, (s: System) => void, RegExp, string][] = [
    [{ range: '2.x' }, () => undefined, /needs payments@2\.x, but it is at 1\.0\.0/, 'another version'],
    [
      {},
      (one) =>
        void (one.apps.payments.slots['production']!.content = { ...one.apps.payments.production, status: () => 503 }),
      /needs payments, but it is unhealthy: 2 of 2 bad answers/,
      'an unhealthy dependency',
    ],
    [
      { range: '1.x', health: { ...CONDITION.health, version: undefined } },
      () => undefined,
      /it reports no version/,
      'a dependency that tells no version',
    ],
  ];
  for (const [change, arrange, reason, name] of refused)
    it(`changes nothing because of ${name}`, async () => {
      arrange(s);
      const result = await deploy(change);
      assert.deepEqual([result.outcome, result.services.map(({ outcome }) => outcome)], ['failed', ['refused']]);
      assert.match(result.reason, reason);
      assert.equal(s.requests(), 0);
      assert.deepEqual(s.journal.lines, ['plan done', 'close done']);
    });

  it('skips what does not need it, by name', async () => {
    const result = await s.deploy({}, { preconditions: [{ ...CONDITION, range: '2.x' }] });
    assert.deepEqual(
      result.services.map(({ service, outcome }) => `${service} ${outcome}`),
      ['db skipped', 'payments skipped', 'notifications skipped', 'store refused'],
    );
    assert.deepEqual([s.commands, s.requests()], [[], 0]);
  });

  it('stops where it is on a signal', async () => {
    const result = await s.deploy({}, { preconditions: [CONDITION] }, AbortSignal.abort(new Error('stopped')));
    assert.equal(result.outcome, 'stopped');
    assert.equal(s.requests(), 0);
  });
});
