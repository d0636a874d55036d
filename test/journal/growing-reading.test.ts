import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeDamages, type Damage } from '../../src/journal/damage.ts';
import type { Entry, JournalReading } from '../../src/journal/entry.ts';
import { fold, runningFold } from '../../src/journal/fold.ts';
import { foundAt, GrowingReading, type Found } from '../../src/journal/growing-reading.ts';
import { orderEntries } from '../../src/journal/order-entries.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { pair, TARGET } from './entries.ts';

const STEPS = ['promote intent', 'promote done', 'verify done', 'undo intent', 'claim intent', 'run done', 'plan done'];

/** What two writers of the run and one of another have written, in the order of writing. */
async function written(steps: readonly (readonly [writer: number, step: number])[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  const store = {
    append: (entry: Entry) => Promise.resolve(void entries.push(entry)),
    read: () => Promise.reject(new Error('not asked for')),
  };
  const pens = ['a', 'b', 'c'].map((writer) =>
    recorder(store, new FakeClock(), writer === 'c' ? 'other' : 'run', writer),
  );
  for (const [writer, step] of steps) {
    const [action, phase] = STEPS[step]!.split(' ') as [Entry['action'], Entry['phase']];
    const prints = { before: pair('new', 'old'), after: pair('old', 'new', '2026-01-05T03:00:00Z') };
    const draft = { action, phase, reason: 'r', service: 's', promotion: `p${step % 2}`, target: TARGET, ...prints };
    await pens[writer]!.record(draft);
  }
  return entries;
}

/** What there is to be read, from nothing but what the store shows now. */
function expected(found: readonly Found[], damages: readonly Damage[]): JournalReading {
  const entries = found.map(({ entry }) => entry as Entry);
  const { problems, warnings } = judgeDamages('run', entries, damages);
  const own = found.filter(({ entry }) => entry.run === 'run');
  const times = own.flatMap(({ entry, at }) => (at === undefined ? [] : [[(entry as Entry).id, at] as const]));
  const ordered = orderEntries(
    'run',
    entries.filter(({ run }) => run === 'run'),
    problems,
    new Map(times),
  );
  return { ...ordered, warnings };
}

describe('GrowingReading', () => {
  const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(STEPS.length - 1)), { maxLength: 25 });
  /** How what a store shows changes from one look to the next. */
  const change = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('more' as const), count: fc.nat(6) }) },
    fc.record({ kind: fc.constantFrom('swap', 'drop', 'forge', 'retime', 'damage', 'double'), at: fc.nat(30) }),
  );

  it('reads and folds, look by look, what a reading of everything reads and folds', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(change, { maxLength: 12 }), async (drafts, changes) => {
        const all = (await written(drafts)).map((entry, index): Found => ({ entry, at: index }));
        const growing = new GrowingReading('run');
        const folded = runningFold();
        const damages: Damage[] = [];
        let shown: Found[] = [];
        let next = 0;
        for (const one of changes) {
          const at = 'at' in one && shown.length > 0 ? one.at % shown.length : 0;
          const there = shown[at];
          if (one.kind === 'more') shown = [...shown, ...all.slice(next, (next += one.count))];
          else if (one.kind === 'damage') damages.push({ sentence: 'torn', text: '', name: null, behind: at });
          else if (there === undefined) continue;
          else if (one.kind === 'swap') shown = shown.toSpliced(at, 1).toSpliced(0, 0, there);
          else if (one.kind === 'drop') shown = shown.toSpliced(at, 1);
          else if (one.kind === 'forge')
            shown = shown.with(at, { ...there, entry: { ...(there.entry as Entry), reason: 'forged' } });
          else if (one.kind === 'retime') shown = shown.with(at, foundAt(there, one.at * 7));
          else shown = [...shown, there];
          const reading = growing.of(shown, damages);
          const { growth: _, ...rest } = reading;
          assert.deepEqual(rest, expected(shown, damages));
          assert.deepEqual(folded(reading), fold(rest));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes on with what it has as long as more stands behind it, and leaves what it handed out as it was', async () => {
    const all = (await written([0, 1, 0, 2, 0, 1].map((writer) => [writer, 0]))).map((entry, at): Found => ({
      entry,
      at,
    }));
    const growing = new GrowingReading('run');
    const readings = [2, 4, 6].map((count) => growing.of(all.slice(0, count), []));
    assert.deepEqual(
      readings.map(({ entries }) => entries.length),
      [2, 3, 5],
    );
    assert.equal(new Set(readings.map(({ growth }) => growth)).size, 1);
    assert.notEqual(growing.of(all.toReversed(), []).growth, readings[0]!.growth);
  });

  it('promises nothing of what comes behind a gap', async () => {
    const [first, , third] = await written([0, 0, 0].map((writer) => [writer, 0]));
    const growing = new GrowingReading('run');
    const found = [first!, third!].map((entry): Found => ({ entry, at: undefined }));
    assert.equal(growing.of(found, []).growth, undefined);
    assert.deepEqual(growing.of(found, []).problems, ['entries a.2 to a.2 are missing']);
  });
});
