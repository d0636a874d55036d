import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const FAILING = `
describe("what isn't (so)", () => it('fails $x', () => { throw new Error('no'); }));
describe('prepared', () => { before(() => { throw new Error('no'); }); it('is never run', () => {}); });
`;

describe('a test that fails', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-reporter-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const mode of ['--no-parallel', '--parallel'])
    it(`is named with the command that runs it alone, ${mode}`, () => {
      const files = ['one.test.cjs', 'other.test.cjs'].map((name) => join(folder, name));
      writeFileSync(files[0]!, FAILING);
      writeFileSync(files[1]!, "it('passes', () => {});");
      const args = ['--no-config', '--require', 'tsx', '--reporter', './test/reporter.ts', mode, ...files];
      const { SAFE_ROLLOUT_TESTS: _, ...env } = process.env;
      const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
      const { stdout } = spawnSync(process.execPath, [mocha, ...args], { encoding: 'utf8', env });
      const start = `npx mocha --no-config --require tsx --timeout 60000 ${relative(process.cwd(), files[0]!).replaceAll('\\', '/')}`;
      const [, alone = ''] = stdout.split('  Alone:\n\n');
      assert.deepEqual(
        alone.trim().split(/\n */),
        [`${start} -g 'what isn'\\''t \\(so\\) fails \\$x'`, `${start} -g 'prepared'`],
        stdout,
      );
    });
});
