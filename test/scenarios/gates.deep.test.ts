import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../../src/cli/demo/scenario.ts';
import { countSwaps } from '../../src/cli/demo/scenarios/contoso/figures.ts';
import { gates } from '../../src/cli/demo/scenarios/gates/gates.ts';
import { openWorld, type World } from '../../src/cli/demo/world.ts';
import { noteFolder } from '../../src/host/note-folder.ts';
import { builtProduct } from '../tasks/built-tasks.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** The demo, step by step, judged by what Azure, Azure DevOps and the state of the gate service hold afterwards. */
describe('gates, checks and approvals', function () {
  this.timeout(60_000);
  let world: World;
  let stage: Stage;
  const told: string[] = [];
  const played: string[] = [];

  before(async () => {
    const program = join(await builtProduct(), 'cli/safe-rollout.js');
    stage = {
      example: join(EXAMPLES, gates.start.example),
      cli: [process.execPath, program],
      say: (line) => void told.push(line),
    };
    world = await openWorld(EXAMPLES, gates.start);
  });
  after(async () => await world.close());

  async function play(id: string): Promise<void> {
    told.length = 0;
    played.push(id);
    const { expected, found } = await gates.steps.find((step) => step.id === id)!.run(world, stage);
    assert.equal(found, expected, `${found}\ninstead of ${expected}\n${told.join('\n')}`);
  }

  const inProduction = (app: string): string | null | undefined =>
    world.emulator.siteState(`app-contoso-${app}`).slots['production']?.release;

  it('(a) deploys once both gates have passed together and kept passing', async () => {
    await play('a');
    assert.deepEqual([inProduction('payments'), inProduction('notifications')], ['2.4.1', '2.4.0']);
    // Nothing of notifications had begun while a gate said no.
    const waited = told.findIndex((line) => line === 'evaluation 4: health yes, routing yes');
    assert.ok(waited > 0, told.join('\n'));
    assert.ok(told.findIndex((line) => line.startsWith('notifications')) > waited);
    assert.equal(countSwaps(world, 'app-contoso-notifications').effective, 1);
  });

  it('(b) deploys nothing when the time is over', async () => {
    const before = world.emulator.requests({ method: 'POST' }).length;
    await play('b');
    const sent = world.emulator.requests({ method: 'POST' }).slice(before);
    assert.deepEqual(sent.filter(({ path }) => /publish|slotsswap/.test(path)), []); // prettier-ignore
    assert.ok(told.length >= 5, 'it was asked again and again');
    assert.equal(inProduction('store'), null);
  });

  it('(c) passes by the answer of a real gate service, when that changes', async () => {
    await play('c');
    const [routing, ill, well] = told.slice(1).sort((a, b) => Number(a.startsWith('health')) - Number(b.startsWith('health'))); // prettier-ignore
    assert.equal(routing, 'routing: passed');
    assert.match(ill!, /^health: status 412 .*"status":"fail".*status 503/);
    assert.equal(well, 'health: passed');
  });

  it('(d) passes by one TaskCompleted, across a kill', async () => {
    await play('d');
    assert.equal(inProduction('payments'), '2.5.0');
    const { events, records, logs } = world.emulator.plans();
    assert.equal(events.length, 1);
    assert.deepEqual([events[0]!.name, events[0]!.result, events[0]!.hub], ['TaskCompleted', 'succeeded', 'checks']);
    const task = records.find(({ id }) => id === events[0]!.taskId)!;
    assert.deepEqual([task.state, task.result], ['completed', 'succeeded']);
    assert.match(logs.find(({ id }) => id === task.log)!.text, /succeeded: /);
    // What is left of the evaluation is its end, and no token.
    const state = join(world.folder, 'gate');
    const names = await readdir(state, { recursive: true });
    assert.deepEqual(names.filter((name) => /posting|token/.test(name)), []); // prettier-ignore
    const notes = noteFolder(state);
    const ends = await Promise.all(
      (await notes.list()).filter((name) => name.endsWith('ended')).map((name) => notes.read(name)),
    );
    assert.equal(ends.length, 1);
    assert.match(ends[0]!, /"outcome":\s*"delivered"/);
  });

  it('(e) skips the stage of an approval that expires', async () => {
    await play('e');
    const approvals = world.emulator.approvals();
    assert.deepEqual(approvals.map(({ status }) => status), ['timedOut']); // prettier-ignore
  });

  it('has no step that was not played here', () =>
    assert.deepEqual(
      played,
      gates.steps.map(({ id }) => id),
    ));
});
