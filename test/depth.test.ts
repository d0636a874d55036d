import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { part, runs } from './depth.ts';

describe('what npm test runs a part of', () => {
  it('runs whole in npm run test:deep', () => {
    const { require, spec } = JSON.parse(readFileSync('.mocharc.deep.json', 'utf8')) as Record<string, string[]>;
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
    const users = files
      .filter((file) => file.endsWith('.test.ts') && !/^depth\.|\.deep\.test\.ts$/.test(file))
      .filter((file) => /from '(?:\.\.?\/)+depth\.ts'/.test(readFileSync(join('test', file), 'utf8')))
      .map((file) => `test/${file}`);
    assert.ok(users.length > 10);
    assert.deepEqual(spec, ['test/**/*.deep.test.ts', ...users.toSorted()]);
    assert.equal(require?.[0], './test/deep.cjs');
  });

  it('is never nothing', () => {
    for (const whole of [1, 7, 1000]) assert.ok(runs(whole) >= 1 && runs(whole) <= whole);
    assert.deepEqual([part(['only']).length, part([]).length], [1, 0]);
  });
});
