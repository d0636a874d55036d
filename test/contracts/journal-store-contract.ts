import assert from 'node:assert/strict';
import type { Entry, JournalStore } from '../../src/journal/entry.ts';
import { entryName } from '../../src/journal/entry-name.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import { recover } from '../../src/rollout/recover/recover.ts';
import { rollBackSettings } from '../../src/rollout/recover/roll-back.settings.ts';
import { readSettings } from '../../src/settings/read.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { entryOf } from '../journal/entries.ts';
import { system } from '../rollout/system.ts';

/** One journal of one run or more, empty, as several processes see it. */
export interface JournalSubject {
  /** The journal as another process, or another job of the run, opens it. */
  open(): JournalStore;
  /** Puts something that is no entry where the entries of `run` are; where places have names, under a name. */
  damage(run: string, text?: string, name?: string): Promise<void>;
  /** Stores that serve one run alone cannot be asked for another. */
  readonly runs: 'many' | 'one';
}

/** What every store of a journal does: the rollout relies on nothing else. */
export function journalStoreContract(fresh: () => Promise<JournalSubject>): void {
  const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ id }) => id);

  it('is empty before the first entry', async () => {
    const { entries, problems } = await (await fresh()).open().read('run');
    assert.deepEqual([entries, problems], [[], []]);
  });

  it('gives back what was appended, to the last field, to others as well', async () => {
    const subject = await fresh();
    const written = [
      entryOf({ reason: 'line\nbreak, "quotes", <tags> & ünïcode \u{1F680}', after: entryOf().before }),
      entryOf({ sequence: 2, service: null, promotion: null, target: null, release: null, before: null }),
      entryOf({ sequence: 3, service: 'store front/7 & more', action: 'plan', plan: { big: 'x'.repeat(200_000) } }),
    ];
    const store = subject.open();
    for (const entry of written) await store.append(entry);
    for (const reader of [store, subject.open()]) {
      const { entries, problems } = await reader.read('run');
      assert.deepEqual([entries, problems], [written, []]);
    }
  });

  it("keeps each writer's own order", async () => {
    const subject = await fresh();
    const pens = ['a', 'b'].map((writer) => recorder(subject.open(), new FakeClock(), 'run', writer));
    for (const index of [0, 1, 1, 0, 0, 1]) await pens[index]!.record({ action: 'run', phase: 'intent', reason: 'r' });
    const { entries, problems } = await subject.open().read('run');
    for (const writer of ['a', 'b'])
      assert.deepEqual(
        idsOf(entries.filter((entry) => entry.writer === writer)),
        [1, 2, 3].map((n) => `${writer}.${n}`),
      );
    assert.deepEqual(problems, []);
  });

  it('puts an entry behind all that its writer had read', async () => {
    const subject = await fresh();
    const first = subject.open();
    for (let sequence = 1; sequence <= 12; sequence += 1) await first.append(entryOf({ writer: 'm', sequence }));
    // A writer whose name comes first and whose numbers begin anew.
    const second = subject.open();
    await second.read('run');
    await second.append(entryOf({ writer: 'a', action: 'roll-back' }));
    const { entries } = await subject.open().read('run');
    assert.equal(entries.at(-1)?.id, 'a.1');
    await first.read('run');
    await first.append(entryOf({ writer: 'm', sequence: 13 }));
    assert.deepEqual(idsOf((await second.read('run')).entries).slice(-2), ['a.1', 'm.13']);
  });

  it('loses nothing of two writers with fifty entries each', async () => {
    const subject = await fresh();
    const pens = ['a', 'b'].map((writer) => recorder(subject.open(), new FakeClock(), 'run', writer));
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pens[index % 2]!.record({ action: 'run', phase: 'intent', reason: `${index}` }),
      ),
    );
    const { entries, problems } = await subject.open().read('run');
    assert.deepEqual(problems, []);
    assert.equal(new Set(idsOf(entries)).size, 100);
  });

  it('names what is no entry and goes on without it', async () => {
    const subject = await fresh();
    await subject.open().append(entryOf());
    await subject.damage('run');
    await subject.open().append(entryOf({ sequence: 2 }));
    const { entries, problems } = await subject.open().read('run');
    assert.deepEqual(idsOf(entries), ['w.1', 'w.2']);
    assert.equal(problems.length, 1, problems.join('\n'));
  });

  it('names a number that is missing', async () => {
    const subject = await fresh();
    const store = subject.open();
    for (const sequence of [1, 4]) await store.append(entryOf({ sequence }));
    const { problems } = await store.read('run');
    assert.deepEqual(problems, ['entries w.2 to w.3 are missing']);
  });

  it('refuses an entry that is too large, and keeps nothing of it', async () => {
    const subject = await fresh();
    const store = subject.open();
    await assert.rejects(store.append(entryOf({ reason: 'x'.repeat(2 ** 20) })), /w\.1 is larger than/);
    assert.deepEqual((await store.read('run')).entries, []);
  });

  it('keeps runs apart, whatever they are called', async () => {
    const subject = await fresh();
    const store = subject.open();
    const runs = subject.runs === 'one' ? ['run'] : ['run', 'run-2', '..', 'a b/ü', '2.4.0', '.hidden.'];
    for (const run of runs) await store.append(entryOf({ run, reason: run }));
    for (const run of runs) {
      const { entries, problems } = await store.read(run);
      assert.deepEqual([entries.map(({ reason }) => reason), problems], [[run], []]);
    }
  });

  describe('damaged', () => {
    /** A run that is verified and whole in a journal where `change` of an entry was cut; and its rollback. */
    const rolledBack = async (change: Partial<Entry>, subject: JournalSubject) => {
      const s = system(['payments']);
      await s.deploy();
      const store = subject.open();
      for (const entry of s.journal.entries) await store.append(entry);
      const entry = entryOf({ service: 'payments', ...change });
      const text = JSON.stringify(entry);
      await subject.damage('run', text.slice(0, text.indexOf('"target"')), entryName(entry));
      const pen = recorder(subject.open(), s.clock, 'run', 'hook');
      const ports = { ...s.ports(), journal: pen, locks: journalLocks(pen, s.clock) };
      const given: Record<string, string> = { azureSubscription: 'contoso', services: 'payments' };
      const reading = readSettings(rollBackSettings, (name) => given[name]);
      assert.ok(reading.ok);
      const result = await recover(reading.settings, 'sub', 'asked for', { readText: () => Promise.reject() }, ports);
      const told = s.events.filter(({ level, message }) => level === 'warning' && /journal is damaged/.test(message));
      return { result, told, versions: s.versions() };
    };

    it("by another run is told and is in nobody's way", async () => {
      const { result, told, versions } = await rolledBack({ run: 'other', writer: 'x', id: 'x.1' }, await fresh());
      assert.deepEqual([result.outcome, versions], ['rolled-back', '1.0.0'], result.reason);
      assert.equal(told.length, 1, 'once, however often the journal is read');
      assert.match(told[0]!.message, /this run is whole: .*is not JSON and was left out: it is of another run$/);
    });

    const mayBeOwn: [string, Partial<Entry>][] = [
      ['of this run', { writer: 'x', id: 'x.1' }],
      ['of a writer of this run, whose run is told as another', { run: 'rum', writer: 'process-1', sequence: 99 }],
    ];
    for (const [what, change] of mayBeOwn)
      it(`by what may be ${what} still needs a person`, async () => {
        const { result, told } = await rolledBack(change, await fresh());
        assert.deepEqual([result.outcome, told], ['person', []]);
        assert.match(result.reason, /the journal has gaps/);
      });
  });
}
