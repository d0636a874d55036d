import assert from 'node:assert/strict';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import type { RolloutPorts } from '../../src/rollout/ports.ts';
import { cancelSwap, previewSwap } from '../../src/rollout/kinds/app-service/preview.ts';
import { readPlan } from '../../src/rollout/planning/read-plan.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { TARGET } from '../journal/entries.ts';
import { rig, type Rig } from './rig.ts';
import { release, system, type System } from './system.ts';

/** Instances in turns answer for production after the swap; those answers of all that are named are errors. */
function instances(r: Rig, blips: readonly number[], instanceOf: (answer: number) => number): RolloutPorts {
  let asked = 0;
  return {
    ...r.ports,
    http: {
      get: async (request, signal) => {
        const answer = await r.app.get(request, signal);
        const counts = r.app.effectiveSwaps.length === 1 && request.url.endsWith('-production.test/health');
        if (!counts || answer.kind !== 'answer') return answer;
        const index = asked++;
        const headers = { 'x-instance': `i${instanceOf(index)}` };
        return { ...answer, status: blips.includes(index) ? 500 : 200, headers };
      },
    },
  };
}

describe('one bad answer of one instance', () => {
  const swap = (
    r: Rig,
    bakeMs: number,
    blips: readonly number[],
    of: (n: number) => number,
  ): Promise<PromotionResult> => {
    const request = r.request({ bakeMs });
    const health = { ...request.health, instanceHeader: 'x-instance' };
    return swapSlot({ ...request, health }, instances(r, blips, of));
  };
  const cases: [string, number, readonly number[], (answer: number) => number][] = [
    ...[1, 2, 4, 10].map((n): (typeof cases)[number] => [`of ${n}`, 30_000, [1], (answer) => answer % n]),
    ['that is scaled away after a good one', 600_000, [1], (answer) => (answer > 4 ? 0 : answer % 2)],
    ['that is scaled away at once', 600_000, [1], (answer) => (answer > 1 ? 0 : answer % 2)],
    ['of ten, at the end of a long bake', 600_000, [119], (answer) => answer % 10],
  ];
  for (const [name, bakeMs, blips, of] of cases)
    it(`is outlived: one ${name}`, async () => {
      const result = await swap(rig(), bakeMs, blips, of);
      assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    });

  it('asks which instances there are for one that was bad alone, and says how many were seen', async () => {
    const asks = async (blips: readonly number[]): Promise<[number, PromotionResult]> => {
      const r = rig();
      r.app.listed = ['i0', 'i1', 'i2', 'i3', 'i4'];
      let asked = 0;
      r.app.onCall = (name) => void (asked += name === 'instances' ? 1 : 0);
      const result = await swap(r, 60_000, blips, (answer) => answer % 4);
      return [asked, result];
    };
    const [never, sound] = await asks([]);
    assert.equal(never, 0);
    assert.match(JSON.stringify(sound), /, 4 instances seen/);
    const [often, blip] = await asks([1]);
    assert.ok(often >= 1 && often <= 3, `${often}`);
    assert.equal(blip.outcome, 'promoted');
    assert.match(JSON.stringify(blip), /, 4 of 5 instances seen; 1 of 13 answers bad/);
  });

  it('is not outlived by the others when it comes again', async () => {
    const blips = Array.from({ length: 60 }, (_, index) => index * 8 + 3);
    const result = await swap(rig(), 300_000, blips, (answer) => answer % 4);
    assert.equal(result.outcome, 'restored', JSON.stringify(result));
    assert.match(JSON.stringify(result), /instance i3|answers bad/);
  });
});

/** Somebody swaps payments back, once, when that is due. */
function swappedBack(s: System, isDue: (call: string) => boolean): () => boolean {
  let acted = false;
  const watch = (call: string): void => {
    if (acted || !isDue(call)) return;
    acted = true;
    s.apps.payments.exchange(['production', 'staging'], true);
  };
  for (const app of Object.values(s.apps)) app.onCall = watch;
  return () => acted;
}

