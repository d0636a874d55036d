import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sarifProblems } from '../finding/sarif-structure.ts';
import { assertWellFormed } from '../finding/xml-form.ts';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout, type CommandEnd } from './command-line.ts';

const CONTOSO = 'examples/contoso';

/** A team's first day, in a repository with the wrong order: each command as a person types it. */
describe('validate in an old repository', function () {
  this.timeout(30_000);
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const validate = async (...args: string[]): Promise<CommandEnd> =>
    await safeRollout(['validate', ...args], { cwd: folder });

  before(async () => void (await builtProduct()));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'safe-rollout-validate-'));
    copyFileSync(join(CONTOSO, 'azure-pipelines.wrong-order.yml'), file('azure-pipelines.yml'));
    copyFileSync(join(CONTOSO, 'service-graph.yml'), file('service-graph.yml'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('accepts what is there by a baseline, and fails on what is new', async () => {
    const written = await validate('--write-baseline', 'ci/baseline.json');
    assert.equal(written.exitCode, 0, written.stderr);
    assert.match(written.stdout, /^The check passes; accepted: \d findings of the baseline\.\n$/);
    const baseline = read('ci/baseline.json');
    const again = await validate('--baseline', 'ci/baseline.json', '--write-baseline', 'ci/baseline.json');
    assert.equal(again.exitCode, 0);
    assert.equal(read('ci/baseline.json'), baseline, 'written twice, it is the same file');
    assert.equal((await validate('--baseline', 'ci/baseline.json', '--fail-on', 'error')).exitCode, 1);
    // From another folder, with other paths to the same files.
    const away = await safeRollout(
      [
        'validate',
        file('azure-pipelines.yml'),
        '--graph-file',
        file('service-graph.yml'),
        '--baseline',
        file('ci/baseline.json'),
      ],
      { cwd: tmpdir() },
    );
    assert.equal(away.exitCode, 0, away.stdout);
    writeFileSync(
      file('service-graph.yml'),
      read('service-graph.yml').replace('app: app-contoso-store', 'app: app-other'),
    );
    const later = await validate('--baseline', 'ci/baseline.json');
    assert.equal(later.exitCode, 1);
    assert.match(later.stdout, /undeployed-service[^]*\d findings of the baseline are gone/);
  });

  it('writes no baseline over faults, and refuses one that it cannot read', async () => {
    writeFileSync(file('azure-pipelines.yml'), 'stages: 3\n');
    const faulty = await validate('--write-baseline', 'baseline.json');
    assert.deepEqual([faulty.exitCode, existsSync(file('baseline.json'))], [1, false]);
    assert.match(faulty.stderr, /baseline\.json was not written/);
    writeFileSync(file('baseline.json'), '{}');
    const bad = await validate('--baseline', 'baseline.json', '--format', 'json');
    assert.equal(bad.exitCode, 2);
    assert.match((JSON.parse(bad.stdout) as { error: { message: string } }).error.message, /is no baseline/);
  });

  it('shows what --fix would write as a difference that git takes, then writes the same', async () => {
    const before = read('azure-pipelines.yml');
    const dry = await validate('--fix', '--dry-run');
    assert.equal(dry.exitCode, 1, 'nothing is mended yet');
    assert.equal(read('azure-pipelines.yml'), before);
    assert.match(dry.stderr, /would write dependsOn DeployPayments at stage DeployStore/);
    execFileSync('git', ['apply', '-'], { cwd: folder, input: dry.stdout });
    const patched = read('azure-pipelines.yml');
    assert.notEqual(patched, before);
    writeFileSync(file('azure-pipelines.yml'), before);
    const mode = statSync(file('azure-pipelines.yml')).mode;
    const fixed = await validate('--fix');
    assert.equal(fixed.exitCode, 0, fixed.stderr);
    assert.doesNotMatch(fixed.stdout, /error/);
    assert.match(fixed.stdout, /^The order holds for 5 deployments/m);
    assert.equal(read('azure-pipelines.yml'), patched);
    assert.equal(statSync(file('azure-pipelines.yml')).mode, mode);
    assert.deepEqual(
      readdirSync(folder).sort(),
      ['azure-pipelines.yml', 'service-graph.yml'],
      'nothing is left lying about',
    );
    assert.equal((await validate('--fix')).exitCode, 0);
    assert.equal(read('azure-pipelines.yml'), patched);
  });

  it('writes every file that it is asked for, and still prints its text', async () => {
    const end = await validate('--sarif-file', 'out/a.sarif', '--junit-file', 'out/b.xml', '--svg-file', 'out/c.svg');
    assert.equal(end.exitCode, 1);
    assert.match(end.stdout, /missing-order/);
    assert.deepEqual(sarifProblems(JSON.parse(read('out/a.sarif'))), []);
    assertWellFormed(read('out/b.xml'));
    assertWellFormed(read('out/c.svg'));
    assert.deepEqual(readdirSync(file('out')).sort(), ['a.sarif', 'b.xml', 'c.svg']);
  });

  const formats: [string, RegExp][] = [
    ['sarif', /^\{\n {2}"\$schema"/],
    ['junit', /^<\?xml version="1\.0"/],
    ['svg', /^<svg /],
    ['mermaid', /^flowchart LR\n/],
    ['dot', /^digraph order \{\n/],
    ['json', /^\{\n {2}"ok": false/],
    ['text', /^azure-pipelines\.yml:\d+:\d+: error missing-order/m],
  ];
  for (const [format, begins] of formats)
    it(`--format ${format} prints it alone, and --output writes the same to a file`, async () => {
      const printed = await validate('--format', format);
      assert.equal(printed.exitCode, 1);
      assert.match(printed.stdout, begins);
      const written = await validate('--format', format, '--output', 'x/out');
      assert.deepEqual([written.exitCode, written.stdout], [1, '']);
      assert.equal(read('x/out'), printed.stdout);
      assert.match(written.stderr, /The order is not proven/);
    });

  it('says what is wrong with its flags, all at once', async () => {
    const end = await validate(
      '--dry-run',
      '--fail-on',
      'maybe',
      '--severity',
      'missing-odrer=warning',
      '--format',
      'pdf',
    );
    assert.equal(end.exitCode, 2);
    for (const part of [/--fail-on/, /--severity: .*did you mean 'missing-order'/, /--format/])
      assert.match(end.stderr, part);
    assert.match((await validate('--dry-run')).stderr, /only together with --fix/);
  });

  it('cannot write a folder, and leaves nothing behind', async () => {
    const end = await validate('--sarif-file', '.');
    assert.equal(end.exitCode, 2);
    assert.match(end.stderr, /cannot be written: is a folder/);
    assert.equal(readdirSync(folder).length, 2);
  });
});
