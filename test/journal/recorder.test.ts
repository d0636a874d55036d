import assert from 'node:assert/strict';
import type { Entry, JournalReading, JournalStore } from '../../src/journal/entry.ts';
import { orderEntries } from '../../src/journal/order-entries.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** A store in memory whose appends take as long as they are told, and fail when they are told. */
function slowStore(clock: FakeClock, ms: (entry: Entry) => number, fails: (entry: Entry) => boolean = () => false) {
  const entries: Entry[] = [];
  let running = 0;
  const store: JournalStore = {
    append: async (entry) => {
      running += 1;
      assert.equal(running, 1, 'two appends of one writer at a time');
      await clock.sleep(ms(entry));
      running -= 1;
      if (fails(entry)) throw new Error(`no space for ${entry.id}`);
      entries.push(entry);
    },
    read: (run) => Promise.resolve(orderEntries(run, entries, [])),
  };
  return { store, entries };
}
const DRAFT = { action: 'run', phase: 'intent', reason: 'r' } as const;

describe('recorder', () => {
  it('fills in who, when and which', async () => {
    const clock = new FakeClock(Date.UTC(2026, 1, 3, 4, 5, 6));
    const { store, entries } = slowStore(clock, () => 0);
    const made = await recorder(store, clock, 'run 7', 'job-1').record({ ...DRAFT, service: 'payments' });
    assert.deepEqual(entries, [made]);
    assert.deepEqual(
      [made.id, made.sequence, made.at, made.run, made.service, made.promotion],
      ['job-1.1', 1, '2026-02-03T04:05:06.000Z', 'run 7', 'payments', null],
    );
  });

  it('appends in the order of the numbers, one at a time, however long each takes', async () => {
    const clock = new FakeClock();
    const { store, entries } = slowStore(clock, ({ sequence }) => 100 - sequence);
    const pen = recorder(store, clock, 'run', 'w');
    await Promise.all(Array.from({ length: 20 }, () => pen.record(DRAFT)));
    assert.deepEqual(
      entries.map(({ sequence }) => sequence),
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    assert.deepEqual((await pen.read()).problems, []);
  });

  it('rejects for the entry that was not written, goes on with the next, and leaves a gap that can be seen', async () => {
    const clock = new FakeClock();
    const { store } = slowStore(
      clock,
      () => 1,
      ({ sequence }) => sequence === 2,
    );
    const pen = recorder(store, clock, 'run', 'w');
    const ends = await Promise.allSettled([pen.record(DRAFT), pen.record(DRAFT), pen.record(DRAFT)]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.match(String((ends[1] as PromiseRejectedResult).reason), /no space for w\.2/);
    const { entries, problems } = await pen.read();
    assert.deepEqual(
      entries.map(({ id }) => id),
      ['w.1', 'w.3'],
    );
    assert.deepEqual(problems, ['entries w.2 to w.2 are missing']);
  });

  describe('read by many at the same time', () => {
    /** A store whose readings end when they are told to. */
    const held = () => {
      const ends: (() => void)[] = [];
      const entries: Entry[] = [];
      const read = (): Promise<JournalReading> => {
        const shown = [...entries];
        return new Promise((resolve, reject) => {
          ends.push(() => (shown.length > 8 ? reject(new Error('too many')) : resolve(orderEntries('run', shown, []))));
        });
      };
      const store = { append: (entry: Entry) => Promise.resolve(void entries.push(entry)), read };
      return { pen: recorder(store, new FakeClock(), 'run', 'w'), ends };
    };
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    it('shows each of them what it has written before it asked, by one reading for all who wait', async () => {
      const { pen, ends } = held();
      await pen.record(DRAFT);
      const first = pen.read();
      const shown: number[] = [];
      for (let count = 2; count <= 4; count += 1) {
        await pen.record(DRAFT);
        void pen.read().then(({ entries }) => shown.push(entries.length));
      }
      assert.equal(ends.length, 1, 'the next reading begins when this one has ended');
      ends.shift()!();
      assert.equal((await first).entries.length, 1);
      await turn();
      assert.equal(ends.length, 1, 'one for all three');
      ends.shift()!();
      await turn();
      assert.deepEqual(shown, [4, 4, 4]);
      const alone = pen.read();
      assert.equal(ends.length, 1, 'at once, when nobody reads');
      ends.shift()!();
      await alone;
    });

    it('fails those who share a reading that fails, and nobody else', async () => {
      const { pen, ends } = held();
      const first = pen.read();
      for (let count = 0; count < 9; count += 1) await pen.record(DRAFT);
      const both = Promise.allSettled([pen.read(), pen.read()]);
      ends.shift()!();
      assert.equal((await first).entries.length, 0);
      await turn();
      const last = pen.read();
      ends.shift()!();
      assert.deepEqual(
        (await both).map(({ status }) => status),
        ['rejected', 'rejected'],
      );
      await turn();
      assert.equal(ends.length, 1, 'the next one begins all the same');
      ends.shift()!();
      await assert.rejects(last, /too many/);
    });
  });
});
