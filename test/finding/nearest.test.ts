import assert from 'node:assert/strict';
import { didYouMean, nearest } from '../../src/finding/nearest.ts';

describe('nearest', () => {
  const cases: [string, string[], string | undefined, string][] = [
    ['intervall', ['timeout', 'interval'], 'interval', 'one letter more'],
    ['dependOn', ['dependsOn', 'condition'], 'dependsOn', 'one letter less'],
    ['paht', ['path', 'pact'], 'path', 'two letters swapped'],
    ['DEPENDSON', ['dependsOn'], 'dependsOn', 'another case'],
    ['app', ['api', 'app1'], 'api', 'the first of equals'],
    ['stroe', ['notify', 'payments'], undefined, 'nothing close'],
    ['a', ['b', 'A'], 'A', 'nothing but another case for short names'],
    ['ab', ['cd'], undefined, 'not everything for everything'],
    ['x'.repeat(1000), ['x'.repeat(999)], undefined, 'no search for endless names'],
  ];
  for (const [name, candidates, expected, reason] of cases)
    it(`finds ${reason}`, () => assert.equal(nearest(name, candidates), expected));

  it('ends a message', () => {
    assert.equal(didYouMean('stor', ['store']), "; did you mean 'store'?");
    assert.equal(didYouMean('stor', []), '');
  });
});
