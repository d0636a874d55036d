import { isExposed } from '../../src/rollout/plan/kind.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Stage } from '../../src/cli/demo/scenario.ts';
import { contoso } from '../../src/cli/demo/scenarios/contoso/contoso.ts';
import { countSwaps } from '../../src/cli/demo/scenarios/contoso/figures.ts';
import { openWorld, type World } from '../../src/cli/demo/world.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { fold, type RunState } from '../../src/journal/fold.ts';
import { deploy } from '../../src/rollout/deploy/deploy.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const CLI = join(import.meta.dirname, '../../dist/cli/safe-rollout.js');
const [PAYMENTS, NOTIFICATIONS, STORE] = ['app-contoso-payments', 'app-contoso-notifications', 'app-contoso-store'];

/** The demo, step by step, judged by what Azure and the journal hold afterwards and not by what the demo says. */
describe('Contoso, from first release to crash', function () {
  this.timeout(60_000);
  let world: World;
  const told: string[] = [];
  const played: string[] = [];
  const stage: Stage = {
    example: join(EXAMPLES, contoso.start.example),
    cli: [process.execPath, CLI],
    say: (line) => void told.push(line),
  };

  before(async () => {
    world = await openWorld(EXAMPLES, contoso.start);
  });
  after(async () => await world.close());

  async function play(id: string): Promise<void> {
    told.length = 0;
    played.push(id);
    const { expected, found } = await contoso.steps.find((step) => step.id === id)!.run(world, stage);
    assert.equal(found, expected, `${found}\ninstead of ${expected}\n${told.join('\n')}`);
  }

  function releases(): Record<string, (string | null | undefined)[]> {
    return Object.fromEntries(
      [PAYMENTS!, NOTIFICATIONS!, STORE!].map((app) => {
        const { slots } = world.emulator.siteState(app);
        return [app, [slots['production']?.release, slots['staging']?.release]];
      }),
    );
  }

  async function journal(run: string): Promise<{ entries: readonly Entry[]; state: RunState }> {
    const reading = await world.ports(run).journal.read();
    assert.deepEqual(reading.problems, []);
    return { entries: reading.entries, state: fold(reading) };
  }

  const states = (state: RunState): string[] => state.promotions.map(({ service, state: how }) => `${service} ${how}`);

  it('(a) the good pipeline passes, the one with the mistake fails', async () => await play('a'));

  it('(b) deploys everything in order', async () => {
    await play('b');
    assert.deepEqual(releases(), {
      [PAYMENTS!]: ['2.4.0', null],
      [NOTIFICATIONS!]: ['2.4.0', null],
      [STORE!]: ['2.4.0', null],
    });
    const { entries, state } = await journal('release-2.4.0');
    assert.deepEqual(states(state), ['payments verified', 'notifications verified', 'store verified']);
    assert.equal(state.closed, true);
    // Nothing of a service begins before all it depends on is verified.
    const at = (service: string, action: Entry['action'], phase: Entry['phase']): number =>
      entries.findIndex((entry) => entry.service === service && entry.action === action && entry.phase === phase);
    assert.ok(at('payments-db', 'run', 'done') < at('payments', 'upload', 'intent'));
    assert.ok(at('payments', 'verify', 'done') < at('notifications', 'upload', 'intent'));
    assert.ok(at('notifications', 'verify', 'done') < at('store', 'upload', 'intent'));
  });

  it('(c) swaps the hotfix in, and touches nothing else', async () => {
    await play('c');
    assert.deepEqual(releases(), {
      [PAYMENTS!]: ['2.4.1', '2.4.0'],
      [NOTIFICATIONS!]: ['2.4.0', null],
      [STORE!]: ['2.4.0', null],
    });
    assert.deepEqual(countSwaps(world, STORE!), { requests: 1, effective: 1 });
    assert.deepEqual(states((await journal('hotfix-2.4.1')).state), ['payments verified']);
  });

  it('(d) rolls back what turned unhealthy and its dependents, dependents first', async () => {
    await play('d');
    assert.deepEqual(releases(), {
      [PAYMENTS!]: ['2.4.1', '2.5.0'],
      [NOTIFICATIONS!]: ['2.4.0', '2.5.0'],
      [STORE!]: ['2.4.0', '2.5.0'],
    });
    const { entries, state } = await journal('release-2.5.0');
    assert.deepEqual(states(state), ['payments undone', 'notifications undone', 'store undone']);
    assert.equal(state.closed, true);
    const back = entries.filter(({ action }) => action === 'undo').map(({ service, phase }) => `${service} ${phase}`);
    assert.deepEqual(back, [
      'store intent',
      'store done',
      'notifications intent',
      'notifications done',
      'payments intent',
      'payments done',
    ]);
  });

  it('(e) refuses over a leftover routing rule before anything is uploaded, and clears it when asked', async () => {
    const before = world.emulator.requests({ method: 'POST', path: /app-contoso-store-staging\/api\/publish/ }).length;
    await play('e');
    const uploads = world.emulator.requests({ method: 'POST', path: /app-contoso-store-staging\/api\/publish/ }).length;
    assert.equal(
      uploads - before,
      1,
      'the refused run must not have put a release before the 10 % that are routed there',
    );
    assert.deepEqual(world.emulator.siteState(STORE!).rampUpRules, []);
    const refused = await journal('store-2.6.0');
    assert.deepEqual(refused.state.promotions, []);
    const cleared = await journal('store-2.6.0-clear');
    const routed = cleared.entries.filter(({ action }) => action === 'route').map(({ phase }) => phase);
    assert.deepEqual(routed, ['intent', 'done']);
    assert.deepEqual(states(cleared.state), ['store verified']);
  });

  it('(f) swaps exactly once when the reply is lost', async () => {
    const before = countSwaps(world, NOTIFICATIONS!);
    await play('f');
    const after = countSwaps(world, NOTIFICATIONS!);
    assert.deepEqual([after.requests - before.requests, after.effective - before.effective], [1, 1]);
    const { entries, state } = await journal('notifications-2.5.0');
    assert.equal(entries.filter(({ action, phase }) => action === 'promote' && phase === 'intent').length, 1);
    assert.deepEqual(states(state), ['notifications verified']);
  });

  it('(g) undoes a deployment that died, once, from the journal alone', async () => {
    const before = countSwaps(world, PAYMENTS!);
    await play('g');
    const after = countSwaps(world, PAYMENTS!);
    assert.deepEqual([after.requests - before.requests, after.effective - before.effective], [2, 2]);
    assert.deepEqual(releases()[PAYMENTS!], ['2.4.1', '2.6.0']);
    const { state } = await journal('killed');
    assert.deepEqual(states(state), ['payments undone']);
    assert.equal(state.closed, true);
  });

  it('has no step that was not played here', () =>
    assert.deepEqual(
      played,
      contoso.steps.map(({ id }) => id),
    ));

  it('stops a release that is unhealthy in its gate, and production never serves it', async () => {
    await world.pack({ payments: '2.5.1-broken' });
    const before = countSwaps(world, PAYMENTS!);
    const plan = await world.plan(['payments'], { gateLimitMs: 500 });
    const impatient = plan.services.map((one) =>
      isExposed(one) ? { ...one, health: { ...one.health, startupMs: 400 } } : one,
    );
    const result = await deploy({ ...plan, services: impatient }, world.ports('broken'));
    assert.equal(result.outcome, 'failed');
    assert.match(result.reason, /did not pass its gate: unhealthy.*503/);
    assert.deepEqual(countSwaps(world, PAYMENTS!), before);
    const answered = world.emulator.served({ site: PAYMENTS! }).filter(({ release }) => release === '2.5.1-broken');
    assert.ok(
      answered.some(({ slot }) => slot === 'staging'),
      'the gate asked it',
    );
    assert.deepEqual(
      answered.filter(({ slot }) => slot === 'production'),
      [],
    );
  });
});
