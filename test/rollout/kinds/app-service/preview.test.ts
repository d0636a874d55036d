import type { PlannedApp } from '../../../../src/rollout/kinds/app-service/app-service.ts';
import assert from 'node:assert/strict';
import { cancelSwap, completeSwap, previewSwap } from '../../../../src/rollout/kinds/app-service/preview.ts';
import type { PromotionResult } from '../../../../src/rollout/way/result.ts';
import { rig } from '../../rig.ts';
import { recorder } from '../../../../src/journal/recorder.ts';

import { swapRecorded } from '../../../../src/rollout/swap/swap-recorded.ts';
import { DEFAULT_SWAP_POLICY } from '../../../../src/rollout/way/policy.ts';
import { TARGET } from '../../../journal/entries.ts';
import { mortal } from '../../../simulator/mortal.ts';
import { system, type System } from '../../system.ts';

type Rig = ReturnType<typeof rig>;

const rules = (result: PromotionResult): string[] =>
  result.outcome === 'refused' ? result.refusals.map(({ rule }) => rule) : [result.outcome];

const pending = ({ app }: Rig): (string | null)[] =>
  ['staging', 'production'].map((slot) => app.slots[slot]!.previewWith);

describe('a swap with preview', () => {
  let r: Rig;
  beforeEach(() => (r = rig()));

  const preview = (): Promise<PromotionResult> => previewSwap(r.request(), r.ports);
  const complete = (): Promise<PromotionResult> => completeSwap(r.request(), r.ports);
  const cancel = (): Promise<PromotionResult> => cancelSwap(r.request(), r.ports);

  it('applies the settings of the target, judges under them, and leaves it pending', async () => {
    assert.equal((await preview()).outcome, 'previewed');
    assert.deepEqual(pending(r), ['production', 'staging']);
    assert.deepEqual(r.journal.lines, ['preview intent', 'preview done']);
    assert.deepEqual(r.app.swapRequests, []);
    assert.equal(r.app.production.version, '1.0.0');
  });

  it('is completed by one swap, gated and verified like any other', async () => {
    await preview();
    const result = await complete();
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.deepEqual(r.app.swapRequests, ['staging>production']);
    assert.equal(r.app.production.version, '2.0.0');
    assert.deepEqual(pending(r), [null, null]);
  });

  it('is cancelled, read back, and may be cancelled again', async () => {
    await preview();
    assert.equal((await cancel()).outcome, 'cancelled');
    assert.deepEqual(pending(r), [null, null]);
    const changes = r.app.changes.length;
    assert.equal((await cancel()).outcome, 'cancelled');
    assert.equal(r.app.changes.length, changes, 'nothing was pending');
  });

  it('takes the settings back when the release is unhealthy under them', async () => {
    r.app.slots['staging']!.content.status = () => (r.app.slots['staging']!.previewWith === null ? 200 : 503);
    assert.deepEqual(rules(await preview()), ['gate']);
    assert.deepEqual(pending(r), [null, null]);
    assert.deepEqual(r.journal.lines.slice(0, 4), [
      'preview intent',
      'reset-slot-config intent',
      'reset-slot-config done',
      'verify failed',
    ]);
  });

  it('refuses on Linux, where there is none', async () => {
    for (const slot of Object.values(r.app.slots)) Object.assign(slot, { linux: true });
    assert.deepEqual(rules(await preview()), ['no-preview']);
    assert.deepEqual(r.app.changes, []);
  });

  it('refuses a second one, and a plain swap while one is pending', async () => {
    await preview();
    assert.ok(rules(await preview()).includes('preview-pending'));
    assert.ok(rules(await r.swap()).includes('preview-pending'));
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('does not complete what is not pending, or is pending with another slot', async () => {
    assert.deepEqual(rules(await complete()), ['no-preview']);
    Object.assign(r.app.slots['staging']!, { previewWith: 'blue' });
    assert.deepEqual(rules(await complete()), ['no-preview']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('is not completed when somebody cancels it between the gate and the request', async () => {
    await preview();
    r.app.onCall = (name) => {
      const claimed = r.journal.entries.filter(({ action, phase }) => action === 'claim' && phase === 'intent').length;
      if (name === 'observe' && claimed === 2) Object.assign(r.app.slots['staging']!, { previewWith: null });
    };
    assert.deepEqual(rules(await complete()), ['content-changed']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  describe('whose preview it is', () => {
    const between = (one: string, other: string): void => {
      Object.assign(r.app.slots[one]!, { previewWith: other });
      if (r.app.slots[other] !== undefined) Object.assign(r.app.slots[other], { previewWith: one });
    };

    it('leaves alone what is pending with another slot, and names it with its command', async () => {
      r.app.addSlot('beta', '3.0.0');
      between('beta', 'production');
      const result = await cancel();
      assert.deepEqual(rules(result), ['no-preview']);
      assert.match(
        JSON.stringify(result),
        /is with slot 'beta'.*--action cancel .*--source-slot beta --target-slot prod/,
      );
      assert.deepEqual([r.app.changes, r.app.slots['beta']!.previewWith], [[], 'production']);
    });

    it('names it to a swap that it stands in the way of', async () => {
      r.app.addSlot('beta', '3.0.0');
      between('beta', 'production');
      const result = await r.swap();
      assert.deepEqual(rules(result), ['preview-pending']);
      assert.match(JSON.stringify(result), /--action cancel .*--source-slot beta --target-slot production/);
    });

    it('is taken back from production when its own slot was deleted', async () => {
      Object.assign(r.app.slots['production']!, { previewWith: 'staging' });
      delete r.app.slots['staging'];
      const result = await cancel();
      assert.equal(result.outcome, 'cancelled', JSON.stringify(result));
      assert.match(JSON.stringify(result), /slot 'staging' is not there any more/);
      assert.equal(r.app.slots['production']!.previewWith, null);
      assert.deepEqual(r.journal.lines, ['reset-slot-config intent', 'reset-slot-config done']);
    });

    it('is no dead end when that does not work: what a person can do is named', async () => {
      Object.assign(r.app.slots['production']!, { previewWith: 'staging' });
      delete r.app.slots['staging'];
      r.app.changeFaults.push('refused');
      const result = await cancel();
      assert.deepEqual(rules(result), ['platform']);
      assert.match(JSON.stringify(result), /403: no right.*slot create .*--slot staging.*--action cancel/);
    });

    it('is for nobody to take back because its slot is missing', async () => {
      delete r.app.slots['staging'];
      await assert.rejects(cancel(), /has no slot 'staging'/);
      Object.assign(r.app.slots['production']!, { previewWith: 'beta' });
      await assert.rejects(cancel(), /has no slot 'staging'/);
      assert.deepEqual(r.app.changes, []);
    });

    it('is not left pending when somebody deploys while it is judged', async () => {
      let applied = false;
      r.app.onCall = (name) => {
        applied ||= r.app.slots['staging']!.previewWith !== null;
        if (name === 'get' && applied && r.app.slots['staging']!.content.activeDeployment === 'first-staging')
          r.app.deploy('staging', '2.0.0');
      };
      const result = await preview();
      assert.deepEqual(rules(result), ['content-changed'], JSON.stringify(result));
      assert.deepEqual(pending(r), [null, null]);
    });
  });

  for (const fault of ['refused', 'ineffective'] as const)
    it(`says so when applying is ${fault}, and leaves nothing pending`, async () => {
      r.app.changeFaults.push(fault);
      assert.deepEqual(rules(await preview()), ['platform']);
      assert.deepEqual(pending(r), [null, null]);
    });

  it('believes the slots when the reply to applying is lost', async () => {
    r.app.changeFaults.push('applied');
    assert.equal((await preview()).outcome, 'previewed');
  });
});

describe('a hook after a swap with preview', () => {
  /** One app, and a process that previews its swap and dies at its nth point. */
  async function previewUntil(point: number) {
    const s = system(['payments']);
    s.apps.payments.deploy('staging', '2.0.0');
    const whole = mortal(s.ports(), point);
    const service = s.plan(TIMES).services.find((one): one is PlannedApp => one.kind === 'appService')!;
    const { name, target, release, health } = service;
    const policy = { ...DEFAULT_SWAP_POLICY, ...TIMES };
    const request = { promotion: 'p1', service: name, target, release, health, expectedVersion: '2.0.0', policy };
    const living = swapRecorded(request, whole.ports, {
      action: 'preview',
      why: undefined,
      place: undefined,
    }).then(({ outcome }) => outcome);
    const end = await Promise.race([whole.death, living]);
    return { s, end, points: whole.points(), slots: s.apps.payments.slots };
  }
  const TIMES = { settleMs: 6000, unseenMs: 20_000, bakeMs: 5000, gateLimitMs: 30_000, swapDeadlineMs: 60_000 };
  const lines = (s: System): string[] => s.journal.lines.filter((line) => /^(preview|reset)/.test(line));

  it('takes it back wherever its agent has died, and leaves alone what was judged', async () => {
    const { points, end: whole } = await previewUntil(Number.POSITIVE_INFINITY);
    assert.equal(whole, 'previewed');
    let takenBack = 0;
    for (let point = 0; point < points; point += 1) {
      const { s, end, slots } = await previewUntil(point);
      const where = `POINT=${point}: ${end}`;
      const judged = lines(s).includes('preview done');
      const applied = slots['staging']!.previewWith !== null;
      const { outcome, reason } = await s.rollBack();
      assert.equal(outcome, applied && !judged ? 'rolled-back' : 'nothing', `${where}: ${reason}`);
      assert.equal(slots['staging']!.previewWith, judged ? 'production' : null, where);
      if (applied && !judged) {
        takenBack += 1;
        assert.deepEqual(lines(s).slice(-2), ['reset-slot-config intent', 'reset-slot-config done'], where);
        assert.match(reason, /settings of 'production' had been left applied to slot 'staging' of 'payments'/);
      }
      assert.equal((await s.rollBack()).outcome, 'nothing', `${where}, again`);
    }
    assert.ok(takenBack > 10, `${takenBack} of ${points}`);
  });

  it('finds it taken back by a hook that died right after it', async () => {
    const { s, slots } = await previewUntil(0);
    const pen = recorder(s.journal, s.clock, 'run', 'dead');
    const note = { service: 'payments', promotion: 'p1', target: { ...TARGET, app: 'payments' } } as const;
    await pen.record({ action: 'plan', phase: 'done', reason: 'preview', plan: s.plan(TIMES) });
    await pen.record({ action: 'preview', phase: 'intent', reason: 'apply', ...note });
    await pen.record({ action: 'reset-slot-config', phase: 'intent', reason: 'take back', ...note });
    assert.equal((await s.rollBack()).outcome, 'nothing');
    assert.deepEqual([slots['staging']!.previewWith, s.apps.payments.changes], [null, []]);
  });

  it('names the command where it cannot be known, or not be taken back', async () => {
    const command =
      /safe-rollout swap --action cancel --app-name payments --resource-group-name rg --source-slot staging --target-slot production/;
    for (const spoil of [
      (s: System) => void (s.apps.payments.failedReads = Infinity),
      (s: System) => void s.apps.payments.changeFaults.push('refused', 'refused'),
    ]) {
      const { s, slots } = await previewUntil(0);
      await recorder(s.journal, s.clock, 'run', 'dead').record({
        action: 'plan',
        phase: 'done',
        reason: 'preview',
        plan: s.plan(TIMES),
      });
      const note = { service: 'payments', promotion: 'p1', target: { ...TARGET, app: 'payments' } } as const;
      const pen = recorder(s.journal, s.clock, 'run', 'dead too');
      await pen.record({ action: 'preview', phase: 'intent', reason: 'apply', ...note });
      Object.assign(slots['staging']!, { previewWith: 'production' });
      spoil(s);
      const { outcome, reason } = await s.rollBack();
      assert.equal(outcome, 'person');
      assert.match(reason, command);
      assert.ok(!s.journal.lines.includes('close done'));
    }
  });
});

describe('settings that differ between the slots', () => {
  it('are told by name before the swap', async () => {
    const r = rig();
    r.app.settings = ['AppSettings FEATURE_LEDGER', 'ConnectionStrings Orders'];
    await r.swap();
    const told = r.events.map(({ message }) => message).join('\n');
    assert.match(
      told,
      /differ between 'staging' and 'production': AppSettings FEATURE_LEDGER, ConnectionStrings Orders/,
    );
  });

  it('are said to be unchecked without the right to read them, and stop nothing', async () => {
    const r = rig();
    r.app.settings = undefined;
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.match(r.events.map(({ message }) => message).join('\n'), /unchecked/);
  });
});
