import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonical, chainEnds, chainProblems, hashOf, problemOfLast } from '../../src/journal/chain.ts';
import { parseEntry, type Entry, type JournalStore } from '../../src/journal/entry.ts';
import { fold } from '../../src/journal/fold.ts';
import { orderEntries } from '../../src/journal/order-entries.ts';
import { recorder, type Draft } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { asSchema1, entryOf, pair, TARGET } from './entries.ts';

const DRAFT = { action: 'run', phase: 'intent', reason: 'r' } as const;

/** Entries as recorders write them, read back from their texts. */
async function written(drafts: readonly Draft[], writers: readonly string[] = ['w']): Promise<Entry[]> {
  const store = new MemoryJournal();
  const pens = writers.map((writer) => recorder(store, new FakeClock(), 'run', writer));
  for (const [at, draft] of drafts.entries()) await pens[at % pens.length]!.record(draft);
  return store.entries.map((entry) => parsed(JSON.stringify(entry)));
}

function parsed(text: string): Entry {
  const entry = parseEntry(text);
  assert.ok(typeof entry !== 'string', JSON.stringify(entry));
  return entry;
}

const problemsOf = (entries: readonly Entry[]): readonly string[] => orderEntries('run', entries, []).problems;
const numbered = (entry: Entry, sequence: number): Entry => ({ ...entry, sequence, id: `${entry.writer}.${sequence}` });
const five = (): Promise<Entry[]> => written(Array.from({ length: 5 }, (_, at) => ({ ...DRAFT, reason: `${at}` })));

const draft = fc.record({
  action: fc.constantFrom('plan', 'upload', 'promote', 'verify', 'undo', 'close'),
  phase: fc.constantFrom('intent', 'done', 'failed', 'unknown'),
  reason: fc.string({ unit: 'binary' }),
  service: fc.option(fc.string()),
  target: fc.option(fc.constant(TARGET)),
  before: fc.option(fc.constant(pair('new', 'old', 't'))),
  plan: fc.option<unknown>(fc.jsonValue()),
});
const chain = fc.array(draft, { minLength: 2, maxLength: 8 });

describe('the chain of a writer', () => {
  it('is whole as it is written, by several writers side by side', () =>
    fc.assert(
      fc.asyncProperty(chain, fc.integer({ min: 1, max: 3 }), async (drafts, count) => {
        const entries = await written(drafts, ['a', 'b', 'c'].slice(0, count));
        assert.deepEqual(problemsOf(entries), []);
        for (const { chained } of chainEnds(entries)) assert.ok(chained);
      }),
    ));

  it('is whole when its store writes the members of an entry in another order', () =>
    fc.assert(
      fc.asyncProperty(chain, async (drafts) => {
        const turned = (value: unknown): unknown =>
          typeof value !== 'object' || value === null
            ? value
            : Array.isArray(value)
              ? value.map(turned)
              : Object.fromEntries(
                  Object.entries(value)
                    .toReversed()
                    .map(([name, one]) => [name, turned(one)]),
                );
        const entries = (await written(drafts)).map((entry) => parsed(JSON.stringify(turned(entry), null, 2)));
        assert.deepEqual(problemsOf(entries), []);
      }),
    ));

  it('shows any change of an entry that is not the newest; the hash in the log shows that one', () =>
    fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.nat(), fc.string(), async (drafts, place, member, text) => {
        const entries = await written(drafts);
        const [at, name] = [place % entries.length, (['reason', 'at', 'service', 'promotion'] as const)[member % 4]!];
        const entry = entries[at]!;
        fc.pre(entry[name] !== text);
        const changed = entries.with(at, { ...entry, [name]: text });
        assert.deepEqual(seen(entries, changed), at < entries.length - 1 ? ['chain'] : ['log']);
      }),
    ));

  it('shows an entry that was taken out, unless it is the newest; the hash in the log shows that one', () =>
    fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.boolean(), async (drafts, place, renumbers) => {
        const entries = await written(drafts);
        const at = place % entries.length;
        const left = entries.toSpliced(at, 1);
        const changed = renumbers ? left.map((entry, index) => numbered(entry, index + 1)) : left;
        const expected = at === entries.length - 1 ? ['log'] : renumbers ? ['chain', 'log'] : ['chain'];
        assert.deepEqual(seen(entries, changed), expected);
      }),
    ));

  it('shows two entries that have changed places', () =>
    fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.nat(), async (drafts, one, other) => {
        const entries = await written(drafts);
        const [a, b] = [one % entries.length, other % entries.length];
        fc.pre(a !== b);
        const changed = entries.with(a, numbered(entries[b]!, a + 1)).with(b, numbered(entries[a]!, b + 1));
        assert.ok(seen(entries, changed).includes('chain'));
        // Places in the store are none in the chain: a writer's numbers say in which order it wrote.
        assert.deepEqual(seen(entries, entries.toReversed()), []);
      }),
    ));

  it('shows an entry that was put in', () =>
    fc.assert(
      fc.asyncProperty(chain, fc.nat(), draft, fc.boolean(), async (drafts, place, more, renumbers) => {
        const entries = await written(drafts);
        const at = place % (entries.length + 1);
        const [template] = await written([more]);
        const forged = numbered({ ...template!, previous: at === 0 ? null : hashOf(entries[at - 1]!) }, at + 1);
        const all = entries.toSpliced(at, 0, forged);
        const changed = renumbers ? all.map((entry, index) => numbered(entry, index + 1)) : all;
        // Who takes the trouble to forge the hash can write on at the end: only the log knows that the writer did not.
        assert.deepEqual(seen(entries, changed).includes('chain'), at < entries.length);
        if (at === entries.length) assert.deepEqual(seen(entries, changed), ['log']);
      }),
    ));

  /** Which of the two has seen it. */
  function seen(entries: readonly Entry[], changed: readonly Entry[]): string[] {
    const [end] = chainEnds(entries);
    return [
      ...(problemsOf(changed).length > 0 ? ['chain'] : []),
      ...(problemOfLast(end!.hash, orderEntries('run', changed, []).entries) === undefined ? [] : ['log']),
    ];
  }
});