describe('somebody else swaps back', () => {
  let s: System;
  beforeEach(() => (s = system()));

  it('while the final check asks: nothing of the dependents is undone', async () => {
    const acted = swappedBack(
      s,
      (call) => call === 'get' && s.events.some(({ step }) => step === 'final-check') && s.versions().endsWith('2.0.0'),
    );
    const result = await s.deploy();
    assert.ok(acted());
    assert.equal(result.outcome, 'person', result.reason);
    assert.match(result.reason, /payments is superseded/);
    assert.equal(s.versions(), '1.0.0 2.0.0 2.0.0');
  });

  it('and the hooks after it keep the run open for a person', async () => {
    swappedBack(s, () => s.apps.store.effectiveSwaps.length > 0);
    assert.equal((await s.deploy()).outcome, 'person');
    for (const nth of ['first', 'second']) {
      const hook = await s.rollBack();
      assert.equal(hook.outcome, 'person', `${nth}: ${hook.reason}`);
    }
  });

  it('beside a service that has turned bad: what is not there any more is not said to be left', async () => {
    let bad = false;
    release(s.apps.store, '2.0.0', (slot) => (slot === 'production' && bad ? 500 : 200));
    swappedBack(s, () => (bad = s.apps.store.effectiveSwaps.length > 0));
    const result = await s.deploy({ bakeMs: 0 });
    const rows = result.rollback?.services.map(({ service, outcome }) => `${service} ${outcome}`) ?? [];
    assert.equal(result.outcome, 'person', result.reason);
    assert.ok(!rows.includes('payments left'), rows.join(', '));
    assert.doesNotMatch(result.rollback?.reason ?? '', /left on the release of this run: payments/);
  });

  it('to a release that is sick by now: the rollback that finds it does not call that restored', async () => {
    s = system(['payments']);
    release(s.apps.payments, '2.0.0', (slot) => (slot === 'production' ? 500 : 200));
    assert.equal((await s.deploy({ onUnhealthy: 'abort' })).outcome, 'person');
    s.apps.payments.exchange(['production', 'staging'], true);
    s.apps.payments.production.status = () => 500;
    const result = await s.rollBack({ services: ['payments'] });
    assert.equal(result.outcome, 'person', result.reason);
    assert.match(result.reason, /swapped back already at .* restored, not yet healthy/);
  });

  it('and a second attempt does not wait for a swap that is over', async () => {
    s = system(['payments']);
    swappedBack(s, () => s.apps.payments.effectiveSwaps.length === 1);
    await s.deploy();
    const begun = s.clock.monotonic();
    const again = await s.deploy();
    assert.equal(again.outcome, 'deployed', again.reason);
    assert.ok(s.clock.monotonic() - begun < 10 * 60_000, `${(s.clock.monotonic() - begun) / 60_000} minutes`);
    assert.ok(!s.events.some(({ message }) => message.includes('show no sign of it')));
  });
});

describe('a hook of the same run swaps back during the bake', () => {
  for (const [then, outcome] of [
    ['nothing else', 'restored-not-yet-healthy'],
    ['a deployment by somebody', 'superseded'],
  ] as const)
    it(`then ${then}: ${outcome}, since nobody here has judged what is there`, async () => {
      const r = rig();
      const hook = r.laterPorts('hook');
      let asked = 0;
      const http = {
        get: async (...question: Parameters<RolloutPorts['http']['get']>) => {
          if (r.app.effectiveSwaps.length === 1 && (asked += 1) === 5) {
            const note = { promotion: 'p1', service: 'payments', target: TARGET, reason: 'hook' } as const;
            await hook.journal.record({ action: 'undo', phase: 'intent', ...note });
            r.app.exchange(['production', 'staging'], true);
            await hook.journal.record({ action: 'undo', phase: 'done', ...note });
            if (outcome === 'superseded') r.app.deploy('production', '6.6.6', () => 500);
          }
          return await r.app.get(...question);
        },
      };
      const result = await swapSlot(r.request(), { ...r.ports, http });
      assert.equal(result.outcome, outcome, JSON.stringify(result));
    });
});

describe('somebody else completes a preview', () => {
  for (const asks of [true, false])
    it(`while it is judged${asks ? '' : ', and no version tells'}: users get it, and nothing is taken back`, async () => {
      const r = rig();
      let acted = false;
      r.app.onCall = (name) => {
        if (acted || name !== 'get' || r.app.slots['staging']!.previewWith === null) return;
        acted = true;
        r.app.exchange(['staging', 'production'], true);
      };
      const request = r.request();
      const health = asks ? request.health : { ...request.health, version: undefined };
      const expectedVersion = asks ? request.expectedVersion : undefined;
      const result = await previewSwap({ ...request, health, expectedVersion }, r.ports);
      assert.equal(result.outcome, 'superseded', JSON.stringify(result));
      assert.match(JSON.stringify(result), /somebody else completed the preview, or swapped, at/);
      assert.deepEqual([r.app.production.version, r.app.changes.length], ['2.0.0', 1]);
    });

  it('or deletes the slot that it was prepared for: the other end is taken back', async () => {
    const r = rig();
    Object.assign(r.app.slots['staging']!, { previewWith: 'beta' });
    const target = { ...TARGET, source: 'staging', destination: 'beta' };
    const result = await cancelSwap({ ...r.request(), target }, r.ports);
    assert.equal(result.outcome, 'cancelled', JSON.stringify(result));
    assert.equal(r.app.slots['staging']!.previewWith, null);
  });
});

describe('a plan of a journal that was damaged', () => {
  for (const [name, policy, health] of [
    ['a grace that is text', { swapGraceMs: '30s' }, {}],
    ['a grace below nothing', { swapGraceMs: -1 }, {}],
    ['no share', {}, { unhealthyShare: null }],
    ['a share of nothing', {}, { unhealthyShare: 0 }],
    ['a header that is a number', {}, { instanceHeader: 5 }],
  ] as const)
    it(`is refused for ${name}`, () => {
      const plan = JSON.parse(JSON.stringify(system(['payments']).plan())) as {
        policy: object;
        services: { kind: string; health: object }[];
      };
      Object.assign(plan.policy, policy);
      Object.assign(plan.services.find(({ kind }) => kind === 'appService')!.health, health);
      assert.equal(typeof readPlan(plan), 'string');
    });
});
