import assert from 'node:assert/strict';
import { KnownEntries } from '../../src/journal/known-entries.ts';
import { entryOf } from './entries.ts';

describe('KnownEntries', () => {
  const text = JSON.stringify(entryOf());

  it('reads a text once, and a text that differs anew', () => {
    const known = new KnownEntries();
    const entry = known.read(text);
    assert.deepEqual(entry, entryOf());
    assert.equal(known.read(` ${text}`.slice(1)), entry);
    assert.deepEqual(known.read(text.replace('because', 'why')), entryOf({ reason: 'why' }));
  });

  it('keeps neither what is no entry nor what is not worth it', () => {
    const known = new KnownEntries();
    assert.equal(known.read('{'), 'is not JSON');
    assert.notEqual(
      known.read(text, ({ run }) => run === 'other'),
      known.read(text),
    );
  });
});
