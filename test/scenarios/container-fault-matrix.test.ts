import assert from 'node:assert/strict';
import { FAULTS, isDaily, MATRIX, readMatrix, STEPS } from './container-fault-matrix.table.ts';
import { playContainerMatrix } from './container-fault-matrix.ts';

const cells = readMatrix(MATRIX);

/** What may strike while users' traffic moves; `container-fault-matrix.deep.test.ts` plays the rest. */
describe('the fault matrix of a container app: one request of a deployment spoiled in one way', function () {
  this.timeout(180_000);

  it('has every request and every fault that there can be of it', () => {
    for (const step of STEPS) {
      const changes = { pin: 14, 'new revision': 17, shift: 16, undo: 15 }[step as string] ?? 7;
      for (const times of ['once', 'for good'] as const) {
        const own = cells.filter((one) => one.step === step && one.times === times);
        assert.equal(new Set(own.map(({ fault }) => fault)).size, changes, `${step}, ${times}`);
      }
    }
    assert.equal(Object.keys(FAULTS).length, 18);
  });

  playContainerMatrix(cells.filter(isDaily));
});
