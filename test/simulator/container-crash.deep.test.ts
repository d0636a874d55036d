import assert from 'node:assert/strict';
import { fold } from '../../src/journal/fold.ts';
import { deploy } from '../../src/rollout/deploy/deploy.ts';
import type { PlannedContainer } from '../../src/rollout/kinds/container-app/planned.ts';
import { rollBack } from '../../src/rollout/recover/roll-back.ts';
import { containers, type Containers } from '../rollout/kinds/container-app/containers.ts';
import { mortal } from './mortal.ts';

/** What the world does to a deployment of one container app, besides killing its agent. */
interface World {
  readonly name: string;
  readonly prepare: (c: Containers) => void;
  readonly service?: Partial<PlannedContainer>;
  /** The new release is never fit for users. */
  readonly isBad?: true;
}

/** Changes in their order: names in the traffic, the new revision, the shift. */
const WORLDS: readonly World[] = [
  { name: 'all is well', prepare: () => undefined },
  {
    name: 'the reply to a new revision is lost',
    prepare: ({ app }) => void app.changeFaults.push('none', 'applied'),
  },
  {
    name: 'the reply to the shift is lost',
    prepare: ({ app }) => void app.changeFaults.push('none', 'none', 'applied'),
  },
  {
    // Slower than the settle time, and within that of an operation that is not shown: it may still come.
    name: 'Azure does not show what it is doing',
    prepare: ({ app }) => {
      Object.assign(app, { showsOperation: false, operationMs: 20_500 });
      app.changeFaults.push('none', 'none', 'applied');
    },
  },
  { name: 'Azure does not shift', prepare: ({ app }) => void app.changeFaults.push('none', 'none', 'fails') },
  {
    name: 'somebody else is faster once',
    prepare: ({ app }) => void app.changeFaults.push('none', 'none', 'conflict'),
  },
  {
    name: 'the release is bad before users',
    prepare: ({ app }) => void (app.images['orders:2']!.status = (atApp) => (atApp ? 503 : 200)),
    isBad: true,
  },
  {
    name: 'the release is bad at its gate',
    prepare: ({ app }) => void (app.images['orders:2']!.status = () => 503),
    isBad: true,
  },
  {
    name: 'the host of the app is gone for a while',
    prepare: ({ app }) => void (app.goneMs = 15_000),
  },
  {
    name: 'the revision from before is ended',
    prepare: () => undefined,
    service: { deactivateOld: true },
  },
];

/** Who comes after the one that has died. */
const NEXT: { name: string; run: (c: Containers, world: World) => Promise<unknown> }[] = [
  { name: 'the hook, once', run: (c) => c.rollBack() },
  { name: 'two hooks at once', run: (c) => Promise.all([c.rollBack(), c.rollBack()]) },
  { name: 'another attempt', run: (c, world) => c.deploy(POLICY, world.service) },
  { name: 'an attempt that is rolled back', run: (c) => c.rollBack({ scope: 'all', services: ['orders'] }) },
];

const POLICY = { swapDeadlineMs: 120_000, settleMs: 6000, unseenMs: 24_000, bakeMs: 5000, gateLimitMs: 30_000 };

/**
 * The real rollout code on a container app in memory, killed before and after every effect and every reply, and the hook or
 * another attempt after it. A failing schedule names itself: `WORLD=.. POINT=.. NEXT=..` runs it alone.
 */
