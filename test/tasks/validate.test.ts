import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sarifProblems } from '../finding/sarif-structure.ts';
import { assertWellFormed } from '../finding/xml-form.ts';
import { runAsAgent, type TaskEnd } from './build-agent.ts';
import { builtProduct } from './built-tasks.ts';

const CONTOSO = 'examples/contoso';

describe('SafeRolloutValidate as the agent runs it', function () {
  this.timeout(30_000);
  let cwd: string;
  let task: string;
  const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
  const run = async (inputs: Record<string, string> = {}): Promise<TaskEnd> =>
    await runAsAgent({ folder: task, inputs, cwd });

  before(async () => {
    task = join(await builtProduct(), 'tasks/SafeRolloutValidate/SafeRolloutValidateV1');
  });
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-sources-'));
    copyFileSync(join(CONTOSO, 'azure-pipelines.wrong-order.yml'), join(cwd, 'azure-pipelines.yml'));
    copyFileSync(join(CONTOSO, 'service-graph.yml'), join(cwd, 'service-graph.yml'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  it('annotates the file, fails, and tells the page of the run', async () => {
    const end = await run();
    assert.equal(end.exitCode, 0);
    assert.equal(end.result, 'Failed');
    assert.equal(end.message, 'The order is not proven: 2 errors.');
    assert.equal(end.log.match(/code=missing-order\]/g)?.length, 2);
    assert.match(
      end.log,
      /##vso\[task\.logissue type=error;sourcepath=azure-pipelines\.yml;linenumber=\d+;columnnumber=\d+;code=missing-order\]/,
    );
    assert.match(end.summary, /## Order of the pipeline[^]*\| Where \| Rule \| What \|/);
    assert.equal(end.outputs['outcome'], 'findings');
  });

  it('writes SARIF, JUnit and the picture with paths of the repository', async () => {
    await run({ sarifFile: 'out/order.sarif', junitFile: 'out/order.xml', svgFile: 'out/order.svg' });
    const sarif = read('out/order.sarif');
    assert.deepEqual(sarifProblems(JSON.parse(sarif)), []);
    assert.match(sarif, /"uri": "azure-pipelines\.yml"/);
    assert.ok(!sarif.includes(cwd), 'no path of this machine');
    assertWellFormed(read('out/order.xml'));
    assertWellFormed(read('out/order.svg'));
  });

  it('succeeds with a baseline, with failOn never, and when the findings are suppressed', async () => {
    const never = await run({ failOn: 'never' });
    assert.deepEqual([never.result, never.errors.length], ['Succeeded', 0]);
    assert.match(never.log, /type=warning;/);
    const reason = 'both are behind one feature flag';
    const marked = read('azure-pipelines.yml').replace(
      '- stage: DeployStore\n',
      `- stage: DeployStore # safe-rollout-ignore missing-order: ${reason}\n`,
    );
    writeFileSync(join(cwd, 'azure-pipelines.yml'), marked);
    const end = await run();
    assert.deepEqual([end.result, end.outputs['suppressed']], ['Succeeded', '2']);
    assert.match(end.summary, new RegExp(reason));
  });

  it('says in one line which file cannot be read', async () => {
    const end = await run({ baseline: 'nowhere.json' });
    assert.equal(end.result, 'Failed');
    assert.match(end.log, /nowhere\.json: does not exist/);
  });
});
