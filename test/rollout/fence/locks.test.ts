import assert from 'node:assert/strict';
import { recorder } from '../../../src/journal/recorder.ts';
import { journalLocks } from '../../../src/rollout/fence/journal-locks.ts';
import type { TargetLock } from '../../../src/rollout/locks.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';
import { TARGET } from '../../journal/entries.ts';
import { rig, type Rig } from '../rig.ts';
import { system } from '../system.ts';

const MINUTE = 60_000;

describe('locks in a journal that can only append and list', () => {
  function two() {
    const clock = new FakeClock();
    const journal = new MemoryJournal();
    const locks = ['a', 'b'].map((writer) => journalLocks(recorder(journal, clock, 'run', writer), clock));
    return { clock, journal, a: locks[0]!, b: locks[1]! };
  }
  const held = async (wanted: Promise<{ kind: string }>): Promise<TargetLock> => {
    const lock = await wanted;
    assert.equal(lock.kind, 'held');
    return lock as TargetLock;
  };

  it('lets one in, and tells the other who and until when', async () => {
    const { a, b, clock } = two();
    const begun = clock.now();
    await held(a.acquire(TARGET, 'first', MINUTE));
    const until = new Date(begun + MINUTE).toISOString();
    assert.deepEqual(await b.acquire(TARGET, 'second', MINUTE), { kind: 'taken', by: 'first', until });
  });

  it('lets the next one in after a release, and another app at any time', async () => {
    const { a, b } = two();
    const lock = await held(a.acquire(TARGET, 'first', MINUTE));
    await held(b.acquire({ ...TARGET, app: 'other' }, 'second', MINUTE));
    await lock.release();
    await held(b.acquire(TARGET, 'second', MINUTE));
  });

  it('compares names as Azure does, without case', async () => {
    const { a, b } = two();
    await held(a.acquire(TARGET, 'first', MINUTE));
    const other = await b.acquire({ ...TARGET, app: TARGET.app.toUpperCase() }, 'second', MINUTE);
    assert.equal(other.kind, 'taken');
  });

  it('ends by itself, so that a dead holder does not block for ever', async () => {
    const { a, b, clock } = two();
    await held(a.acquire(TARGET, 'first', MINUTE));
    await clock.sleep(MINUTE - 1);
    assert.equal((await b.acquire(TARGET, 'second', MINUTE)).kind, 'taken');
    await clock.sleep(1);
    await held(b.acquire(TARGET, 'second', MINUTE));
  });

  it('is not sure of itself any more from half of its time on', async () => {
    const { a, clock } = two();
    const lock = await held(a.acquire(TARGET, 'first', MINUTE));
    await clock.sleep(MINUTE / 2 - 1);
    assert.equal(lock.stillHeld(), true);
    await clock.sleep(1);
    assert.equal(lock.stillHeld(), false);
  });

  it('lets exactly one of many in, whatever the order of their appends', async () => {
    const { journal, clock } = two();
    const many = Array.from({ length: 8 }, (_, index) =>
      journalLocks(recorder(journal, clock, 'run', `w${index}`), clock),
    );
    const got = await Promise.all(many.map((locks, index) => locks.acquire(TARGET, `h${index}`, MINUTE)));
    assert.equal(got.filter(({ kind }) => kind === 'held').length, 1);
  });
});