describe('an agent that deploys a container app and dies, at every point', function () {
  this.timeout(400_000);
  const only = { world: process.env['WORLD'], point: process.env['POINT'], next: process.env['NEXT'] };
  const isWhole = Object.values(only).every((one) => one === undefined);
  let schedules = 0;

  for (const world of WORLDS) {
    for (const next of NEXT) {
      if ((only.world ?? world.name) !== world.name || (only.next ?? next.name) !== next.name) continue;
      it(`${world.name}; then ${next.name}`, async () => {
        const points = only.point === undefined ? await lengthOf(world) : 1;
        assert.ok(only.point !== undefined || points > 60, `a life of ${points} points`);
        for (let point = 0; point < points; point += 1) await schedule(world, next, Number(only.point ?? point));
      });
    }
  }

  it('and a hook that dies too, at every point, before another hook', async () => {
    if (!isWhole) return;
    const world: World = { ...WORLDS[0]!, prepare: ({ app }) => void app.changeFaults.push('none', 'none', 'applied') };
    const whole = mortal(begin(world).ports());
    await deploy(containers().plan(POLICY), whole.ports);
    let hooks = 0;
    for (let point = 0; point < whole.points(); point += 1) {
      for (let hookPoint = 0; ; hookPoint += 1) {
        const c = begin(world);
        const agent = mortal(c.ports(), point);
        await Promise.race([agent.death, deploy(c.plan(POLICY), agent.ports)]);
        const hook = mortal(c.ports(), hookPoint);
        const request = { scope: 'dependents', services: [], reason: 'on failure' } as const;
        const end = await Promise.race([hook.death, rollBack(request, hook.ports).then(() => undefined)]);
        hooks += 1;
        try {
          await c.rollBack();
          await c.clock.sleep(60_000);
          assertInvariants(c, world);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          throw new Error(`agent killed at ${point}, hook at ${hookPoint} (${end ?? 'not killed'}): ${message}`, {
            cause: error,
          });
        }
        if (end === undefined) break;
      }
    }
    assert.ok(hooks > 1000, `${hooks} schedules`);
  });

  after(() => {
    if (isWhole) assert.ok(schedules > 3000, `${schedules} schedules`);
  });

  function begin(world: World): Containers {
    const c = containers();
    c.app.operationMs = 2000;
    world.prepare(c);
    return c;
  }

  async function lengthOf(world: World): Promise<number> {
    const c = begin(world);
    const whole = mortal(c.ports());
    await deploy(c.plan(POLICY, world.service), whole.ports);
    return whole.points();
  }

  async function schedule(world: World, next: (typeof NEXT)[number], point: number): Promise<void> {
    schedules += 1;
    const c = begin(world);
    const seen: string[] = [];
    c.app.onCall = () => {
      const served = c.app.served;
      if (seen.at(-1) !== served) seen.push(served);
    };
    const agent = mortal(c.ports(), point);
    const plan = c.plan(POLICY, world.service);
    const where = await Promise.race([agent.death, deploy(plan, agent.ports).then(() => 'the end')]);
    const rerun = `WORLD='${world.name}' POINT=${point} NEXT='${next.name}' (killed ${where})`;
    try {
      await next.run(c, world);
      // Whatever is still on its way in Azure arrives before the world is judged.
      await c.clock.sleep(60_000);
      c.app.onCall('the end');
      assertInvariants(c, world);
      assert.deepEqual(
        seen.filter((served) => !/^100% [12]\.0\.0$/.test(served)),
        [],
        'users got something that is neither',
      );
      if (next.name === 'an attempt that is rolled back') assert.equal(c.app.served, '100% 1.0.0');
      await assertSettled(c);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${rerun}: ${message}\n${c.journal.lines.join(', ')}`, { cause: error });
    }
  }

  function assertInvariants(c: Containers, world: World): void {
    const state = fold({ entries: c.journal.entries, problems: [] });
    const { promotions } = state;
    const verified = promotions.some(({ state: how }) => how === 'verified');
    assert.equal(c.app.served, verified ? '100% 2.0.0' : '100% 1.0.0', `users get ${c.app.served}`);
    if (world.isBad) assert.ok(!verified, 'a bad release was called verified');
    for (const { state: how, id } of promotions)
      assert.ok(['verified', 'undone', 'not-promoted'].includes(how), `promotion ${id} was left ${how}`);
    // Names in the traffic are no shift: users get the same.
    const moves = c.app.shifts.filter((weights, at) => weights !== (c.app.shifts[at - 1] ?? 'orders--v1=100'));
    assert.ok(moves.length <= 2 * Math.max(1, promotions.length), `the traffic moved ${moves.length} times`);
    const intents = c.journal.entries.filter(
      ({ action, phase }) => /^(route|upload|revision|promote|undo)$/.test(action) && phase === 'intent',
    );
    assert.ok(c.app.changes.length <= intents.length, `${c.app.changes.length} changes, ${intents.length} intents`);
    assert.equal(state.closed || c.journal.lines.length === 0, true, 'the journal was left open');
  }

  /** A hook that comes later finds nothing to do. */
  async function assertSettled(c: Containers): Promise<void> {
    const [served, changes, before] = [c.app.served, c.app.changes.length, c.journal.lines.length];
    const later = await c.rollBack();
    assert.notEqual(later.outcome, 'person', later.reason);
    assert.deepEqual([c.app.served, c.app.changes.length], [served, changes], 'a second hook changed something');
    assert.ok(c.journal.lines.length <= before + 1, c.journal.lines.slice(before).join(', '));
  }
});
