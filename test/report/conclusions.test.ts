import type { SwapRequest } from '../../src/rollout/kinds/app-service/desk.ts';
import type { RollbackResult } from '../../src/rollout/recover/rollback-result.ts';
import type { SlotPair } from '../../src/journal/slots.ts';
import { incidentRecord } from '../../src/report/incident-record.ts';
import assert from 'node:assert/strict';
import { concludeDeploy } from '../../src/report/deploy-conclusion.ts';
import { concludeRollBack } from '../../src/report/roll-back-conclusion.ts';
import { concludeStopped } from '../../src/report/stopped-conclusion.ts';
import { concludeSwap } from '../../src/report/swap-conclusion.ts';

import type { Entry } from '../../src/journal/entry.ts';
import { fold, type RunState } from '../../src/journal/fold.ts';
import { entryOf } from '../journal/entries.ts';
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

const SHIFT: Partial<Entry> = {
  schema: 2,
  target: { kind: 'containerApp', subscription: 's', resourceGroup: 'rg', app: 'mail' },
  before: { kind: 'containerApp' },
};
const SECOND: Partial<Entry> = { promotion: 'p2', service: 'store' };

describe('where a signal stopped a run', () => {
  const of = (...changes: Partial<Entry>[]): RunState =>
    fold({ entries: changes.map((change, at) => entryOf({ sequence: at + 1, ...change })), problems: [] });
  /** What promotes nothing, of service `mail`. */
  const beside = (action: Entry['action'], ...phases: Entry['phase'][]): Partial<Entry>[] =>
    phases.map((phase) => ({ action, phase, service: 'mail', promotion: 'p0', before: null }));
  const done = { phase: 'done' } as const;
  const upload = beside('upload', 'intent', 'unknown');
  const cases: [string, RunState, number, RegExp][] = [
    ['nothing', of(), 1, /^Run r1 was stopped by SIGINT\. Nothing was changed\.$/],
    [
      'a promotion that was denied, and cleared up after',
      of({}, { phase: 'failed' }, { ...done, action: 'reset-slot-config' }),
      1,
      /\. No release of it is in production\. .*: payments \(reset-slot-config done\)\./,
    ],
    ['a shift that was denied', of({ ...SHIFT }, { ...SHIFT, phase: 'failed' }), 1, /Nothing was changed\.$/],
    ['one that was undone', of({}, done, { ...done, action: 'undo' }), 1, /Nothing was changed/],
    [
      'an upload that nobody saw the end of',
      of(...upload),
      1,
      /No release of it is in production\. What it began before that: mail \(upload asked for, outcome unknown\)\. Run it again/,
    ],
    ['a revision that is there', of(...beside('revision', 'intent', 'done')), 1, /: mail \(revision done\)\./],
    ['rules of routing', of(...beside('route', 'intent', 'failed')), 1, /: mail \(route failed\)\./],
    ['a command at its end', of(...beside('run', 'intent', 'done')), 1, /: mail \(command done\)\./],
    [
      'a command half-way',
      of(...beside('run', 'intent', 'unknown')),
      4,
      /: the command of mail may have run in part\. .*UNDO$/,
    ],
    [
      'a preview half-way',
      of({ action: 'preview' }),
      4,
      /: the slot of payments may run under another's settings\. .*UNDO$/,
    ],
    ['a promotion half-way', of({}, ...upload), 4, /: payments may be on its way into production\. .*undo it: UNDO$/],
    [
      'one promotion there, and one on its way back',
      of(
        {},
        done,
        { ...done, action: 'verify' },
        ...[{}, done, { action: 'undo' } as const].map((one) => ({ ...one, ...SECOND })),
      ),
      4,
      /: payments is in production and verified, store may be on its way out/,
    ],
    ['a damaged journal', fold({ entries: [], problems: ['entries are missing'] }), 4, /: entries are missing\. Go on/],
  ];
  for (const [what, found, exitCode, sentence] of cases)
    it(`ends with ${exitCode}: ${what}`, () => {
      const conclusion = concludeStopped('r1', 'stopped by SIGINT', found, 'UNDO');
      assert.equal(conclusion.exitCode, exitCode);
      assert.match(conclusion.sentence, sentence);
    });
});
