import assert from 'node:assert/strict';
import { orderEntries } from '../../src/journal/order-entries.ts';
import { entryOf } from './entries.ts';

/** `a1 b1 a2`: writers and sequences in the order of the store. */
function read(text: string) {
  const found = text.split(' ').map((word) => entryOf({ writer: word[0]!, sequence: Number(word.slice(1)) }));
  const { entries, problems } = orderEntries('run', found, []);
  return { order: entries.map(({ writer, sequence }) => `${writer}${sequence}`).join(' '), problems };
}

describe('orderEntries', () => {
  const cases: [string, string, string[], string][] = [
    ['a1 a2 a3', 'a1 a2 a3', [], 'one writer'],
    ['a1 b1 a2 b2', 'a1 b1 a2 b2', [], 'two writers, interleaved as the store had them'],
    ['a2 a1', 'a1 a2', [], "a writer's own sequence wins over the store's order"],
    ['b2 a1 b1 a2', 'b1 a1 b2 a2', [], 'and each writer keeps its places'],
    ['a1 a1 a2', 'a1 a2', [], 'a double is kept once'],
    ['a2', 'a2', ['entries a.1 to a.1 are missing'], 'a gap at the beginning'],
    ['a1 a4', 'a1 a4', ['entries a.2 to a.3 are missing'], 'a gap in the middle'],
    ['a1 b1 b3 a2', 'a1 b1 b3 a2', ['entries b.2 to b.2 are missing'], "one writer's gap"],
  ];
  for (const [found, order, problems, reason] of cases)
    it(`${reason}: ${found}`, () => assert.deepEqual(read(found), { order, problems }));

  it('leaves entries of other runs out, by name', () => {
    const { entries, problems } = orderEntries('run', [entryOf(), entryOf({ writer: 'x', run: 'other' })], []);
    assert.equal(entries.length, 1);
    assert.deepEqual(problems, ['entry x.1 belongs to run other and was left out']);
  });

  it('names two entries of one name: two processes wrote under one writer', () => {
    const { entries, problems } = orderEntries('run', [entryOf(), entryOf({ reason: 'another' })], []);
    assert.equal(entries.length, 1);
    assert.deepEqual(problems, ['entry w.1 stands twice with different contents']);
  });

  it('keeps the problems of the store', () => {
    assert.deepEqual(orderEntries('run', [], ['torn']).problems, ['torn']);
  });
});
