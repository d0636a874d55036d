import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundle } from '../../src/build/bundle.ts';
import { taskFolders } from '../../src/build/tasks.ts';

const LONGEST_LINE = 5000;

describe('the bundles', function () {
  this.timeout(30_000);
  let out: string;
  let metafile: Metafile;
  before(async () => {
    out = mkdtempSync(join(tmpdir(), 'safe-rollout-bundle-'));
    metafile = await bundle(process.cwd(), out);
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  it('are one for each task with code and one for the command line', () => {
    const found = Object.keys(metafile.outputs).map((path) => path.replace(/^.*\/(?=tasks\/|cli\/)/, ''));
    const tasks = taskFolders(process.cwd()).filter(({ hasCode }) => hasCode);
    const expected = [...tasks.map(({ path }) => `${path}/task.js`), 'cli/safe-rollout.js'];
    assert.deepEqual(found.sort(), expected.sort());
  });

  it('need nothing but Node', () => {
    const builtin = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    for (const { imports } of Object.values(metafile.outputs))
      for (const { path, external } of imports) assert.ok(external !== true || builtin.has(path), path);
  });

  it('keep Azure out of a task that only reads files', () => {
    const validate = Object.entries(metafile.outputs).find(([path]) => path.includes('SafeRolloutValidate'))![1];
    const strangers = Object.keys(validate.inputs).filter((path) => /@azure|emulator|TaskApi/.test(path));
    assert.deepEqual(strangers, []);
  });

  it('load Azure DevOps into it where a pull request is written to, and not before', () => {
    const { entryPoint } = Object.values(metafile.outputs).find((one) => one.entryPoint?.includes('Validate'))!;
    const loaded = new Set([entryPoint!]);
    for (const file of loaded)
      for (const { path, kind } of metafile.inputs[file]?.imports ?? [])
        if (kind !== 'dynamic-import') loaded.add(path);
    assert.ok(loaded.has('src/agent/run-task.ts'), 'imports are followed');
    assert.deepEqual(
      [...loaded].filter((path) => /azure-devops-node-api|src\/devops/.test(path)),
      [],
    );
  });

  it('can be read in a stack trace, and started as a program', () => {
    const program = join(out, 'cli/safe-rollout.js');
    assert.match(readFileSync(program, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    if (process.platform !== 'win32') assert.equal(statSync(program).mode & 0o111, 0o111);
    for (const line of readFileSync(program, 'utf8').split('\n')) assert.ok(line.length < LONGEST_LINE);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')), { type: 'commonjs' });
  });
});
