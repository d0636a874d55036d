import fc from 'fast-check';
import { compareSwitched, switched } from './random-switches.ts';

const RUNS = Number(process.env['RUNS'] ?? 300);

describe('cases that stand for others', function () {
  this.timeout(900_000);

  it('find what every combination finds alone', () => {
    fc.assert(
      fc.property(switched, (one) => void compareSwitched(one)),
      { numRuns: RUNS },
    );
  });
});
