import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT, lightPackage } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { releaseEnvironment, runAsAgent, type TaskEnd } from './build-agent.ts';
import { builtProduct, taskFolder } from './built-tasks.ts';

const GRAPH = `
version: 1
defaults: { resourceGroup: rg, probe: { path: /health, interval: 50ms, healthyThreshold: 2, startup: 0s } }
services:
  payments: { kind: appService, app: payments, slot: staging, package: payments.zip }
  store: { kind: appService, app: store, slot: staging, package: store.zip, dependsOn: [payments] }
`;
/** The alias of the artifact, and the artifact in it: where a release has what its build has published. */
const DROP = join('_contoso', 'drop');

describe('agent tasks in a classic release', function () {
  this.timeout(30_000);
  let work: string;
  let emulator: Emulator;
  let env: Record<string, string>;

  before(async () => void (await builtProduct()));
  beforeEach(async () => {
    work = mkdtempSync(join(tmpdir(), 'safe-rollout-release-'));
    const drop = join(work, DROP);
    mkdirSync(drop, { recursive: true });
    writeFileSync(join(drop, 'service-graph.yml'), GRAPH);
    const sites = ['payments', 'store'].map((name) => ({ name, resourceGroup: 'rg' }));
    emulator = await startEmulator({ ...LIGHT, sites });
    env = releaseEnvironment(emulator);
    const arm = await armClient(emulator);
    for (const name of ['payments', 'store']) {
      await arm.deploy(name, await tinyApp('1.0.0'));
      writeFileSync(join(drop, `${name}.zip`), await tinyApp('2.0.0'));
    }
  });
  afterEach(async () => {
    await emulator.close();
    rmSync(work, { recursive: true, force: true });
  });

  const run = async (
    task: string,
    inputs: Record<string, string> = {},
    more: Record<string, string> = {},
  ): Promise<TaskEnd> =>
    await runAsAgent({
      folder: await taskFolder(task),
      inputs: { azureSubscription: 'contoso', bake: '100ms', settle: '500ms', ...inputs },
      env: { ...env, ...more },
      cwd: work,
    });
  const graph = { graphFile: join(DROP, 'service-graph.yml') };
  const swapInputs = { appName: 'payments', resourceGroupName: 'rg', healthPath: '/health', healthInterval: '50ms' };
  const releases = (): (string | null)[] =>
    ['payments', 'store'].map((name) => emulator.siteState(name).slots['production']!.release);
  const ofJournal = (): { hub: string; run: string }[] =>
    emulator.attachments().map(({ hub, content }) => ({ hub, run: (JSON.parse(content) as { run: string }).run }));

  it('check a pipeline that came with the artifact', async () => {
    copyFileSync('examples/contoso/azure-pipelines.wrong-order.yml', join(work, DROP, 'azure-pipelines.yml'));
    copyFileSync('examples/contoso/service-graph.yml', join(work, DROP, 'service-graph.yml'));
    const end = await run('SafeRolloutValidate', { ...graph, pipelineFile: join(DROP, 'azure-pipelines.yml') });
    assert.equal(end.result, 'Failed');
    assert.match(end.log, /missing-order/);
    assert.match(end.summary, /missing-order/);
  });

  it('deploy, keep the journal with the release, and undo from it in a later task of the job', async () => {
    const deployed = await run('SafeRolloutDeploy', graph);
    assert.equal(deployed.result, 'Succeeded', deployed.log);
    assert.deepEqual(releases(), ['2.0.0', '2.0.0']);
    assert.equal(deployed.outputs['outcome'], 'deployed');
    assert.match(deployed.summary, /\| store \| done \|/);
    const kept = ofJournal();
    assert.ok(kept.length > 4);
    assert.ok(
      kept.every(({ hub, run: of }) => hub === 'release' && of === '12-34'),
      JSON.stringify(kept[0]),
    );

    const undone = await run('SafeRolloutRollback', { services: 'payments', incidentFile: 'incident.md' });
    assert.equal(undone.result, 'Succeeded', undone.log);
    assert.deepEqual(releases(), ['1.0.0', '1.0.0']);
    assert.deepEqual(undone.outputs, { outcome: 'rolled-back', restored: 'payments, store' });
    // Of the two who are known to a release, who has started it, and not who has started its build.
    assert.match(readFileSync(join(work, 'incident.md'), 'utf8'), /Ada/);
    assert.doesNotMatch(readFileSync(join(work, 'incident.md'), 'utf8'), /Grace/);
  });

  for (const hostType of ['release', 'deployment'])
    it(`swap in a job of the host type ${hostType}`, async () => {
      await (await armClient(emulator)).deploy('payments-staging', await tinyApp('2.0.0'));
      const end = await run('SafeRolloutSwap', swapInputs, { SYSTEM_HOSTTYPE: hostType });
      assert.equal(end.result, 'Succeeded', end.log);
      assert.deepEqual([...new Set(ofJournal().map(({ hub, run: of }) => `${hub} ${of}`))], ['release 12-34']);
    });

  it('name the run of a journal in a file by the release, and not by the build that several of them have', async () => {
    const journal = 'journal.jsonl';
    const first = await run('SafeRolloutDeploy', { ...graph, services: 'payments', journal });
    const second = await run('SafeRolloutDeploy', { ...graph, journal }, { RELEASE_DEPLOYMENTID: '35' });
    assert.deepEqual([first.result, second.result], ['Succeeded', 'Succeeded'], second.log);
    const lines = readFileSync(join(work, journal), 'utf8').trim().split('\n');
    const runs = lines.map((line) => (JSON.parse(line) as { run: string }).run);
    assert.deepEqual([...new Set(runs)], ['12-34', '12-35']);
  });

  it('warn in another job, whose journal is another one, that nothing of the first was undone', async () => {
    await run('SafeRolloutDeploy', graph);
    const other = { SYSTEM_PLANID: randomUUID(), SYSTEM_TIMELINEID: randomUUID(), SYSTEM_JOBID: randomUUID() };
    const end = await run('SafeRolloutRollback', {}, other);
    assert.deepEqual([end.result, end.outputs['outcome']], ['Succeeded', 'nothing']);
    assert.match(
      end.log,
      /##vso\[task\.logissue type=warning;[^\]]*\]This job has written no journal\. In a classic release/,
    );
    assert.deepEqual(releases(), ['2.0.0', '2.0.0']);
    // In a pipeline all jobs have one journal, and a hook may well stand behind a job that has done nothing.
    const inPipeline = await run(
      'SafeRolloutRollback',
      {},
      { ...other, SYSTEM_HOSTTYPE: 'build', BUILD_BUILDID: '4712' },
    );
    assert.doesNotMatch(inPipeline.log, /type=warning/);
  });

  it('say how a person takes back what a release has done', async () => {
    await (await armClient(emulator)).deploy('payments-staging', await lightPackage('2.0.0', 'Production'));
    const end = await run('SafeRolloutSwap', { ...swapInputs, onUnhealthy: 'abort', swapGrace: '0s' });
    assert.equal(end.result, 'Failed', end.log);
    assert.match(
      end.message,
      /SafeRolloutRollback@1 with services: payments as a later task of this job, which runs when a previous task has failed/,
    );
    assert.doesNotMatch(end.message, /Rerun failed jobs/);
  });
});
