import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fold } from '../../../src/journal/fold.ts';
import type { RolloutError } from '../../../src/rollout/errors.ts';
import type { SwapFault } from '../../fakes/fake-app.ts';
import { release, system, type Name, type System } from '../system.ts';
import { runs } from '../../depth.ts';

/** The same protocol in fewer looks, for what is run hundreds of times. */
const SHORT = { settleMs: 30_000, swapDeadlineMs: 120_000, gateLimitMs: 60_000, bakeMs: 10_000 };

const sickIn =
  (slot: string) =>
  (asked: string): number =>
    asked === slot ? 500 : 200;

describe('rollBack', () => {
  let s: System;
  beforeEach(() => void (s = system()));

  it('does nothing for a run that the journal does not know', async () => {
    const result = await s.rollBack();
    assert.deepEqual([result.outcome, s.journal.lines], ['nothing', []]);
  });

  it('does nothing for a run that ended well', async () => {
    await s.deploy();
    const before = s.journal.lines.length;
    assert.equal((await s.rollBack()).outcome, 'nothing');
    assert.deepEqual([s.journal.lines.length, s.versions()], [before, '2.0.0 2.0.0 2.0.0']);
  });

  it('undoes a run that ended well when it is told to, dependents first', async () => {
    await s.deploy();
    const result = await s.rollBack({ scope: 'run', services: ['payments'] });
    assert.equal(result.outcome, 'rolled-back', JSON.stringify(result));
    assert.deepEqual(s.order('undo done'), ['store', 'notifications', 'payments']);
    assert.equal(s.versions(), '1.0.0 1.0.0 1.0.0');
  });

  it('leaves a run that ended well alone behind a job that undoes its run, and says how to undo it', async () => {
    await s.deploy();
    const result = await s.rollBack({ scope: 'run' });
    assert.deepEqual([result.outcome, s.versions()], ['nothing', '2.0.0 2.0.0 2.0.0']);
    assert.match(result.reason, /left in production: payments, notifications, store\. .*--services payments,/);
  });

  it('undoes all of a run that ended well for a person who wants all of it undone', async () => {
    await s.deploy();
    const result = await s.rollBack({ scope: 'all' });
    assert.equal(result.outcome, 'rolled-back', JSON.stringify(result));
    assert.equal(s.versions(), '1.0.0 1.0.0 1.0.0');
    const again = await s.rollBack();
    assert.equal(again.reason, 'this run is closed, and nothing of it is in production');
  });

  it('puts back what onUnhealthy: abort has left, for a person who wants all of the run undone', async () => {
    release(s.apps.store, '2.0.0', sickIn('production'));
    assert.equal((await s.deploy({ onUnhealthy: 'abort' })).outcome, 'person');
    assert.deepEqual(
      [(await s.rollBack({ scope: 'all' })).outcome, s.versions()],
      ['rolled-back', '1.0.0 1.0.0 1.0.0'],
    );
  });

  describe('of a run whose plan leaves the unhealthy for a person', () => {
    const abort = { onUnhealthy: 'abort' } as const;
    const inProduction = (name: Name): string => s.apps[name].production.version;

    it('leaves what was found unhealthy after its swap, and says how to put it back', async () => {
      release(s.apps.store, '2.0.0', sickIn('production'));
      assert.equal((await s.deploy(abort)).outcome, 'person');
      const result = await s.rollBack();
      assert.equal(result.outcome, 'person');
      assert.match(result.reason, /^store: .*is unhealthy.*onUnhealthy: abort.*rollback --run run --services store\)$/);
      assert.deepEqual(
        result.services.map(({ service, outcome }) => `${service} ${outcome}`),
        ['store kept'],
      );
      assert.match(
        result.seen![0]!.sentence,
        /^'production' holds .*status 500.*, 'staging' holds 1\.0\.0 \(healthy\)/,
      );
      assert.equal(s.versions(), '2.0.0 2.0.0 2.0.0');
      assert.ok(!s.journal.lines.includes('close done'), 'closed over what a person has to see');
    });

    it('leaves what turns out unhealthy when the agent died before its final check', async () => {
      await s.deploy(abort);
      // Before it could judge them all once more.
      s.journal.entries.splice(s.journal.entries.findIndex(({ action }) => action === 'close'));
      s.apps.payments.production.status = () => 503;
      const result = await s.rollBack();
      assert.equal(result.outcome, 'person');
      assert.match(result.reason, /payments: final check: unhealthy.*--services payments/);
      assert.equal(inProduction('payments'), '2.0.0');
    });

    it('puts it back when a person names it', async () => {
      release(s.apps.store, '2.0.0', sickIn('production'));
      await s.deploy(abort);
      assert.equal((await s.rollBack({ services: ['store'] })).outcome, 'rolled-back');
      assert.equal(inProduction('store'), '1.0.0');
    });

    it('puts back what nobody has judged', async () => {
      const stop = new AbortController();
      s.apps.payments.onCall = (name) => {
        if (name === 'get' && s.apps.payments.effectiveSwaps.length === 1) stop.abort(new Error('killed'));
      };
      await s.deploy(abort, {}, stop.signal);
      s.apps.payments.onCall = () => undefined;
      assert.equal(inProduction('payments'), '2.0.0');
      assert.equal((await s.rollBack()).outcome, 'rolled-back');
      assert.equal(inProduction('payments'), '1.0.0');
    });
  });

  it('refuses a service that the run does not have, instead of having nothing to do', async () => {
    await s.deploy();
    await assert.rejects(s.rollBack({ services: ['paymnets'] }), (error: RolloutError) => {
      assert.equal(error.facts.code, 'bad-input');
      assert.match(error.message, /paymnets.*payments/);
      return true;
    });
  });

  for (const [how, exitCode, outcome] of [
    ['ended well', 0, 'rolled-back'],
    ['was begun', 2, 'person'],
  ] as const)
    it(`keeps what lies behind a command of no return that ${how}: ${outcome}`, async () => {
      s.commandEnds({ exitCode, output: '' });
      const services = s.plan().services.map((service) => ({
        ...service,
        pointOfNoReturn: service.name === 'db',
        // The command takes the old form of the data away: after payments, which no longer needs it.
        dependsOn: service.name === 'db' ? ['payments'] : service.dependsOn.filter((name) => name !== 'db'),
      }));
      await s.deploy({}, { services });
      const result = await s.rollBack({ scope: 'run', services: ['notifications'] });
      assert.equal(result.outcome, outcome, JSON.stringify(result));
      assert.match(result.services.find(({ service }) => service === 'payments')!.outcome, /kept/);
      assert.equal(s.apps.payments.production.version, '2.0.0');
      if (outcome === 'person') assert.match(result.reason, /was begun and is not known to have ended well/);
    });

  describe('after a deployment that died', () => {
    /** The agent is gone: nothing of it runs on, and what Azure was asked to do goes on. */
    async function died(at: (name: string) => boolean, app: Name = 'payments'): Promise<void> {
      const stop = new AbortController();
      s.apps[app].onCall = (name) => {
        if (at(name)) stop.abort(new Error('killed'));
      };
      assert.equal((await s.deploy({}, {}, stop.signal)).outcome, 'stopped');
      s.apps[app].onCall = () => undefined;
      // A killed process appends nothing more: what it wrote on its way out is taken away.
      const last = s.journal.entries.at(-1)!;
      if (`${last.action} ${last.phase}` === 'promote unknown') s.journal.entries.pop();
    }

    it('before its swap: there is nothing to undo', async () => {
      await died((name) => name === 'upload');
      assert.equal((await s.rollBack()).outcome, 'nothing');
    });

    it('while its swap ran: waits until it is known, and swaps back', async () => {
      await died((name) => name === 'readOperation');
      assert.equal(s.apps.payments.effectiveSwaps.length, 0);
      const result = await s.rollBack();
      assert.equal(result.outcome, 'rolled-back', JSON.stringify(result));
      assert.deepEqual([s.swaps(), s.versions()], ['2 0 0', '1.0.0 1.0.0 1.0.0']);
    });

    it('while its swap ran, unseen: watches for the settle time, and swaps back', async () => {
      Object.assign(s.apps.payments, { showsOperation: false });
      await died((name) => name === 'readOperation');
      assert.deepEqual([(await s.rollBack()).outcome, s.swaps()], ['rolled-back', '2 0 0']);
    });

    it('is never silent while it watches: at once and every minute, until when, what is in place, what may be done', async () => {
      Object.assign(s.apps.payments, { showsOperation: false });
      await died((name) => name === 'requestSwap');
      const begun = s.clock.now();
      s.events.length = 0;
      await s.rollBack();
      const [first, ...rest] = s.events.filter(({ message }) => message.startsWith('waiting'));
      assert.ok(first !== undefined && first.at - begun < 2000, 'at once');
      assert.match(
        first.message,
        /^waiting: an agent ended beside its swap: .*; 'production' holds the release from before \(until \d\d:\d\d:\d\d UTC at the latest\)\. .*change nothing by hand/,
      );
      const gaps = rest.map(({ at }, index) => at - (rest[index - 1] ?? first).at);
      assert.ok(rest.length >= 3 && gaps.every((gap) => gap >= 59_000 && gap <= 62_000), JSON.stringify(gaps));
      assert.ok(rest.some(({ message }) => /a swap was requested and the slots show no sign of it/.test(message)));
    });

    it('while its swap ran, which then failed: nothing was promoted', async () => {
      s.apps.payments.swapFaults.push({ kind: 'fails' });
      await died((name) => name === 'readOperation');
      assert.deepEqual(
        [(await s.rollBack()).outcome, s.swaps(), s.versions()],
        ['rolled-back', '0 0 0', '1.0.0 1.0.0 1.0.0'],
      );
    });

    it('before it was judged: swaps back, with what depends on it left as it was', async () => {
      await died((name) => name === 'get' && s.apps.notifications.effectiveSwaps.length === 1, 'notifications');
      const result = await s.rollBack();
      assert.deepEqual([result.outcome, s.versions()], ['rolled-back', '2.0.0 1.0.0 1.0.0']);
    });

    it('does nothing when it runs a second time', async () => {
      await died((name) => name === 'readOperation');
      await s.rollBack();
      const [lines, requests] = [s.journal.lines.length, s.requests()];
      const again = await s.rollBack();
      assert.deepEqual([again.outcome, s.journal.lines.length, s.requests()], ['nothing', lines, requests]);
    });

    it('leaves alone what somebody has swapped back by hand', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      s.apps.payments.exchange(['staging', 'production'], true);
      const result = await s.rollBack();
      assert.deepEqual([result.outcome, s.swaps(), s.versions()], ['rolled-back', '2 0 0', '1.0.0 1.0.0 1.0.0']);
    });

    const meddled: [string, (one: System) => void, RegExp][] = [
      [
        'deployed into production',
        ({ apps }) => void apps.payments.deploy('production', '3.0.0'),
        /somebody deployed into it/,
      ],
      [
        'deployed over the release from before',
        ({ apps }) => void apps.payments.deploy('staging', '3.0.0'),
        /source slot/,
      ],
      [
        'swapped there and back',
        ({ apps }) => {
          apps.payments.exchange(['staging', 'production'], true);
          apps.payments.exchange(['staging', 'production'], true);
        },
        /on purpose/,
      ],
    ];
    for (const [name, meddle, reason] of meddled)
      it(`refuses when somebody has ${name}`, async () => {
        await died((call) => call === 'get' && s.apps.payments.effectiveSwaps.length === 1);
        s.clock.sleep(1000).catch(() => undefined);
        await s.clock.sleep(1000);
        meddle(s);
        const [before, requests] = [s.versions(), s.requests()];
        const result = await s.rollBack();
        assert.equal(result.outcome, 'person');
        assert.match(result.reason, reason);
        assert.deepEqual([s.versions(), s.requests()], [before, requests]);
        assert.notEqual(s.journal.lines.at(-1), 'close done');
        assert.equal((await s.rollBack()).outcome, 'person');
      });

    it('calls a person when the journal has a gap, although it undid what it saw', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      s.journal.entries.splice(s.journal.lines.indexOf('upload intent'), 1);
      const result = await s.rollBack();
      assert.deepEqual([result.outcome, s.versions()], ['person', '1.0.0 1.0.0 1.0.0']);
      assert.match(result.reason, /gaps: entries process-1\.\d to process-1\.\d are missing/);
      assert.notEqual(s.journal.lines.at(-1), 'close done');
    });

    it('calls a person when all that is left of the journal is a gap', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      s.journal.entries.splice(1);
      s.journal.problems.push('a line is torn');
      const result = await s.rollBack();
      assert.deepEqual([result.outcome, s.versions()], ['person', '2.0.0 1.0.0 1.0.0']);
    });

    it('refuses to act on changes without a plan', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      s.journal.entries.splice(0, 1);
      await assert.rejects(s.rollBack(), (error: RolloutError) => error.facts.code === 'journal-failed');
      assert.equal(s.versions(), '2.0.0 1.0.0 1.0.0');
    });

    it('throws when the journal cannot be read', async () => {
      s.journal.read = () => Promise.reject(new Error('401'));
      await assert.rejects(s.rollBack(), (error: RolloutError) => error.facts.code === 'journal-failed');
    });

    it('that another job of the same run has closed over is undone all the same', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      await s.ports().journal.record({ action: 'close', phase: 'done', reason: 'the other job is done' });
      assert.deepEqual([(await s.rollBack()).outcome, s.versions()], ['rolled-back', '1.0.0 1.0.0 1.0.0']);
    });

    it('keeps what could not be undone for the next run of the hook', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      s.apps.payments.swapFaults.push({ kind: 'fails' });
      assert.equal((await s.rollBack()).outcome, 'person');
      assert.deepEqual([(await s.rollBack()).outcome, s.versions()], ['rolled-back', '1.0.0 1.0.0 1.0.0']);
    });

    it('ends as a result when the hook itself is told to stop', async () => {
      await died((name) => name === 'get' && s.apps.payments.effectiveSwaps.length === 1);
      const stop = new AbortController();
      s.apps.payments.onCall = (name) => {
        if (name === 'readOperation') stop.abort(new Error('stop'));
      };
      const { rollBack } = await import('../../../src/rollout/recover/roll-back.ts');
      const request = { scope: 'dependents', services: [], reason: 'on failure' } as const;
      const result = await rollBack(request, s.ports(stop.signal));
      assert.equal(result.outcome, 'person', JSON.stringify(result));
      assert.equal(s.journal.lines.includes('undo unknown'), true);
    });
  });
});

