import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Stage } from '../../src/cli/demo/scenario.ts';
import { containerApps } from '../../src/cli/demo/scenarios/container-apps/container-apps.ts';
import { countShifts, revisionOf } from '../../src/cli/demo/scenarios/container-apps/figures.ts';
import { openWorld, type World } from '../../src/cli/demo/world.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { fold, type RunState } from '../../src/journal/fold.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const CLI = join(import.meta.dirname, '../../dist/cli/safe-rollout.js');
const [ORDERS, SHIPPING, STORE] = ['ca-fabrikam-orders', 'ca-fabrikam-shipping', 'app-fabrikam-store'] as const;

/** The demo, step by step, judged by what Azure and the journal hold afterwards and not by what the demo says. */
describe('Fabrikam, from first release to a missing image', function () {
  this.timeout(60_000);
  let world: World;
  const told: string[] = [];
  const played: string[] = [];
  const stage: Stage = {
    example: join(EXAMPLES, containerApps.start.example),
    cli: [process.execPath, CLI],
    say: (line) => void told.push(line),
  };

  before(async () => {
    world = await openWorld(EXAMPLES, containerApps.start);
  });
  after(async () => await world.close());

  async function play(id: string): Promise<void> {
    told.length = 0;
    played.push(id);
    const { expected, found } = await containerApps.steps.find((step) => step.id === id)!.run(world, stage);
    assert.equal(found, expected, `${found}\ninstead of ${expected}\n${told.join('\n')}`);
  }

  async function journal(run: string): Promise<{ entries: readonly Entry[]; state: RunState }> {
    const reading = await world.ports(run).journal.read();
    assert.deepEqual(reading.problems, []);
    return { entries: reading.entries, state: fold(reading) };
  }

  const states = (state: RunState): string[] => state.promotions.map(({ service, state: how }) => `${service} ${how}`);
  /** What each revision with traffic runs. */
  const holds = (app: string): string[] =>
    Object.values(world.emulator.containerAppState(app).revisions)
      .filter(({ weight }) => weight > 0)
      .map(({ weight, release }) => `${weight}% ${release}`);
  const store = () => world.emulator.siteState(STORE).slots['production']?.release;
  /** Releases that users have been answered by, each once, in their order. */
  const seenByUsers = (app: string, from = 0): (string | null)[] => {
    const releases = world.emulator
      .served({ site: app, host: 'app' })
      .slice(from)
      .map(({ release }) => release);
    return releases.filter((release, at) => release !== releases[at - 1]);
  };
  const countServed = (app: string): number => world.emulator.served({ site: app, host: 'app' }).length;

  it('(a) deploys everything in order, each revision at weight 0 first', async () => {
    await play('a');
    assert.deepEqual([holds(ORDERS), holds(SHIPPING), store()], [['100% 1.1.0'], ['100% 1.1.0'], '1.1.0']);
    assert.deepEqual(seenByUsers(ORDERS), ['1.0.0', '1.1.0']);
    const { entries, state } = await journal('release-1.1.0');
    assert.deepEqual(states(state), ['orders verified', 'shipping verified', 'store verified']);
    assert.equal(state.closed, true);
    const at = (service: string, action: Entry['action'], phase: Entry['phase']): number =>
      entries.findIndex((entry) => entry.service === service && entry.action === action && entry.phase === phase);
    // Nothing of a service begins before all it depends on is verified; the names come before the revision.
    assert.ok(at('orders', 'route', 'done') < at('orders', 'upload', 'intent'));
    assert.ok(at('orders', 'verify', 'done') < at('shipping', 'route', 'intent'));
    assert.ok(at('shipping', 'verify', 'done') < at('store', 'upload', 'intent'));
    // Weights that really held: those of before by whatever name, and the new ones.
    const { shifts } = world.emulator.containerAppState(ORDERS);
    assert.deepEqual(
      shifts.map(({ weights }) => Object.keys(weights)),
      [[`${ORDERS}--first`], [revisionOf(world, 'orders', '1.1.0')]],
    );
  });

  it('(b) never gives users a revision that is unhealthy at its gate', async () => {
    const [before, served] = [countShifts(world, 'orders'), countServed(ORDERS)];
    await play('b');
    const after = countShifts(world, 'orders');
    assert.deepEqual([after.requests - before.requests, after.effective - before.effective], [1, 0]);
    assert.deepEqual(seenByUsers(ORDERS, served), ['1.1.0']);
    const broken = world.emulator.served({ site: ORDERS }).filter(({ release }) => release === '1.2.0-broken');
    assert.ok(broken.length > 0, 'the gate asked it');
    assert.deepEqual((await journal('release-1.2.0')).state.promotions, []);
  });

  it('(c) undoes what turned unhealthy and its dependents, dependents first', async () => {
    await play('c');
    assert.deepEqual([holds(ORDERS), holds(SHIPPING), store()], [['100% 1.1.0'], ['100% 1.1.0'], '1.1.0']);
    const { entries, state } = await journal('release-1.3.0');
    assert.deepEqual(states(state), ['orders undone', 'shipping undone', 'store undone']);
    assert.equal(state.closed, true);
    assert.deepEqual(
      entries.filter(({ action }) => action === 'undo').map(({ service, phase }) => `${service} ${phase}`),
      ['store intent', 'store done', 'shipping intent', 'shipping done', 'orders intent', 'orders done'],
    );
  });

  it('(d) undoes a deployment that died beside its write, once, from the journal alone', async () => {
    const before = countShifts(world, 'orders');
    await play('d');
    const after = countShifts(world, 'orders');
    // The revision, its weights, and the way back.
    assert.deepEqual([after.requests - before.requests, after.effective - before.effective], [3, 2]);
    assert.deepEqual(holds(ORDERS), ['100% 1.1.0']);
    const { state } = await journal('killed');
    assert.deepEqual(states(state), ['orders undone']);
    assert.equal(state.closed, true);
  });

  it('(e) leaves what somebody else has written alone, and the hook does so too', async () => {
    await play('e');
    assert.deepEqual(holds(ORDERS), ['60% 1.1.0', '40% 1.4.0']);
    const { entries } = await journal('release-1.4.0');
    assert.equal(entries.filter(({ action }) => action === 'undo').length, 0);
  });

  it('(f) names an image that is not there', async () => {
    const before = countShifts(world, 'orders').effective;
    await play('f');
    assert.equal(countShifts(world, 'orders').effective, before);
    assert.deepEqual(holds(ORDERS), ['60% 1.1.0', '40% 1.4.0']);
  });

  it('has no step that was not played here', () =>
    assert.deepEqual(
      played,
      containerApps.steps.map(({ id }) => id),
    ));
});