describe('what the chain says', () => {
  const said: [string, (five: Entry[]) => Entry[], RegExp][] = [
    ['a change', (all) => all.with(1, { ...all[1]!, reason: 'x' }), /^entry 2 of writer w was changed after it was/],
    ['a change of the first', (all) => all.with(0, { ...all[0]!, at: 'x' }), /^entry 1 of writer w was changed after/],
    ['a change of the last but one', (all) => all.with(3, { ...all[3]!, at: 'x' }), /^entry 4 of writer w or entry 5 /],
    ['a change of a hash', (all) => all.with(2, { ...all[2]!, previous: hashOf(all[4]!) }), /^entry 3 of writer w was/],
    [
      'three changes',
      (all) => [1, 2, 3].reduce((left, at) => left.with(at, { ...left[at]!, previous: hashOf(all[4]!) }), all),
      /^entries 2 to 4 of writer w were changed/,
    ],
    ['another name', (all) => all.with(4, { ...all[4]!, id: 'w.9' }), /^entry 5 of writer w calls itself w\.9/],
    [
      'a first that was none',
      (all) => all.slice(1).map((one, at) => numbered(one, at + 1)),
      /^entry 1 of writer w follo/,
    ],
    ['a number twice', (all) => [...all, { ...all[2]!, id: 'x' }], /^number 3 of writer w stands twice, as x too/],
    [
      'two schemas',
      (all) => all.with(4, { ...all[4]!, schema: 1 as const }),
      /^writer w has entries of schema 1 between those of schema 2/,
    ],
  ];
  for (const [what, change, expected] of said)
    it(`of ${what}`, async () => {
      const [problem] = problemsOf(change(await five()));
      assert.match(problem ?? 'nothing', expected);
    });

  it('of a gap, once: behind it nothing can be told', async () => {
    assert.deepEqual(problemsOf((await five()).toSpliced(2, 1)), ['entries w.3 to w.3 are missing']);
  });

  it('makes the state unknown', async () => {
    const all = await five();
    const { problems } = fold(orderEntries('run', all.with(1, { ...all[1]!, service: 'other' }), []));
    assert.equal(problems.length, 1);
  });

  it('nothing of entries of schema 1, which have no chain', () => {
    assert.deepEqual(chainProblems('w', [entryOf(), entryOf({ sequence: 2, reason: 'whatever' })]), []);
    assert.deepEqual(chainEnds([entryOf()])[0]!.chained, false);
  });

  it('nothing of another writer that goes on with schema 2 behind one of schema 1', async () => {
    assert.deepEqual(problemsOf([entryOf({ writer: 'old' }), ...(await five())]), []);
  });

  it('of a hash in the log: by its first digits too, and what stands behind it', async () => {
    const all = await five();
    const hash = hashOf(all[4]!);
    assert.equal(problemOfLast(hash, all), undefined);
    assert.equal(problemOfLast(hash.slice(0, 16), all), undefined);
    assert.match(problemOfLast(hashOf(all[2]!), all)!, /^2 entries stand behind entry 3 of writer w, which a log/);
    assert.match(problemOfLast(hash, all.slice(0, 4))!, /^no entry has the hash/);
  });

  it('nothing of an entry that was read in another form: the hash is of what was written', () => {
    const old = asSchema1(entryOf({ before: pair('a', 'b') }), { source: 'production', destination: 'staging' });
    const read = parseEntry(old);
    assert.ok(typeof read !== 'string');
    assert.deepEqual(read.target, TARGET, 'it was turned');
    assert.equal(
      hashOf(read),
      createHash('sha256')
        .update(canonical(JSON.parse(old)))
        .digest('hex'),
    );
  });
});

