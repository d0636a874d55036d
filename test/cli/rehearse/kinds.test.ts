import assert from 'node:assert/strict';
import { NONE } from '../../../src/cli/rehearse/faults.ts';
import { FAULT_NAMES, faultsOf, REHEARSED } from '../../../src/cli/rehearse/kinds/table.ts';
import { KINDS } from '../../../src/rollout/kinds/table.ts';

describe('the kinds of a rehearsal', () => {
  it('are all those whose releases users see', () => {
    const exposed = Object.values(KINDS).filter(({ exposes }) => exposes !== undefined);
    assert.deepEqual(REHEARSED.map(({ name }) => name).sort(), exposed.map(({ name }) => name).sort());
  });

  for (const { name, faults } of REHEARSED)
    it(`begin with nothing, and name each fault once: ${name}`, () => {
      assert.equal(faults[0], NONE);
      assert.equal(new Set(faults.map(({ id }) => id)).size, faults.length);
      assert.ok(faults.every(({ id }) => FAULT_NAMES.includes(id)));
    });

  it('have no faults where nobody knows the kind', () => assert.deepEqual(faultsOf('database'), []));
});