describe('a deployment interrupted anywhere', () => {
  for (const [name, arrange] of [
    ['of a good release', () => undefined],
    [
      'of a release that turns bad in production',
      (one: System) => release(one.apps.payments, '2.0.0', sickIn('production')),
    ],
    ['whose swap request was lost', (one: System) => void one.apps.payments.swapFaults.push({ kind: 'applied' })],
    [
      'whose swap is not seen while it runs',
      (one: System) => Object.assign(one.apps.payments, { showsOperation: false }),
    ],
  ] as [string, (one: System) => void][])
    it(`${name}: no request is begun after the signal, and its hook brings production to rest`, async () => {
      const calls = await interrupted(Infinity, arrange);
      assert.ok(calls > 30, `${calls} calls`);
      for (let nth = 1; nth <= calls; nth += 1) await interrupted(nth, arrange);
    });

  /** Stops at the nth call to the app or the journal, then runs the hook as a new process. @returns the number of calls */
  async function interrupted(nth: number, arrange: (one: System) => void): Promise<number> {
    const s = system(['payments']);
    arrange(s);
    s.apps.payments.swapMs = 5000;
    const stop = new AbortController();
    let calls = 0;
    let requestsAtStop: number | undefined;
    const count = (): void => {
      if ((calls += 1) !== nth) return;
      requestsAtStop = s.requests() + s.apps.payments.changes.length;
      stop.abort(new Error('stop'));
    };
    s.apps.payments.onCall = count;
    s.journal.refuses = () => {
      count();
      return false;
    };
    const first = await s.deploy(SHORT, {}, stop.signal);
    const all = calls;
    if (nth === Infinity) return all;
    const where = `call ${nth}: ${s.journal.lines.join(', ')}`;
    if (requestsAtStop !== undefined)
      assert.equal(
        s.requests() + s.apps.payments.changes.length,
        requestsAtStop,
        `a request after the signal; ${where}`,
      );
    const hook = await s.rollBack();
    assert.notEqual(hook.outcome, 'person', `${where}: ${hook.reason}`);
    const { promotions } = fold(await s.journal.read('run'));
    const verified = promotions.at(-1)?.state === 'verified' && hook.outcome === 'nothing';
    assert.equal(s.versions(), verified ? '2.0.0' : '1.0.0', `${where}; ${first.outcome}, ${hook.outcome}`);
    assert.ok(s.apps.payments.effectiveSwaps.length <= 2, where);
    return all;
  }
});