describe('two claims at once', () => {
  /** As a store with a list of its own time: an entry has its place when its append begins, and is shown when it ends. */
  class SlowJournal extends MemoryJournal {
    readonly hidden = new Set<string>();
    override read(run: string) {
      const shown = new MemoryJournal();
      shown.entries.push(...this.entries.filter(({ id }) => !this.hidden.has(id)));
      return shown.read(run);
    }
  }

  function slow() {
    const clock = new FakeClock();
    const journal = new SlowJournal();
    return {
      clock,
      journal,
      locksOf: (writer: string) => journalLocks(recorder(journal, clock, 'run', writer), clock),
    };
  }

  it('let one in when the first was written while the second had been listed already', async () => {
    const { clock, journal, locksOf } = slow();
    const append = journal.append.bind(journal);
    let begun = false;
    journal.append = async (entry) => {
      await append(entry);
      if (entry.writer !== 'first' || begun) return;
      begun = true;
      journal.hidden.add(entry.id);
      await clock.sleep(1000);
      journal.hidden.delete(entry.id);
    };
    const first = locksOf('first').acquire(TARGET, 'first', MINUTE);
    const second = await locksOf('second').acquire(TARGET, 'second', MINUTE);
    assert.equal(second.kind, 'held');
    assert.deepEqual({ ...(await first), until: '' }, { kind: 'taken', by: 'second', until: '' });
  });

  it('wait for each other no longer than one of them needs to give back', async () => {
    const { clock, locksOf } = slow();
    const got = await Promise.all(['a', 'b'].map((who) => locksOf(who).acquire(TARGET, who, MINUTE)));
    assert.deepEqual(got.map(({ kind }) => kind).sort(), ['held', 'taken']);
    assert.ok(clock.monotonic() < 1000, `${clock.monotonic()}ms`);
  });

  it('do not count where the list does not even show our own', async () => {
    const { journal, locksOf } = slow();
    const append = journal.append.bind(journal);
    journal.append = async (entry) => (journal.hidden.add(entry.id), await append(entry));
    await assert.rejects(locksOf('a').acquire(TARGET, 'a', MINUTE), /was written and is not shown/);
  });
});

describe('a swap beside another that was let in', () => {
  /** A claim that no list shows before the swap has begun, as of an agent that has died beside its request. */
  function beside(): Rig {
    const r = rig();
    const read = r.journal.read.bind(r.journal);
    r.journal.read = async (run) => {
      const reading = await read(run);
      if (r.app.swapRequests.length > 0) return reading;
      return { ...reading, entries: reading.entries.filter(({ writer }) => writer !== 'dead') };
    };
    return r;
  }
  const claims = async (r: Rig): Promise<TargetLock> => {
    const lock = await journalLocks(recorder(r.journal, r.clock, 'run', 'dead'), r.clock).acquire(
      TARGET,
      'hook 2',
      MINUTE,
    );
    assert.equal(lock.kind, 'held');
    return lock as TargetLock;
  };

  it('is called unknown when the slots are swapped again, by the name of the other', async () => {
    const r = beside();
    r.app.swapRequests.push('');
    await claims(r);
    r.app.swapRequests.pop();
    // Its request arrives when our operation has ended.
    void r.clock.sleep(4 * MINUTE).then(() => r.app.exchange(['staging', 'production'], true));
    const result = await r.swap();
    assert.equal(result.outcome, 'unknown');
    assert.match(result.outcome === 'unknown' ? result.reason : '', /hook 2 was let in beside us.*swapped again/);
    assert.equal(await r.state(), 'open');
  });

  it('counts when the slots have stood still for the settle time', async () => {
    const r = beside();
    r.app.swapRequests.push('');
    await claims(r);
    r.app.swapRequests.pop();
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.ok(r.minutes() > 4, `${r.minutes()} minutes`);
    assert.match(r.events.map(({ message }) => message).join('\n'), /hook 2 was let in beside us: watching/);
  });

  it('is not watched for a claim that is given back at once: somebody waits', async () => {
    const r = rig();
    const waiting = recorder(r.journal, r.clock, 'run', 'waiting');
    const claim = { action: 'claim', reason: 'waits', promotion: 'c', target: TARGET, forMs: MINUTE } as const;
    let asked: Promise<unknown> | undefined;
    r.app.onCall = (name) => {
      if (name !== 'observe' || r.app.effectiveSwaps.length === 0) return;
      asked ??= waiting
        .record({ ...claim, phase: 'intent' })
        .then(() => r.clock.sleep(600))
        .then(() => waiting.record({ ...claim, phase: 'done' }));
    };
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.ok(asked !== undefined);
    assert.ok(r.minutes() < 3, `${r.minutes()} minutes`);
  });

  it('keeps its lock when it is stopped beside its request', async () => {
    const r = rig();
    r.app.onCall = (name) => {
      if (name === 'readOperation') r.stop.abort(new Error('SIGTERM'));
    };
    await assert.rejects(r.swap());
    const next = await journalLocks(recorder(r.journal, r.clock, 'run', 'next'), r.clock).acquire(
      TARGET,
      'hook',
      MINUTE,
    );
    assert.equal(next.kind, 'taken');
  });
});

