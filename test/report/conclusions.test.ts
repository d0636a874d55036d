import type { SwapRequest } from '../../src/rollout/kinds/app-service/desk.ts';
import type { RollbackResult } from '../../src/rollout/recover/rollback-result.ts';
import type { SlotPair } from '../../src/journal/slots.ts';
import { incidentRecord } from '../../src/report/incident-record.ts';
import assert from 'node:assert/strict';
import { concludeDeploy } from '../../src/report/deploy-conclusion.ts';
import { concludeRollBack } from '../../src/report/roll-back-conclusion.ts';
import { concludeStopped } from '../../src/report/stopped-conclusion.ts';
import { concludeSwap } from '../../src/report/swap-conclusion.ts';

import type { Promotion, RunState } from '../../src/journal/fold.ts';
import type { DeployResult } from '../../src/rollout/deploy/deploy.ts';

import { DEFAULT_SWAP_POLICY } from '../../src/rollout/way/policy.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';

const PRINT = { deploymentId: 'one', activeDeployment: null, image: null };
const PAIR: SlotPair = {
  kind: 'appService',
  source: PRINT,
  target: { ...PRINT, deploymentId: 'two' },
  swapStamp: null,
};
const TARGET = {
  kind: 'appService' as const,
  subscription: 's',
  resourceGroup: 'rg',
  app: 'payments',
  source: 'staging',
  destination: 'production',
};
const REQUEST: SwapRequest = {
  promotion: 'p1',
  service: 'payments',
  target: TARGET,
  release: { version: null, digest: null },
  health: {
    path: '/',
    headers: {},
    timeoutMs: 1,
    statuses: [200],
    json: {},
    contains: undefined,
    version: undefined,
    intervalMs: 1,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    unhealthyShare: 1,
    instanceHeader: undefined,
    startupMs: 0,
  },
  expectedVersion: undefined,
  policy: DEFAULT_SWAP_POLICY,
};

describe('what a swap came to', () => {
  const results: [PromotionResult, number, RegExp][] = [
    [
      { outcome: 'promoted', before: PAIR, after: PAIR, versionBefore: '1', versionAfter: '2', reason: 'ok' },
      0,
      /^Promoted/,
    ],
    [{ outcome: 'refused', refusals: [{ rule: 'gate', message: 'Sick.' }] }, 1, /^Not swapped.*Sick\.$/],
    [{ outcome: 'restored', reason: 'sick', versionAfter: '1' }, 3, /swapped back.*old release serves again/],
    [{ outcome: 'unhealthy', reason: 'sick' }, 4, /still in place.*somebody must decide: sick\. Next: .*UNDO$/],
    [{ outcome: 'unknown', reason: 'late' }, 4, /is unknown.*look before anything else.*: late\. Next: .*UNDO$/],
  ];
  for (const [result, exitCode, sentence] of results)
    it(`ends with ${exitCode}: ${result.outcome}`, () => {
      const conclusion = concludeSwap(REQUEST, result, [], 'UNDO');
      assert.equal(conclusion.exitCode, exitCode);
      assert.equal(conclusion.succeeded, exitCode === 0);
      assert.match(conclusion.sentence, sentence);
      assert.equal(conclusion.outputs['outcome'], result.outcome);
    });

  it('falls back to what the slot holds where no version is told', () => {
    const result = {
      outcome: 'promoted',
      before: PAIR,
      after: PAIR,
      versionBefore: undefined,
      versionAfter: undefined,
      reason: '',
    } as const;
    const { outputs } = concludeSwap(REQUEST, result, [], 'UNDO');
    assert.deepEqual([outputs['releaseBefore'], outputs['releaseAfter']], ['two', 'two']);
  });
});

describe('what a deployment came to', () => {
  const services = [
    { service: 'a', outcome: 'done', reason: 'x | y', changed: true, versionBefore: '1', versionAfter: '2' },
    { service: 'b', outcome: 'rolled-back', reason: '', changed: false, versionBefore: '1', versionAfter: '1' },
  ] as const;
  const outcomes: [DeployResult['outcome'], number][] = [
    ['deployed', 0],
    ['failed', 1],
    ['rolled-back', 3],
    ['person', 4],
    ['stopped', 4],
  ];
  for (const [outcome, exitCode] of outcomes)
    it(`ends with ${exitCode}: ${outcome}`, () => {
      const conclusion = concludeDeploy(
        'r1',
        { outcome, reason: 'why', services, rollback: undefined },
        [],
        (names) => `UNDO ${names}`,
      );
      assert.equal(conclusion.exitCode, exitCode);
      assert.equal(conclusion.succeeded, exitCode === 0);
      assert.deepEqual(conclusion.outputs, { outcome, deployed: 'a', restored: 'b' });
      assert.match(conclusion.markdown, /\| a \| done \| 1 \| 2 \| x \\\| y \|/);
    });
});

describe('what a rollback came to', () => {
  const outcomes: [RollbackResult['outcome'], number, boolean][] = [
    ['nothing', 0, true],
    ['rolled-back', 3, true],
    ['person', 4, false],
  ];
  for (const [outcome, exitCode, succeeded] of outcomes)
    it(`ends with ${exitCode}: ${outcome}`, () => {
      const services = [{ service: 'a', outcome: 'undone', reason: 'y' }] as const;
      const result = { outcome, reason: 'why', services };
      const incident = incidentRecord({
        run: 'r1',
        at: 0,
        by: 'ann',
        reason: 'INC-1',
        result,
        promotions: [],
        entries: [],
      });
      const conclusion = concludeRollBack(result, incident, [], 'AGAIN');
      assert.deepEqual([conclusion.exitCode, conclusion.succeeded], [exitCode, succeeded]);
      assert.equal(conclusion.outputs['restored'], 'a');
    });
});

describe('where a signal stopped a run', () => {
  const state = (states: Promotion['state'][], problems: string[] = []): RunState =>
    ({
      promotions: states.map((how, index) => ({ id: `p${index}`, service: `s${index}`, state: how })),
      problems,
    }) as unknown as RunState;
  const cases: [RunState, number, RegExp][] = [
    [state([]), 1, /Nothing was changed/],
    [state(['not-promoted', 'undone']), 1, /Nothing was changed/],
    [state(['open']), 4, /s0 may be on its way into production\. .*undo it: UNDO$/],
    [state(['verified', 'undoing']), 4, /s0 is in production and verified, s1 may be on its way out/],
    [state([], ['entries are missing']), 4, /entries are missing/],
  ];
  for (const [found, exitCode, sentence] of cases)
    it(`ends with ${exitCode}: ${found.promotions.map(({ state: how }) => how).join(', ') || found.problems.join()}`, () => {
      const conclusion = concludeStopped('r1', 'stopped by SIGINT', found, 'UNDO');
      assert.equal(conclusion.exitCode, exitCode);
      assert.match(conclusion.sentence, sentence);
    });
});
