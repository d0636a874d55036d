import assert from 'node:assert/strict';
import type { CallbackHeaders } from '../../src/gate/place.ts';
import type { Check, Verdict } from '../../src/gate/verdict.ts';
import { Keeper, type Acceptance } from '../../src/serve/keeper.ts';
import { Metrics } from '../../src/serve/metrics.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeTask } from '../fakes/fake-task.ts';
import { MemoryNotes } from '../fakes/memory-notes.ts';

const SECRET = 'a secret of the tests, long enough to be one';
const TASK = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const TOKEN = 'the-token-of-the-job';

describe('Keeper', () => {
  let clock: FakeClock;
  let store: MemoryNotes;
  let task: FakeTask;
  let verdicts: (Verdict | Error)[];
  let looks: number;
  let logged: { level: string; event: string; fields: Record<string, unknown> }[];
  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryNotes();
    task = new FakeTask();
    verdicts = [];
    looks = 0;
    logged = [];
  });

  const check: Check = {
    name: 'health',
    read: ({ service }) =>
      service === 'gone'
        ? { problems: ['it is gone'] }
        : {
            subject: 'the health of payments',
            pauseMs: 5000,
            ask: () => {
              looks += 1;
              const verdict =
                verdicts.length > 1 ? verdicts.shift()! : (verdicts[0] ?? { kind: 'not-yet', reason: 'starts' });
              return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
            },
          },
  };
  const keeper = (secrets: readonly string[] = [SECRET], limits = { evaluations: 10, timeoutMs: 60_000 }): Keeper =>
    new Keeper(
      {
        clock,
        store,
        secrets,
        checks: new Map([[check.name, check]]),
        callback: (_, token) => {
          assert.equal(token, TOKEN);
          return task;
        },
        log: (level, event, fields = {}) => void logged.push({ level, event, fields }),
        metrics: new Metrics(),
      },
      limits,
    );
  const headers = (taskId = TASK): CallbackHeaders => ({
    place: {
      planUrl: 'https://dev.azure.com/c/',
      projectId: TASK,
      hub: 'checks',
      planId: TASK,
      timelineId: TASK,
      jobId: TASK,
      taskId,
    },
    token: TOKEN,
    tokenEndsAt: undefined,
  });
  const ask = async (
    of: Keeper,
    question: Record<string, unknown> = { service: 'payments' },
    taskId = TASK,
  ): Promise<Acceptance> => {
    const inquiry = check.read(question);
    assert.ok('ask' in inquiry);
    const accepted = await of.accept(headers(taskId), {
      check: 'health',
      question,
      timeoutMs: undefined,
      inquiry: inquiry as never,
    });
    if (accepted.kind === 'accepted') accepted.begin?.();
    return accepted;
  };
  const settled = async (of: Keeper): Promise<void> => {
    while (of.running > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const ends = (): unknown[] =>
    logged
      .filter(({ event }) => event.includes('has ended'))
      .map(({ fields }) => [fields['outcome'], fields['result']]);

  it('tells the verdict once, and says on the way what it waits for', async () => {
    verdicts = [{ kind: 'not-yet', reason: '1 of 3' }, new Error('the network'), { kind: 'pass', reason: 'healthy' }];
    const own = keeper();
    assert.equal((await ask(own)).kind, 'accepted');
    await settled(own);
    assert.deepEqual(task.results, ['succeeded']);
    assert.deepEqual(
      task.lines.map((line) => line.replace(/^\S+ /, '')),
      [
        'The gate service asks for the health of payments, until 2026-01-05T03:01:00.000Z',
        'waiting: 1 of 3',
        'waiting: it could not be asked: the network',
        'succeeded: healthy',
      ],
    );
    assert.deepEqual(ends(), [['delivered', 'succeeded']]);
    assert.equal(clock.monotonic(), 10_000);
  });

  it('fails with what was missing when the time is over: unknown is no pass', async () => {
    const own = keeper();
    await ask(own);
    await settled(own);
    assert.deepEqual(task.results, ['failed']);
    assert.match(task.lines.at(-1)!, /failed: not passed within 60 seconds; last: starts$/);
    assert.equal(clock.monotonic(), 60_000);
  });

  it('keeps nothing of the token behind an end, and no token in the open before', async () => {
    verdicts = [{ kind: 'pass', reason: 'healthy' }];
    const seen: string[] = [];
    store.written = (name) => void seen.push(`${name.replace(/^[\da-f]+-/, '')} ${store.notes.get(name)}`);
    const own = keeper();
    await ask(own);
    await settled(own);
    assert.deepEqual(
      seen.map((one) => one.split(' ')[0]),
      ['1.accepted', '1.posting-1', '1.ended'],
    );
    assert.ok(!seen.join('').includes(TOKEN));
    assert.deepEqual(
      [...store.notes.keys()].map((name) => name.split('.')[1]),
      ['ended'],
    );
    assert.ok(!store.notes.values().next().value!.includes('sealed'));
  });

  describe('a process that dies', () => {
    /** The process writes nothing any more behind its note, and another one begins. */
    const dieBehind = (kind: string): void => {
      store.written = (name) => {
        if (!name.endsWith(kind)) return undefined;
        store.written = () => undefined;
        return new Promise(() => undefined);
      };
    };
    const places: [string, string, boolean][] = [
      ['before the first look', '.accepted', true],
      ['before TaskCompleted is sent', '.posting-1', true],
      ['behind its end', '.ended', true],
    ];
    for (const [when, kind] of places)
      it(`${when} costs no task its end, and gives it no second one`, async () => {
        verdicts = [{ kind: 'pass', reason: 'healthy' }];
        dieBehind(kind);
        const accepted = ask(keeper());
        for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const second = keeper();
        await second.resume();
        await settled(second);
        assert.deepEqual(task.results, ['succeeded']);
        assert.deepEqual(
          [...store.notes.keys()].map((name) => name.split('.')[1]),
          ['ended'],
        );
        void accepted;
      });

    it('with TaskCompleted on its way is asked of the server before it is sent again', async () => {
      verdicts = [{ kind: 'fail', reason: 'unhealthy' }];
      task.complete = (result) => {
        task.results.push(result);
        return new Promise(() => undefined);
      };
      void ask(keeper());
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      verdicts = [{ kind: 'pass', reason: 'healthy by now' }];
      const begun = clock.monotonic();
      const second = keeper();
      await second.resume();
      await settled(second);
      assert.deepEqual(task.results, ['failed'], 'what was decided stays, whatever is so by now');
      assert.equal(clock.monotonic() - begun, 10_000, 'an event takes its time to show itself');
      assert.deepEqual(ends(), [['delivered', 'failed']]);
    });

    it('says what it cannot know when the server does not let it look', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      dieBehind('.posting-1');
      void ask(keeper());
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      task.sight = 'barred';
      const second = keeper();
      await second.resume();
      await settled(second);
      assert.deepEqual([task.results, ends()], [[], [['lost', 'succeeded']]]);
      assert.match(
        String(logged.at(-1)?.fields['reason']),
        /whether TaskCompleted \(succeeded\) arrived cannot be known/,
      );
    });

    it('and comes back with another secret cannot tell anybody, and says the cure', async () => {
      dieBehind('.accepted');
      void ask(keeper());
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const second = keeper(['another secret, long enough to be one too']);
      await second.resume();
      await settled(second);
      assert.deepEqual(ends(), [['lost', null]]);
      assert.match(String(logged.at(-1)?.fields['reason']), /SAFE_ROLLOUT_GATE_SECRET_PREVIOUS/);
      assert.equal(looks, 0);
    });

    it('and comes back with the former secret beside the new one goes on', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      dieBehind('.accepted');
      void ask(keeper());
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const second = keeper(['another secret, long enough to be one too', SECRET]);
      await second.resume();
      await settled(second);
      assert.deepEqual(task.results, ['succeeded']);
    });
  });

  describe('TaskCompleted', () => {
    const sent: [string, FakeTask['plan'], number, string][] = [
      [
        'whose answer is lost is not sent again when it arrived',
        [{ arrives: true, answer: 'unknown' }],
        1,
        'delivered',
      ],
      ['that was lost is sent again', [{ arrives: false, answer: 'unknown' }], 1, 'delivered'],
      [
        'that is lost again and again is sent until it arrives',
        Array.from({ length: 9 }, () => ({ arrives: false, answer: 'unknown' as const })),
        1,
        'delivered',
      ],
      ['that the server refuses is not sent again', [{ arrives: false, answer: 'refused' }], 0, 'lost'],
    ];
    for (const [what, plan, results, outcome] of sent)
      it(what, async () => {
        verdicts = [{ kind: 'pass', reason: 'healthy' }];
        task.plan.push(...plan);
        const own = keeper();
        await ask(own);
        await settled(own);
        assert.deepEqual([task.results.length, ends()], [results, [[outcome, 'succeeded']]]);
      });

    it('is sent no more when the token has ended', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      task.complete = () => Promise.resolve({ kind: 'unknown', reason: 'ECONNREFUSED' });
      const own = keeper();
      await ask(own);
      await settled(own);
      assert.deepEqual(ends(), [['lost', 'succeeded']]);
      assert.match(String(logged.at(-1)?.fields['reason']), /before the job's token ended/);
      assert.ok(clock.monotonic() >= 48 * 3_600_000);
    });

    it('of two processes with one state is sent by one', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      const [one, two] = [keeper(), keeper()];
      const accepted = await one.accept(headers(), {
        check: 'health',
        question: { service: 'payments' },
        timeoutMs: undefined,
        inquiry: check.read({ service: 'payments' }) as never,
      });
      await two.resume();
      if (accepted.kind === 'accepted') accepted.begin?.();
      await settled(one);
      await settled(two);
      assert.deepEqual(task.results, ['succeeded']);
    });
  });

  it('goes on when the state does not answer for a while', async () => {
    verdicts = [{ kind: 'pass', reason: 'healthy' }];
    let failures = 0;
    store.written = (name) => {
      if (!name.endsWith('posting-1') || (failures += 1) > 1) return;
      store.notes.delete(name);
      throw new Error('ENOSPC');
    };
    const own = keeper();
    await ask(own);
    await settled(own);
    assert.deepEqual([task.results, ends()], [['succeeded'], [['delivered', 'succeeded']]]);
    assert.ok(logged.some(({ fields }) => fields['error'] === 'ENOSPC'));
  });

  it('ends when the server has ended the task itself, and sends nothing', async () => {
    task.sight = 'completed';
    const own = keeper([SECRET], { evaluations: 10, timeoutMs: 3_600_000 });
    await ask(own);
    await settled(own);
    assert.deepEqual([task.results, ends()], [[], [['elsewhere', null]]]);
    assert.equal(clock.monotonic(), 60_000);
  });

  it('does not mind a log that cannot be written, and tells it once', async () => {
    task.canSay = false;
    const own = keeper();
    await ask(own);
    await settled(own);
    assert.deepEqual(task.results, ['failed']);
    assert.equal(logged.filter(({ event }) => event.includes('log of the task')).length, 1);
  });

  it('fails what cannot be asked any more when it is started anew', async () => {
    const own = keeper();
    await own.accept(headers(), {
      check: 'health',
      question: { service: 'gone' },
      timeoutMs: undefined,
      inquiry: check.read({ service: 'payments' }) as never,
    });
    const second = keeper();
    await second.resume();
    await settled(second);
    assert.deepEqual(task.results, ['failed']);
    assert.match(task.lines.at(-1) ?? '', /it cannot be asked any more: it is gone/);
  });

  describe('a request that comes again', () => {
    it('while it is evaluated is the same evaluation', async () => {
      const own = keeper();
      const [first, second] = await Promise.all([ask(own), ask(own)]);
      assert.ok(first.kind === 'accepted' && second.kind === 'accepted');
      assert.deepEqual(
        [first.id, 'begin' in first && first.begin !== undefined, second.begin],
        [second.id, true, undefined],
      );
      await settled(own);
      assert.deepEqual(task.results, ['failed']);
    });

    it('is refused with another question', async () => {
      const own = keeper();
      await ask(own);
      const other = await ask(own, { service: 'store' });
      assert.equal(other.kind, 'other');
      await own.stop();
    });

    it('is refused when it has passed, also by a process that was started since', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      const own = keeper();
      await ask(own);
      await settled(own);
      const later = keeper();
      await later.resume();
      for (const one of [own, later]) {
        const again = await ask(one);
        assert.ok(again.kind === 'replayed' && /already: succeeded/.test(again.reason));
      }
      assert.deepEqual(task.results, ['succeeded']);
    });

    it('is evaluated anew when it has failed: that is how a check is tried again', async () => {
      verdicts = [{ kind: 'fail', reason: 'unhealthy' }];
      const own = keeper();
      await ask(own);
      await settled(own);
      await ask(own);
      await settled(own);
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      const later = keeper();
      await later.resume();
      await ask(later);
      await settled(later);
      assert.deepEqual(task.results, ['failed', 'failed', 'succeeded']);
    });

    it('is known for three days, and then forgotten', async () => {
      verdicts = [{ kind: 'pass', reason: 'healthy' }];
      const own = keeper();
      await ask(own);
      await settled(own);
      await clock.sleep(71 * 3_600_000);
      await keeper().resume();
      assert.equal(store.notes.size, 1);
      await clock.sleep(2 * 3_600_000);
      await keeper().resume();
      assert.equal(store.notes.size, 0);
    });
  });

  it('takes no more than it may at once', async () => {
    const own = keeper([SECRET], { evaluations: 1, timeoutMs: 60_000 });
    await ask(own);
    const other = await ask(own, { service: 'payments' }, TASK.replace('0', '1'));
    assert.ok(other.kind === 'busy' && /--max-evaluations/.test(other.reason));
    await own.stop();
  });

  it('stops at once, leaves the state, and is gone on with', async () => {
    const own = keeper();
    await ask(own);
    await own.stop();
    assert.deepEqual([own.running, task.results, store.notes.size], [0, [], 1]);
    assert.equal((await ask(own, { service: 'payments' }, TASK.replace('0', '1'))).kind, 'busy');
    verdicts = [{ kind: 'pass', reason: 'healthy' }];
    const later = keeper();
    assert.deepEqual(await later.resume(), { open: 1, ended: 0, damaged: 0 });
    await settled(later);
    assert.deepEqual(task.results, ['succeeded']);
  });

  it('names a note that it cannot read, and leaves it alone', async () => {
    store.notes.set(`${'a'.repeat(24)}-1.accepted`, 'torn');
    store.notes.set('notes-of-somebody.txt', 'else');
    const own = keeper();
    assert.deepEqual(await own.resume(), { open: 0, ended: 0, damaged: 1 });
    assert.equal(store.notes.size, 2);
    assert.match(String(logged[0]?.fields['damage']), /a{24}-1\.accepted cannot be read/);
  });
});
