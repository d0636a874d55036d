import assert from 'node:assert/strict';
import { taskCallback } from '../../src/devops/task-callback.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import type { TaskPlace } from '../../src/gate/place.ts';
import { httpsAgent } from '../../src/probe/https-agent.ts';

const id = (last: number): string => `b1c2d3e4-0000-4000-8000-00000000000${last}`;

describe('taskCallback', () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  afterEach(() => emulator.clearFaults());

  let tasks = 0;
  let taskId = '';
  const place = (): TaskPlace => ({
    planUrl: emulator.devOpsUrl,
    projectId: id(1),
    hub: 'checks',
    planId: id(2),
    timelineId: id(3),
    jobId: id(4),
    taskId,
  });
  beforeEach(() => (taskId = `b1c2d3e4-0000-4000-8000-1000000000${String((tasks += 1)).padStart(2, '0')}`));
  const callback = (token = emulator.devOpsToken) => taskCallback(place(), token, httpsAgent({ ca: [emulator.caPem] }));
  const events = () => emulator.plans().events.filter((one) => one.taskId === taskId);

  it('completes its task with one event', async () => {
    assert.deepEqual((await callback().complete('failed')).kind, 'taken');
    const [{ at: _, ...event }] = events() as [ReturnType<typeof events>[0]];
    assert.deepEqual(event, {
      plan: id(2),
      hub: 'checks',
      project: id(1),
      name: 'TaskCompleted',
      taskId,
      jobId: id(4),
      result: 'failed',
    });
    assert.equal(events().length, 1);
  });

  const faults: [string, Parameters<Emulator['addFault']>[0]['effect'], string, number][] = [
    ['whose answer is lost', { kind: 'applied-then-reset' }, 'unknown', 1],
    ['that is lost', { kind: 'reset' }, 'unknown', 0],
    ['that is throttled', { kind: 'status', status: 429 }, 'unknown', 0],
    ['that a gateway answers', { kind: 'html' }, 'unknown', 0],
    [
      'of a plan that has ended',
      { kind: 'status', status: 404, body: { message: 'The plan was not found.' } },
      'refused',
      0,
    ],
    ['that is no right of the token', { kind: 'forbidden' }, 'refused', 0],
  ];
  for (const [what, effect, kind, arrived] of faults)
    it(`sends an event ${what} once, and says that it is ${kind}`, async () => {
      emulator.addFault({ effect, match: { method: 'POST', path: '/events$' } });
      const delivery = await callback().complete('succeeded');
      assert.deepEqual([delivery.kind, events().length], [kind, arrived], delivery.reason);
      assert.ok(!delivery.reason.includes(emulator.devOpsToken));
    });

  it('is refused with a token that has ended, with the cure', async () => {
    const { kind, reason } = await callback('ended').complete('succeeded');
    assert.equal(kind, 'refused');
    assert.match(reason, /status 401\. The job's token is not accepted any more/);
  });

  it('looks at the record of its task', async () => {
    const own = callback();
    assert.equal((await own.look()).kind, 'open', 'a timeline without it');
    await own.say(['a line']);
    assert.equal((await own.look()).kind, 'open');
    await own.complete('succeeded');
    assert.deepEqual(await own.look(), { kind: 'completed', reason: 'its record says succeeded' });
    assert.equal((await callback('ended').look()).kind, 'barred');
    emulator.addFault({ effect: { kind: 'status', status: 503 } });
    assert.equal((await own.look()).kind, 'unreadable');
    emulator.addFault({ effect: { kind: 'truncated' } });
    assert.equal((await own.look()).kind, 'unreadable');
  });

  it('shows lines live, and keeps them in one log, also when another process goes on', async () => {
    const own = callback();
    assert.equal(await own.say(['first', 'with ##vso[task.complete] in it']), undefined);
    assert.equal(await own.say(['second']), undefined);
    assert.equal(await callback().say(['third']), undefined);
    const { records, logs } = emulator.plans();
    const [log, ...others] = logs.filter(({ path }) => path === `logs\\${taskId}`);
    assert.deepEqual([log?.text.split('\n').length, others], [5, []]);
    assert.ok(!log!.text.includes('##vso'));
    assert.equal(records.find((one) => one.id === taskId)?.log, log!.id);
    assert.ok(records.find((one) => one.id === id(4))?.feed.includes('second'), 'the feed is that of the job');
  });

  it('says why its log cannot be written', async () => {
    emulator.addFault({ effect: { kind: 'status', status: 403, body: { message: 'no right' } } });
    assert.equal(await callback().say(['a line']), 'status 403: no right');
  });
});
