import assert from 'node:assert/strict';
import { parseEntry } from '../../src/journal/entry.ts';
import { entryOf } from './entries.ts';

describe('parseEntry', () => {
  it('reads entries of schema 2, which name the one before them', () => {
    for (const previous of [null, 'a'.repeat(64)]) {
      const entry = entryOf({ schema: 2, previous });
      assert.deepEqual(parseEntry(JSON.stringify(entry)), entry);
    }
    for (const previous of [undefined, 7, 'A'.repeat(64), 'a'.repeat(63), ['a'.repeat(64)]]) {
      const text = JSON.stringify({ ...entryOf(), schema: 2, previous });
      assert.equal(parseEntry(text), "has a 'previous' that is no hash", text);
    }
  });

  it('reads what was written, to the last field', () => {
    const full = entryOf({ after: entryOf().before, plan: { schema: 1 } });
    assert.deepEqual(parseEntry(JSON.stringify(full)), full);
    const bare = entryOf({ service: null, promotion: null, target: null, release: null, replaces: null, before: null });
    assert.deepEqual(parseEntry(JSON.stringify(bare)), bare);
  });

  const { before, target, release } = entryOf();
  const wrong: [string, unknown, RegExp][] = [
    ['schema', 3, /schema 3, expected 1 or 2/],
    ['schema', undefined, /schema undefined/],
    ['id', 7, /no text 'id'/],
    ['writer', null, /no text 'writer'/],
    ['at', undefined, /no text 'at'/],
    ['run', 1, /no text 'run'/],
    ['reason', {}, /no text 'reason'/],
    ['sequence', 0, /no sequence/],
    ['sequence', 1.5, /no sequence/],
    ['sequence', '1', /no sequence/],
    ['action', 'explode', /unknown action 'explode'/],
    ['phase', 'maybe', /unknown phase 'maybe'/],
    ['service', 3, /'service' that is no text/],
    ['promotion', undefined, /'promotion' that is no text/],
    ['replaces', [], /'replaces' that is no text/],
    ['target', {}, /incomplete target/],
    ['target', undefined, /incomplete target/],
    ['target', { ...target, destination: null }, /incomplete target/],
    ['release', { ...release, version: 1 }, /incomplete release/],
    ['release', {}, /incomplete release/],
    ['before', {}, /incomplete prints 'before'/],
    ['before', { ...before, source: null }, /incomplete prints 'before'/],
    ['before', { ...before, target: { deploymentId: 'x' } }, /incomplete prints 'before'/],
    ['after', { ...before, swapStamp: 5 }, /incomplete prints 'after'/],
    ['after', [], /incomplete prints 'after'/],
  ];
  for (const [field, value, expected] of wrong)
    it(`refuses ${field} ${JSON.stringify(value)}`, () => {
      const found = parseEntry(JSON.stringify({ ...entryOf(), [field]: value }));
      assert.ok(typeof found === 'string', 'it was accepted');
      assert.match(found, expected);
    });

  for (const text of ['', '{', 'null', '[]', '"entry"', '7'])
    it(`refuses ${text || 'nothing'}`, () => {
      const found = parseEntry(text);
      assert.ok(found === 'is not JSON' || found === 'is not an object');
    });
});