describe('whatever goes wrong', () => {
  const fault: fc.Arbitrary<SwapFault> = fc.oneof(
    fc
      .constantFrom(
        ...([
          'none',
          'applied',
          'fails',
          'fails-prepared',
          'never-ends',
          'no-location',
          'dropped',
          'never-ends-switched',
          'half-done',
          'half-done-recorded',
        ] as const),
      )
      .map((kind) => ({ kind })),
    fc.record({
      kind: fc.constantFrom('refused' as const, 'ambiguous' as const),
      status: fc.constantFrom(403, 409, 429, 500, 503),
    }),
  );
  const status = fc.constantFrom(200, 200, 200, 500, 0, -1);
  const world = fc.record({
    swaps: fc.array(fault, { maxLength: 4 }),
    polls: fc.array(fc.constantFrom('throttled' as const, 'unreadable' as const, 'gone' as const), { maxLength: 3 }),
    staging: status,
    production: status,
    oldInStaging: status,
    shown: fc.boolean(),
    polled: fc.boolean(),
    swapSeconds: fc.constantFrom(0, 1, 20, 50),
    failedReads: fc.integer({ min: 0, max: 3 }),
    refusedEntry: fc.option(fc.integer({ min: 3, max: 12 })),
    meddles: fc.option(fc.record({ at: fc.integer({ min: 1, max: 60 }), how: fc.constantFrom('deploy', 'swap') })),
  });

  it('one request moves each promotion forward and one back, and nothing unverified is called done', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (w) => {
        const s = system(['payments']);
        const app = s.apps.payments;
        app.swapFaults.push(...w.swaps);
        app.pollFaults.push(...w.polls);
        Object.assign(app, {
          showsOperation: w.shown,
          // A swap that shows nowhere and outlasts the settle time cannot be told from one that never was.
          swapMs: (w.shown ? w.swapSeconds : Math.min(w.swapSeconds, 20)) * 1000,
          retryAfterMs: w.polled ? undefined : 15_000,
        });
        release(app, '2.0.0', (slot) => (slot === 'production' ? w.production : w.staging));
        app.production.status = (slot) => (slot === 'staging' ? w.oldInStaging : 200);
        let calls = 0;
        let meddled = false;
        app.onCall = (name) => {
          calls += 1;
          if (name === 'requestSwap') app.failedReads = w.failedReads;
          if (w.meddles === null || calls !== w.meddles.at || app.slots['staging']!.operation !== null) return;
          meddled = true;
          if (w.meddles.how === 'deploy') app.deploy('staging', '7.7.7');
          else app.exchange(['staging', 'production'], true);
        };
        s.journal.refuses = ({ sequence }) => sequence === w.refusedEntry;

        const first = await s.deploy(SHORT);
        const trail = (): string => `${JSON.stringify(w)} ${first.outcome} ${s.journal.lines.join(', ')}`;
        const version = s.versions();
        if (!meddled) {
          if (first.outcome === 'deployed') assert.equal(version, '2.0.0', trail());
          if (first.outcome === 'rolled-back' || first.outcome === 'failed') assert.equal(version, '1.0.0', trail());
          if (w.staging !== 200) assert.equal(version, '1.0.0', `past its gate: ${trail()}`);
        }
        const hook = await s
          .rollBack()
          .catch((error: RolloutError) => ({ outcome: error.facts.code, reason: error.message }));
        const { promotions } = fold(await s.journal.read('run'));
        const stands = hook.outcome === 'nothing' && promotions.at(-1)?.state === 'verified';
        if (!meddled && (hook.outcome === 'rolled-back' || hook.outcome === 'nothing'))
          assert.equal(s.versions(), stands ? '2.0.0' : '1.0.0', `${hook.outcome}: ${trail()}`);
        assert.equal(s.requests(), s.intents(), trail());
        const forward = promotions.length * 2;
        const sent = (action: string): number => s.journal.lines.filter((line) => line === `${action} intent`).length;
        assert.ok(sent('promote') <= forward, trail());
        if (!meddled) assert.ok(app.effectiveSwaps.length <= 2, `${app.effectiveSwaps.length} swaps: ${trail()}`);
        const [lines, requests] = [s.journal.lines.length, s.requests()];
        if (hook.outcome === 'rolled-back') {
          assert.equal((await s.rollBack()).outcome, 'nothing', trail());
          assert.deepEqual([s.journal.lines.length, s.requests()], [lines, requests], trail());
        }
      }),
      { seed: 20260105, numRuns: runs(300) },
    );
  });
});
