import assert from 'node:assert/strict';
import { fold } from '../../src/journal/fold.ts';
import { deploy } from '../../src/rollout/deploy/deploy.ts';
import { rollBack } from '../../src/rollout/recover/roll-back.ts';
import { release, system, type Name, type System } from '../rollout/system.ts';
import { mortal } from './mortal.ts';

/** What the world does to a deployment of payments and the store, besides killing its agent. */
interface World {
  readonly name: string;
  readonly prepare: (s: System) => void;
  readonly turnsBad?: true;
}

const WORLDS: readonly World[] = [
  { name: 'all is well', prepare: () => undefined },
  { name: 'the reply to a swap is lost', prepare: (s) => void s.apps.payments.swapFaults.push({ kind: 'applied' }) },
  {
    // Slower than the settle time, and within that of an operation that is not shown: it may still come.
    name: 'Azure does not show what it is doing',
    prepare: (s) => {
      for (const app of Object.values(s.apps)) Object.assign(app, { showsOperation: false, swapMs: 20_500 });
    },
  },
  { name: 'Azure does not swap', prepare: (s) => void s.apps.store.swapFaults.push({ kind: 'fails-prepared' }) },
  {
    name: 'the release is bad before users',
    prepare: (s) => release(s.apps.store, '2.0.0', (slot) => (slot === 'production' ? 503 : 200)),
  },
  {
    name: 'the release turns bad when its dependent is there',
    prepare: (s) => release(s.apps.payments, '2.0.0', () => (s.apps.store.effectiveSwaps.length === 1 ? 503 : 200)),
    turnsBad: true,
  },
];

const HOOKS: { name: string; run: (s: System) => Promise<unknown> }[] = [
  { name: 'once', run: (s) => s.rollBack() },
  {
    name: 'twice',
    run: async (s) => {
      await s.rollBack();
      await s.rollBack();
    },
  },
  { name: 'two at once', run: (s) => Promise.all([s.rollBack(), s.rollBack()]) },
];

const POLICY = { swapDeadlineMs: 120_000, settleMs: 6000, unseenMs: 24_000, bakeMs: 5000, gateLimitMs: 30_000 };

/**
 * The real rollout code on an Azure in memory, killed before and after every effect and every reply, and the hook after
 * it. A failing schedule names itself: `WORLD=.. POINT=.. HOOK=..` runs it alone.
 */
describe('an agent that dies, at every point', function () {
  this.timeout(120_000);
  const only = { world: process.env['WORLD'], point: process.env['POINT'], hook: process.env['HOOK'] };
  let schedules = 0;

  for (const world of WORLDS) {
    for (const hook of HOOKS) {
      if ((only.world ?? world.name) !== world.name || (only.hook ?? hook.name) !== hook.name) continue;
      it(`${world.name}; the hook runs ${hook.name}`, async () => {
        const points = only.point === undefined ? await lengthOf(world) : 1;
        assert.ok(only.point !== undefined || points > 100, `a life of ${points} points`);
        for (let point = 0; point < points; point += 1) await schedule(world, hook, Number(only.point ?? point));
      });
    }
  }

  it('and a hook that dies too, at every point, before another hook', async () => {
    if (Object.values(only).some((one) => one !== undefined)) return;
    const world = {
      name: 'one app',
      prepare: (s: System) => void s.apps.payments.swapFaults.push({ kind: 'applied' }),
    };
    const start = (): System => begin(world, ['payments']);
    const whole = mortal(start().ports());
    await deploy(start().plan(POLICY), whole.ports);
    let hooks = 0;
    for (let point = 0; point < whole.points(); point += 1) {
      for (let hookPoint = 0; ; hookPoint += 1) {
        const s = start();
        const agent = mortal(s.ports(), point);
        await Promise.race([agent.death, deploy(s.plan(POLICY), agent.ports)]);
        const hook = mortal(s.ports(), hookPoint);
        const request = { scope: 'dependents', services: [], reason: 'on failure' } as const;
        const end = await Promise.race([hook.death, rollBack(request, hook.ports).then(() => undefined)]);
        hooks += 1;
        try {
          await s.rollBack();
          await s.clock.sleep(60_000);
          assertInvariants(s, world);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          throw new Error(`agent killed at ${point}, hook at ${hookPoint} (${end ?? 'not killed'}): ${message}`, {
            cause: error,
          });
        }
        if (end === undefined) break;
      }
    }
    assert.ok(hooks > 2000, `${hooks} schedules`);
  });

  after(() => {
    if (Object.values(only).every((one) => one === undefined)) assert.ok(schedules > 1500, `${schedules} schedules`);
  });

  function begin(world: World, names: Name[] = ['payments', 'store']): System {
    const s = system(names);
    for (const app of Object.values(s.apps)) app.swapMs = 2000;
    world.prepare(s);
    return s;
  }

  async function lengthOf(world: World): Promise<number> {
    const s = begin(world);
    const whole = mortal(s.ports());
    await deploy(s.plan(POLICY), whole.ports);
    return whole.points();
  }

  async function schedule(world: World, hook: (typeof HOOKS)[number], point: number): Promise<void> {
    schedules += 1;
    const s = begin(world);
    const process = mortal(s.ports(), point);
    const where = await Promise.race([process.death, deploy(s.plan(POLICY), process.ports).then(() => 'the end')]);
    const rerun = `WORLD='${world.name}' POINT=${point} HOOK='${hook.name}' (killed ${where})`;
    try {
      await hook.run(s);
      // Whatever is still on its way in Azure arrives before the world is judged.
      await s.clock.sleep(60_000);
      assertInvariants(s, world);
    } catch (error) {
      throw new Error(`${rerun}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  function assertInvariants(s: System, world: World): void {
    const state = fold({ entries: s.journal.entries, problems: [] });
    for (const [name, app] of Object.entries(s.apps)) {
      const promotions = state.promotions.filter(({ service }) => service === name);
      const verified = promotions.some(({ state: how }) => how === 'verified');
      const version = app.production.version;
      assert.ok(
        version === '1.0.0' || (version === '2.0.0' && verified),
        `${name} serves ${version}, verified: ${verified}`,
      );
      const forward = app.swapRequests.length;
      assert.ok(
        app.effectiveSwaps.length <= 2 * Math.max(1, promotions.length),
        `${name} was swapped ${app.effectiveSwaps.length} times`,
      );
      const intents = s.journal.entries.filter(
        ({ action, phase, target }) => /^(promote|undo)$/.test(action) && phase === 'intent' && target?.app === name,
      ).length;
      assert.ok(forward <= intents, `${forward} requests for ${intents} intents`);
      for (const { state: how, id } of promotions)
        assert.ok(['verified', 'undone', 'not-promoted'].includes(how), `promotion ${id} was left ${how}`);
      const prepared = Object.values(app.slots).map(({ previewWith }) => previewWith);
      assert.deepEqual(prepared, [null, null], `${name} was left prepared for a swap`);
      if (world.turnsBad) assert.equal(app.production.status('production'), 200, `${name} is bad and was left there`);
    }
    assert.equal(state.closed || s.journal.entries.length === 0, true, 'the journal was left open');
  }
});
