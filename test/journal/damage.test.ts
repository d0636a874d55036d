import assert from 'node:assert/strict';
import { judgeDamages, type Damage } from '../../src/journal/damage.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { entryName } from '../../src/journal/entry-name.ts';
import { entryOf } from './entries.ts';

let schema: 1 | 2 = 1;
const line = (change: Partial<Entry> = {}): string =>
  JSON.stringify(schema === 1 ? entryOf(change) : entryOf({ ...change, schema, previous: null }));
const OTHER = { run: 'other', writer: 'o' };
/** Cut behind the first place of a word. */
const cut = (word: string, change: Partial<Entry> = {}): string => {
  const text = line(change);
  return text.slice(0, text.indexOf(word) + word.length);
};

/** Entries of two writers of this run, with one of another run between them. */
const FOUND = [
  entryOf({ writer: 'a', sequence: 1 }),
  entryOf({ ...OTHER, sequence: 1 }),
  entryOf({ writer: 'b', sequence: 1 }),
  entryOf({ writer: 'a', sequence: 2 }),
];
const whose = (damage: Partial<Damage>, found: readonly Entry[] = FOUND): string => {
  const about = { sentence: 'damage', text: '', name: null, behind: null, ...damage };
  const { problems, warnings } = judgeDamages('run', found, [about]);
  assert.equal(problems.length + warnings.length, 1);
  return problems.length === 1 ? 'problem' : 'warning';
};

for (const one of [1, 2] as const)
  describe(`judgeDamages, schema ${one}`, () => {
    schema = one;
    const texts: [string, string, string][] = [
      [cut('"reason', OTHER), 'warning', 'an entry of another run'],
      [cut('"reason', { ...OTHER, writer: 'new' }), 'warning', 'an entry of another run by an unknown writer'],
      [cut('"run":"', OTHER), 'warning', 'cut before its run, by a writer of another run'],
      [cut('"writer', OTHER), 'warning', 'cut before its writer, which its id tells'],
      [line({ ...OTHER, action: 'x' as 'run' }), 'warning', 'a whole entry of another run in no known words'],
      [`{"s${line(OTHER).slice(4)}`, 'warning', 'an entry of another run that lost a letter'],
      [cut('"reason'), 'problem', 'an entry of this run'],
      [cut('"reason', { writer: 'new' }), 'problem', 'an entry of this run by an unknown writer'],
      [
        cut('"reason', { run: 'other', writer: 'a' }),
        'problem',
        'a writer of this run: its run may be what is damaged',
      ],
      [cut('"run":"', { writer: 'a' }), 'problem', 'cut before its run, by a writer of this run'],
      [cut('"run":"', { writer: 'new' }), 'problem', 'cut before its run, by an unknown writer'],
      [cut('"reason', OTHER) + cut('"reason'), 'problem', 'two in one line, the second of this run'],
      [cut('"reason', OTHER) + cut('"id":"'), 'problem', 'two in one line, the second of nobody knows whom'],
      [cut('"reason', OTHER) + '{"sch', 'problem', 'two in one line, the second cut in its first letters'],
      [`{"sch${line(OTHER)}`, 'problem', 'two in one line, the first cut in its first letters'],
      [cut('"reason', OTHER) + cut('"reason', OTHER), 'warning', 'two in one line, both of another run'],
      ['\0\0\0', 'problem', 'zeros stand for any number of entries'],
      ['no entry', 'problem', 'a note of a stranger'],
      ['', 'problem', 'what could not be read'],
      [JSON.stringify({ reason: '{"run":"other"}' }), 'problem', 'a run that is named in a text only'],
    ];
    for (const [text, expected, reason] of texts)
      it(`${expected}: ${reason}`, () => {
        assert.equal(whose({ text }), expected);
        // Behind the last entry of every writer nothing is proven by its place.
        assert.equal(whose({ text, behind: FOUND.length }), expected);
      });

    describe('by the order of writing', () => {
      const places: [string, number, string, string][] = [
        [cut('"id":"'), 2, 'warning', 'cut at once, and both writers wrote on'],
        ['{"sche', 0, 'warning', 'cut in its first letters, before this run began'],
        [cut('"run":"', { writer: 'new' }), 1, 'warning', 'the first entry of a writer that ended with it'],
        [cut('"id":"'), 3, 'problem', 'it may be the next of b'],
        [cut('"id":"'), 4, 'problem', 'it may be the newest of all'],
        [cut('"run":"', { writer: 'b' }), 1, 'problem', 'it is of b, wherever it stands'],
        ['\0\0\0', 0, 'problem', 'zeros were no single entry'],
        ['chema":1,"id":"x', 0, 'problem', 'an entry that lost its front was whole once'],
        [line({ writer: 'new' }).replace('"run":"run",', ''), 0, 'problem', 'a whole entry that lost its run'],
      ];
      for (const [text, behind, expected, reason] of places)
        it(`${expected}: ${reason}`, () => assert.equal(whose({ text, behind }), expected));

      it('problem: a number of this run is missing, and this may be it', () => {
        const gap = FOUND.map((entry) =>
          entry.writer === 'a' && entry.sequence === 2 ? { ...entry, sequence: 3 } : entry,
        );
        assert.equal(whose({ text: cut('"id":"'), behind: 0 }, gap), 'problem');
      });
      it('problem: nothing of this run is whole', () => {
        assert.equal(whose({ text: cut('"id":"'), behind: 0 }, [entryOf(OTHER)]), 'problem');
      });
    });

    describe('by the name of its place', () => {
      const nameOf = (change: Partial<Entry>): string => `runs/run/${entryName(entryOf(change))}`;
      const names: [string, Partial<Entry>, string, string][] = [
        ['', OTHER, 'warning', 'nothing can be read, and the name is of a writer of another run'],
        ['', { writer: 'new' }, 'problem', 'nothing can be read, and nobody knows the writer'],
        ['', { writer: 'a' }, 'problem', 'nothing can be read, and the name is of this run'],
        [cut('"reason', OTHER), OTHER, 'warning', 'text and name are of another run'],
        [cut('"reason', OTHER), { writer: 'a' }, 'problem', 'it stands where an entry of this run belongs'],
        [cut('"reason', OTHER), { writer: 'new' }, 'problem', 'it took the place of an unknown entry'],
        ['\0\0', OTHER, 'problem', 'a name alone says little where there is a text that says nothing'],
      ];
      for (const [text, change, expected, reason] of names)
        it(`${expected}: ${reason}`, () => assert.equal(whose({ text, name: nameOf(change) }), expected));
    });
  });
