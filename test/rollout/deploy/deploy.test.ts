import assert from 'node:assert/strict';
import type { RolloutError } from '../../../src/rollout/errors.ts';
import type { DeployResult } from '../../../src/rollout/deploy/deploy.ts';
import { pair, TARGET } from '../../journal/entries.ts';
import { release, system, type Name, type System } from '../system.ts';

const outcomes = ({ services }: DeployResult): string =>
  services.map(({ service, outcome }) => `${service} ${outcome}`).join(', ');

describe('deploy', () => {
  let s: System;
  beforeEach(() => void (s = system()));
  afterEach(() => assert.equal(s.requests(), s.intents()));

  it('deploys each service after what it depends on is verified, and closes the run', async () => {
    const result = await s.deploy();
    assert.equal(result.outcome, 'deployed', JSON.stringify(result));
    assert.equal(s.versions(), '2.0.0 2.0.0 2.0.0');
    assert.deepEqual(s.order('verify done'), ['payments', 'notifications', 'store']);
    const at = (service: string, line: string): number =>
      s.journal.entries.findIndex((entry) => entry.service === service && `${entry.action} ${entry.phase}` === line);
    assert.ok(at('db', 'run done') < at('payments', 'upload intent'));
    assert.ok(at('payments', 'verify done') < at('notifications', 'upload intent'));
    assert.ok(at('notifications', 'verify done') < at('store', 'upload intent'));
    assert.equal(s.journal.lines[0], 'plan done');
    assert.equal(s.journal.lines.at(-1), 'close done');
    assert.deepEqual(
      result.services
        .slice(1)
        .map(({ versionBefore, versionAfter, changed }) => [versionBefore, versionAfter, changed]),
      [
        ['1.0.0', '2.0.0', true],
        ['1.0.0', '2.0.0', true],
        ['1.0.0', '2.0.0', true],
      ],
    );
  });

  it('begins nothing when the journal does not take the plan', async () => {
    s.journal.refuses = () => true;
    await assert.rejects(s.deploy(), (error: RolloutError) => error.facts.code === 'journal-failed');
    assert.deepEqual([s.commands, s.versions()], [[], '1.0.0 1.0.0 1.0.0']);
  });

  describe('below a failure', () => {
    const cases: [string, (s: System) => void, string, DeployResult['outcome'], string][] = [
      [
        'a command that fails',
        (one) => one.commandEnds({ exitCode: 2, output: 'no such table' }),
        'db failed, payments skipped, notifications skipped, store skipped',
        'failed',
        '1.0.0 1.0.0 1.0.0',
      ],
      [
        'a command that was killed',
        (one) => one.commandEnds({ exitCode: null, output: '' }),
        'db failed, payments skipped, notifications skipped, store skipped',
        'failed',
        '1.0.0 1.0.0 1.0.0',
      ],
      [
        'an upload that fails',
        ({ apps }) => void delete apps.notifications.packages['package.zip'],
        'db done, payments done, notifications failed, store skipped',
        'failed',
        '2.0.0 1.0.0 1.0.0',
      ],
      [
        'a gate that does not pass',
        ({ apps }) => release(apps.notifications, '2.0.0', () => 500),
        'db done, payments done, notifications refused, store skipped',
        'failed',
        '2.0.0 1.0.0 1.0.0',
      ],
      [
        'a release that is unhealthy in production',
        ({ apps }) => release(apps.payments, '2.0.0', sickIn('production')),
        'db done, payments restored, notifications skipped, store skipped',
        'rolled-back',
        '1.0.0 1.0.0 1.0.0',
      ],
      [
        'a swap without an end',
        ({ apps }) => void apps.payments.swapFaults.push({ kind: 'never-ends' }),
        'db done, payments unknown, notifications skipped, store skipped',
        'person',
        '1.0.0 1.0.0 1.0.0',
      ],
      [
        'slots that cannot be read',
        ({ apps }) => void (apps.store.failedReads = 99),
        'db done, payments done, notifications done, store failed',
        'failed',
        '2.0.0 2.0.0 1.0.0',
      ],
      [
        'a stale rule, before anything is uploaded',
        ({ apps }) => void apps.payments.routing.push({ name: 'staging', host: 'payments-staging.test', percent: 5 }),
        'db done, payments refused, notifications skipped, store skipped',
        'failed',
        '1.0.0 1.0.0 1.0.0',
      ],
    ];
    for (const [name, arrange, rows, outcome, versions] of cases)
      it(`nothing is begun: ${name}`, async () => {
        arrange(s);
        const result = await s.deploy();
        assert.deepEqual([outcomes(result), result.outcome, s.versions()], [rows, outcome, versions]);
        // Closed means that a hook has nothing left to do: never while something is unknown.
        assert.equal(s.journal.lines.includes('close done'), outcome !== 'person');
        for (const { service, outcome: how, reason } of result.services)
          if (how === 'skipped') {
            assert.match(reason, /because of (db|payments|notifications)$/);
            assert.ok(!result.reason.includes(`${service} skipped`), result.reason);
          }
      });

    it('the rest of the run is undone too where the scope says run', async () => {
      release(s.apps.notifications, '2.0.0', () => 500);
      const result = await s.deploy({}, { rollbackScope: 'run' });
      assert.deepEqual([result.outcome, s.versions()], ['rolled-back', '1.0.0 1.0.0 1.0.0']);
      assert.match(outcomes(result), /payments rolled-back, notifications refused/);
    });
  });

  it('has uploaded nothing where a rule would have shown users the release before its gate', async () => {
    s.apps.payments.routing.push({ name: 'staging', host: 'payments-staging.test', percent: 5 });
    await s.deploy();
    assert.equal(s.apps.payments.slots['staging']!.content.version, '0.9.0');
  });

  describe('the final check', () => {
    /** A release that is healthy until its dependent has gone out. */
    const turnsBad = (name: Name, after: Name): void =>
      release(s.apps[name], '2.0.0', (slot) =>
        slot === 'production' && s.apps[after].effectiveSwaps.length > 0 && verified(after) ? 500 : 200,
      );
    const verified = (name: Name): boolean => s.order('verify done').includes(name);

    it('rolls back what has turned unhealthy, dependents first', async () => {
      turnsBad('payments', 'store');
      const result = await s.deploy();
      assert.equal(result.outcome, 'rolled-back', JSON.stringify(result));
      assert.equal(s.versions(), '1.0.0 1.0.0 1.0.0');
      assert.deepEqual(s.order('undo done'), ['store', 'notifications', 'payments']);
      assert.equal(outcomes(result), 'db done, payments rolled-back, notifications rolled-back, store rolled-back');
      assert.equal(s.journal.lines.at(-1), 'close done');
    });

    it('leaves alone what does not depend on it', async () => {
      turnsBad('notifications', 'store');
      const result = await s.deploy();
      assert.deepEqual([result.outcome, s.versions()], ['rolled-back', '2.0.0 1.0.0 1.0.0']);
    });

    it('calls a person when a probe could not be made: that is nothing against the release', async () => {
      release(s.apps.payments, '2.0.0', () => (verified('store') ? 0 : 200));
      const result = await s.deploy();
      assert.deepEqual([result.outcome, s.versions()], ['person', '2.0.0 2.0.0 2.0.0']);
      assert.ok(!s.journal.lines.includes('close done'));
    });

    it('calls a person when a service cannot be read any more, and goes on with the others', async () => {
      s.apps.store.onCall = (name) => {
        if (name === 'observe' && verified('store')) s.apps.store.failedReads = 99;
      };
      turnsBad('payments', 'store');
      const result = await s.deploy();
      assert.equal(result.outcome, 'person', JSON.stringify(result));
      assert.match(outcomes(result), /store turned-unhealthy/);
    });

    it('calls a person when a dependent could not be rolled back, and keeps what it needs', async () => {
      turnsBad('payments', 'store');
      s.apps.notifications.swapFaults.push({ kind: 'none' }, { kind: 'refused', status: 403 });
      const result = await s.deploy();
      assert.equal(result.outcome, 'person');
      assert.deepEqual([s.versions(), s.swaps()], ['2.0.0 2.0.0 1.0.0', '1 1 2']);
      assert.match(result.rollback!.reason, /payments skipped: its dependents notifications could not be rolled back/);
    });
  });

  describe('a second attempt of the same run', () => {
    it('deploys nothing again that is verified, and runs no command again', async () => {
      release(s.apps.store, '2.0.0', () => 500);
      assert.equal((await s.deploy()).outcome, 'failed');
      release(s.apps.store, '2.0.0');
      const result = await s.deploy();
      assert.equal(result.outcome, 'deployed', JSON.stringify(result));
      assert.deepEqual([s.swaps(), s.versions()], ['1 1 1', '2.0.0 2.0.0 2.0.0']);
      assert.deepEqual(s.commands, ['migrate']);
      assert.deepEqual(s.order('upload intent'), ['payments', 'notifications', 'store', 'store']);
    });

    it('runs a command again that did not end well, and says so', async () => {
      s.commandEnds({ exitCode: 2, output: 'no such table' });
      assert.equal((await s.deploy()).outcome, 'failed');
      s.commandEnds({ exitCode: 0, output: 'done' });
      assert.equal((await s.deploy()).outcome, 'deployed');
      assert.deepEqual(s.commands, ['migrate', 'migrate']);
      assert.ok(
        s.events.some(
          ({ level, message }) => level === 'warning' && /^migrate was begun by an earlier attempt/.test(message),
        ),
      );
    });

    it('deploys again what somebody else has put something over', async () => {
      release(s.apps.store, '2.0.0', () => 500);
      await s.deploy();
      s.apps.payments.deploy('production', '1.5.0');
      release(s.apps.store, '2.0.0');
      await s.deploy();
      assert.equal(s.versions(), '2.0.0 2.0.0 2.0.0');
    });

    it('does not overwrite the release from before when a verified one has turned bad', async () => {
      release(s.apps.store, '2.0.0', () => 500);
      await s.deploy();
      s.apps.payments.production.status = () => 500;
      const result = await s.deploy();
      assert.equal(result.outcome, 'person', JSON.stringify(result));
      assert.equal(s.apps.payments.slots['staging']!.content.version, '1.0.0');
      const undone = await s.rollBack();
      assert.equal(undone.outcome, 'rolled-back', JSON.stringify(undone));
      assert.equal(s.versions(), '1.0.0 1.0.0 1.0.0');
    });

    it('finishes a swap whose end nobody saw, without uploading over the release from before', async () => {
      s.journal.refuses = ({ action, phase }) => `${action} ${phase}` === 'promote done';
      const first = await s.deploy();
      assert.equal(first.outcome, 'person');
      s.journal.refuses = () => false;
      // The entry that was refused left a gap, and a gap is for a person; here it is known to be just that one.
      s.journal.entries.forEach((entry, index) =>
        Object.assign(entry, { sequence: index + 1, id: `process-1.${index + 1}` }),
      );
      const result = await s.deploy();
      assert.equal(result.outcome, 'deployed', JSON.stringify(result));
      assert.deepEqual([s.swaps(), s.order('upload intent')], ['1 1 1', ['payments', 'notifications', 'store']]);
    });

    it('judges what an earlier attempt swapped and did not judge, and swaps it back when it is unhealthy', async () => {
      const stop = new AbortController();
      release(s.apps.payments, '2.0.0', sickIn('production'));
      s.apps.payments.onCall = (name) => {
        if (name === 'get' && s.apps.payments.effectiveSwaps.length === 1) stop.abort(new Error('stop'));
      };
      assert.equal((await s.deploy({}, {}, stop.signal)).outcome, 'stopped');
      assert.equal(s.versions(), '2.0.0 1.0.0 1.0.0');
      const result = await s.deploy();
      assert.deepEqual([result.outcome, s.versions()], ['rolled-back', '1.0.0 1.0.0 1.0.0']);
    });

    it('stays open, and is not closed, when the slots of an open promotion cannot be read', async () => {
      s.apps.payments.swapFaults.push({ kind: 'never-ends-switched' });
      assert.equal((await s.deploy({ swapDeadlineMs: 300_000 })).outcome, 'person');
      s.apps.payments.failedReads = 99;
      const result = await s.deploy();
      assert.equal(result.outcome, 'person', JSON.stringify(result));
      assert.ok(!s.journal.lines.includes('close done'));
    });

    it('waits for a swap that nobody sees before it begins anew', async () => {
      const stop = new AbortController();
      s.apps.payments.showsOperation = false;
      s.apps.payments.onCall = (name) => {
        if (name === 'readOperation') stop.abort(new Error('stop'));
      };
      assert.equal((await s.deploy({}, {}, stop.signal)).outcome, 'stopped');
      assert.equal(s.swaps(), '0 0 0');
      const result = await s.deploy();
      assert.deepEqual([result.outcome, s.swaps(), s.versions()], ['deployed', '1 1 1', '2.0.0 2.0.0 2.0.0']);
      assert.deepEqual(s.order('upload intent'), ['payments', 'notifications', 'store']);
    });

    it('does nothing on the strength of a journal with a gap', async () => {
      s.apps.payments.swapFaults.push({ kind: 'half-done' });
      await s.deploy({ swapDeadlineMs: 300_000 });
      const at = s.journal.lines.indexOf('promote intent');
      const [lost] = s.journal.entries.splice(at, 1);
      const result = await s.deploy();
      s.journal.entries.splice(at, 0, lost!);
      assert.equal(result.outcome, 'person', JSON.stringify(result));
      assert.match(result.reason, /missing/);
      assert.deepEqual(s.order('upload intent'), ['payments']);
    });
  });

  describe('beside another job of the same run', () => {
    /** A promotion that the other job has begun and not ended. */
    const beganElsewhere = (service: string): Promise<unknown> =>
      s.ports().journal.record({
        ...{ action: 'promote', phase: 'intent', reason: 'the other job', promotion: 'other', service },
        ...{ target: { ...TARGET, app: service }, before: pair('new', 'old') },
      });
    const only = (name: string) => ({ services: s.plan().services.filter((service) => service.name === name) });

    it('does not close what the other has open, and is not called unsafe by it', async () => {
      await beganElsewhere('store');
      const result = await s.deploy({}, only('payments'));
      assert.equal(result.outcome, 'deployed', JSON.stringify(result));
      assert.ok(!s.journal.lines.includes('close done'));
    });

    it('nor when its own service fails', async () => {
      await beganElsewhere('store');
      release(s.apps.payments, '2.0.0', () => 500);
      const result = await s.deploy({}, only('payments'));
      assert.equal(result.outcome, 'failed');
      assert.ok(!s.journal.lines.includes('close done'));
    });
  });

  it('calls a person when the journal shows open what was called done', async () => {
    s.journal.refuses = ({ action, phase, service }) => {
      if (`${action} ${phase}` === 'verify done' && service === 'store') s.journal.problems.push('a line is torn');
      return false;
    };
    const result = await s.deploy();
    assert.deepEqual([result.outcome, s.journal.lines.includes('close done')], ['person', false]);
  });

  describe('told to stop', () => {
    it('before it begins: begins nothing', async () => {
      const stop = new AbortController();
      stop.abort(new Error('stop'));
      const result = await s.deploy({}, {}, stop.signal);
      assert.deepEqual([result.outcome, s.commands, s.versions()], ['stopped', [], '1.0.0 1.0.0 1.0.0']);
    });

    it('during the final check: stopped, and not closed', async () => {
      const stop = new AbortController();
      s.apps.payments.onCall = (name) => {
        if (name === 'observe' && s.order('verify done').includes('store')) stop.abort(new Error('stop'));
      };
      const result = await s.deploy({}, {}, stop.signal);
      assert.deepEqual([result.outcome, s.versions()], ['stopped', '2.0.0 2.0.0 2.0.0']);
      assert.ok(!s.journal.lines.includes('close done'));
    });
  });
});

function sickIn(slot: string): (asked: string) => number {
  return (asked) => (asked === slot ? 500 : 200);
}