describe('a swap under a lock', () => {
  it('waits for who changes the app, and goes on when they are done', async () => {
    const r = rig();
    const other = journalLocks(recorder(r.journal, r.clock, 'run', 'other'), r.clock);
    const lock = await other.acquire(TARGET, 'another job', 10 * MINUTE);
    assert.equal(lock.kind, 'held');
    const swapping = r.swap();
    await r.clock.sleep(2 * MINUTE);
    assert.deepEqual(r.app.swapRequests, []);
    assert.match(
      r.events.map(({ message }) => message).join('\n'),
      /waiting: another job is changing 'payments'[^]*waiting, 1m\d\ds: another job/,
    );
    if (lock.kind === 'held') await lock.release();
    assert.equal((await swapping).outcome, 'promoted');
  });

  it('refuses when they are not done before the deadline', async () => {
    const r = rig();
    const other = journalLocks(recorder(r.journal, r.clock, 'run', 'other'), r.clock);
    await other.acquire(TARGET, 'another job', 100 * MINUTE);
    const result = await r.swap({ swapDeadlineMs: MINUTE });
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['locked']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('sends nothing when the lock was held for half of its time before the request', async () => {
    const r = rig();
    // The store takes two minutes for the intent: half of the three that the lock lasts are over then.
    const append = r.journal.append.bind(r.journal);
    r.journal.append = async (entry) => {
      if (entry.action === 'promote' && entry.phase === 'intent') await r.clock.sleep(2 * MINUTE);
      await append(entry);
    };
    const result = await r.swap();
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['locked']);
    assert.deepEqual(r.app.swapRequests, []);
    assert.deepEqual(r.journal.lines.slice(0, 2), ['promote intent', 'promote failed']);
  });

  it('sends nothing after half of its time, also when the lock is renewed for as long as its holder lives', async () => {
    const r = rig({
      strength: 'guaranteed',
      acquire: () =>
        Promise.resolve({
          kind: 'held',
          stillHeld: () => true,
          rival: () => Promise.resolve(undefined),
          release: () => Promise.resolve(),
        }),
    });
    const append = r.journal.append.bind(r.journal);
    r.journal.append = async (entry) => {
      if (entry.action === 'promote' && entry.phase === 'intent') await r.clock.sleep(2 * MINUTE);
      await append(entry);
    };
    const result = await r.swap();
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['locked']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('waits for the answer to its request no longer than half of the time that others leave it', async () => {
    for (const settleMs of [MINUTE, 3 * MINUTE]) {
      const r = rig();
      assert.equal((await r.swap({ settleMs })).outcome, 'promoted');
      assert.equal(r.app.patienceMs, settleMs / 2);
    }
  });

  it('takes the lock anew when one slow write came between it and the request', async () => {
    const r = rig();
    const append = r.journal.append.bind(r.journal);
    let slow = true;
    r.journal.append = async (entry) => {
      if (slow && entry.action === 'promote' && entry.phase === 'intent') {
        slow = false;
        await r.clock.sleep(2 * MINUTE);
      }
      await append(entry);
    };
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.deepEqual(r.app.swapRequests, ['staging>production']);
    assert.deepEqual(r.journal.lines.slice(0, 4), [
      'promote intent',
      'promote failed',
      'promote intent',
      'promote done',
    ]);
  });

  it('is not promoted when a rollback of its run has begun', async () => {
    const r = rig();
    const hook = recorder(r.journal, r.clock, 'run', 'hook');
    await hook.record({ action: 'roll-back', phase: 'intent', reason: 'the tests failed' });
    const result = await r.swap();
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['rollback-begun']);
    assert.deepEqual(r.app.swapRequests, []);
  });
});

describe('two hooks at once', () => {
  it('undo a promotion once between them', async () => {
    const s = system(['payments']);
    s.apps.payments.onCall = (name) => {
      // The job dies right after Azure took its request.
      if (name === 'observe' && s.apps.payments.swapRequests.length === 1) throw new Error('killed');
    };
    await assert.rejects(s.deploy(), /killed/);
    s.apps.payments.onCall = () => undefined;
    const results = await Promise.all([s.rollBack(), s.rollBack()]);
    assert.deepEqual(results.map(({ outcome }) => outcome).sort(), ['rolled-back', 'rolled-back']);
    assert.deepEqual(s.apps.payments.effectiveSwaps.length, 2);
    assert.equal(s.apps.payments.swapRequests.length, 2);
    assert.equal(s.versions(), '1.0.0');
  });
});
