import { isDaily, MATRIX, readMatrix } from './container-fault-matrix.table.ts';
import { playContainerMatrix } from './container-fault-matrix.ts';

describe('the fault matrix of a container app, the rest of it', function () {
  this.timeout(400_000);
  playContainerMatrix(readMatrix(MATRIX).filter((cell) => !isDaily(cell)));
});
