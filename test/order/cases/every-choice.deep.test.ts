import fc from 'fast-check';
import { compare, sample } from './brute-force.ts';

const RUNS = Number(process.env['RUNS'] ?? 1000);

describe('proof over every choice', function () {
  this.timeout(900_000);

  it('says of a pipeline what every combination of its choices says alone', () => {
    fc.assert(
      fc.property(sample, (one) => {
        compare(one);
      }),
      { numRuns: RUNS },
    );
  });
});
