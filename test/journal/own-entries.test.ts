import assert from 'node:assert/strict';
import { OwnEntries } from '../../src/journal/own-entries.ts';
import { entryOf } from './entries.ts';

describe('OwnEntries', () => {
  const planned = entryOf({ schema: 2, previous: null, action: 'plan', phase: 'done', plan: { services: ['a'] } });

  it('has a large entry of its own once', () => {
    const own = new OwnEntries();
    own.wrote(planned);
    assert.equal(own.read(JSON.stringify(planned)), planned);
  });

  it('takes nothing for its own that says anything else, and nothing that is no entry', () => {
    const own = new OwnEntries();
    own.wrote(planned);
    const forged = { ...planned, plan: { services: ['b'] } };
    assert.deepEqual(own.read(JSON.stringify(forged)), forged);
    assert.equal(own.read('{'), 'is not JSON');
    assert.equal(own.read(JSON.stringify({ ...planned, phase: 'over' })), "has the unknown phase 'over'");
  });
});
