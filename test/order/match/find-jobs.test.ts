import assert from 'node:assert/strict';
import { sameFile } from '../../../src/order/match/find-jobs.ts';

describe('sameFile', () => {
  const cases: [string, string, boolean][] = [
    ['azure-pipelines.yml', './azure-pipelines.yml', true],
    ['ci/azure-pipelines.yml', '/repo/ci/azure-pipelines.yml', true],
    ['ci\\a.yml', 'ci/a.yml', true],
    ['a.yml', 'b.yml', false],
    ['ci/a.yml', 'cd/a.yml', false],
    ['', 'a.yml', false],
  ];
  for (const [a, b, expected] of cases) it(`${a} and ${b}`, () => assert.equal(sameFile(a, b), expected));
});