describe('the text that is hashed', () => {
  it('is one for a value before it was written and after it was read', () =>
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: false, maxDepth: 3 }), (value) => {
        fc.pre(isPlain(value));
        const text = JSON.stringify(value);
        fc.pre(text !== undefined);
        assert.equal(canonical(value), canonical(JSON.parse(text)));
        assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(text));
      }),
    ));

  /** What JSON can hold, and what it leaves out or writes as null. */
  function isPlain(value: unknown): boolean {
    if (typeof value === 'object' && value !== null)
      return (
        (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) &&
        Object.values(value).every(isPlain)
      );
    return ['string', 'number', 'boolean', 'undefined', 'object'].includes(typeof value);
  }

  it('is never the same for two values', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = canonical(a) === canonical(b);
        assert.equal(same, JSON.stringify(JSON.parse(canonical(a))) === JSON.stringify(JSON.parse(canonical(b))));
      }),
    ));
});

describe('the chain when an append fails', () => {
  /** The second append is refused. Was it written all the same? */
  const afterFailure = async (isWritten: boolean) => {
    const store = new MemoryJournal();
    store.refuses = ({ sequence }) => sequence === 2;
    store.written = isWritten;
    const pen = recorder(store, new FakeClock(), 'run', 'w');
    const ends = await Promise.allSettled([1, 2, 3].map(() => pen.record(DRAFT)));
    return { ends: ends.map(({ status }) => status), pen, reading: await pen.read(), store };
  };

  it('is whole when only the answer was lost', async () => {
    const { ends, reading, pen } = await afterFailure(true);
    assert.deepEqual(ends, ['fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual(reading.problems, []);
    assert.deepEqual(
      [reading.entries.length, pen.end()?.entries],
      [3, 2],
      'what is not known to be there is not counted',
    );
  });

  it('says no more than that a number is missing when nothing was written', async () => {
    assert.deepEqual((await afterFailure(false)).reading.problems, ['entries w.2 to w.2 are missing']);
  });

  it('ends at the newest entry that is known to be there', async () => {
    const store = new MemoryJournal();
    const pen = recorder(store, new FakeClock(), 'run', 'w');
    assert.equal(pen.end(), undefined);
    await pen.record(DRAFT);
    store.refuses = () => true;
    await assert.rejects(pen.record(DRAFT));
    assert.deepEqual(pen.end(), { writer: 'w', entries: 1, hash: hashOf(store.entries[0]!), chained: true });
  });

  it('is whole when a store tries again by itself and both were written', async () => {
    const entries: Entry[] = [];
    const twice: JournalStore = {
      append: (entry) => Promise.resolve(void entries.push(entry, parsed(JSON.stringify(entry)))),
      read: (run) => Promise.resolve(orderEntries(run, entries, [])),
    };
    const pen = recorder(twice, new FakeClock(), 'run', 'w');
    for (const _ of [1, 2, 3]) await pen.record(DRAFT);
    const { problems } = await pen.read();
    assert.deepEqual([problems, entries.length], [[], 6]);
  });
});
