import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, runAsAgent, type TaskEnd, type TaskRun } from './build-agent.ts';
import { builtProduct, taskFolder } from './built-tasks.ts';

const GRAPH = `
version: 1
defaults: { resourceGroup: rg, probe: { path: /health, interval: 50ms, healthyThreshold: 2, startup: 0s } }
services:
  schema: { kind: command, run: [node, schema.cjs] }
  payments: { kind: appService, app: payments, slot: staging, package: payments.zip, dependsOn: [schema] }
  store: { kind: appService, app: store, slot: staging, package: store.zip, dependsOn: [payments] }
`;

/** Two jobs on two agents that share nothing but the run: each has its own folder and its own job id. */
describe('SafeRolloutDeploy and SafeRolloutRollback, as the agent runs them', function () {
  this.timeout(30_000);
  let work: string;
  let emulator: Emulator;
  let env: Record<string, string>;

  before(async () => void (await builtProduct()));
  beforeEach(async () => {
    work = mkdtempSync(join(tmpdir(), 'safe-rollout-job-'));
    writeFileSync(join(work, 'service-graph.yml'), GRAPH);
    writeFileSync(join(work, 'schema.cjs'), "console.log('##vso[task.complete result=Failed;]schema is at 3')");
    emulator = await startEmulator({
      ...LIGHT,
      sites: ['payments', 'store'].map((name) => ({ name, resourceGroup: 'rg' })),
    });
    env = agentEnvironment(emulator);
    const arm = await armClient(emulator);
    for (const name of ['payments', 'store']) {
      await arm.deploy(name, await tinyApp('1.0.0'));
      writeFileSync(join(work, `${name}.zip`), await tinyApp('2.0.0'));
    }
  });
  afterEach(async () => {
    await emulator.close();
    rmSync(work, { recursive: true, force: true });
  });

  const run = async (
    name: string,
    more: Record<string, string> = {},
    options: Partial<TaskRun> = {},
  ): Promise<TaskEnd> =>
    await runAsAgent({
      folder: await taskFolder(name),
      inputs: { azureSubscription: 'contoso', bake: '100ms', settle: '500ms', ...more },
      env,
      cwd: work,
      ...options,
    });
  const releases = () => ['payments', 'store'].map((name) => emulator.siteState(name).slots['production']!.release);
  const swapsSent = () => emulator.requests({ method: 'POST', path: /slotsswap/ }).length;

  it('deploys in order, with a log group a service and the progress of the whole', async () => {
    const end = await run('SafeRolloutDeploy');
    assert.equal(end.result, 'Succeeded', end.log);
    assert.deepEqual(releases(), ['2.0.0', '2.0.0']);
    assert.deepEqual(end.outputs, { outcome: 'deployed', deployed: 'schema, payments, store', restored: '' });
    assert.match(end.log, /##\[group\]payments\n[\s\S]*##\[endgroup\]\n[\s\S]*##\[group\]store\n/);
    assert.match(end.log, /task\.setprogress value=99;/);
    assert.match(end.log, /# #vso\[task\.complete result=Failed;\]schema is at 3/);
    assert.match(end.summary, /\| store \| done \|/);
  });

  it('skips what depends on a failure, and fails with what failed alone', async () => {
    writeFileSync(join(work, 'payments.zip'), await tinyApp('2.0.0', 503));
    const end = await run('SafeRolloutDeploy');
    assert.equal(end.result, 'Failed');
    assert.deepEqual(releases(), ['1.0.0', '1.0.0']);
    assert.match(end.message, /^Not deployed.*payments refused/);
    assert.doesNotMatch(end.message, /store/);
    assert.match(end.summary, /\| store \| skipped \|/);
    assert.equal(swapsSent(), 0);
  });

  it('undoes, on another agent, what an agent that died had begun, and once', async () => {
    emulator.addFault({
      match: { method: 'POST', path: '/payments/.*slotsswap$' },
      effect: { kind: 'swap-slow', ms: 600 },
    });
    const dead = await run(
      'SafeRolloutDeploy',
      {},
      {
        onStart: async (child) => {
          while (swapsSent() === 0) await setTimeout(10);
          child.kill('SIGKILL');
        },
      },
    );
    assert.equal(dead.result, undefined);
    const other = mkdtempSync(join(tmpdir(), 'safe-rollout-hook-'));
    const hook = {
      cwd: other,
      env: { ...env, SYSTEM_JOBID: 'another-job', SYSTEM_TIMELINEID: env['SYSTEM_TIMELINEID']! },
    };
    const undone = await run('SafeRolloutRollback', {}, hook);
    assert.equal(undone.result, 'Succeeded', undone.log);
    assert.deepEqual(undone.outputs, { outcome: 'rolled-back', restored: 'payments' });
    assert.deepEqual(releases(), ['1.0.0', '1.0.0']);
    const again = await run('SafeRolloutRollback', {}, hook);
    assert.deepEqual([again.result, again.outputs['outcome']], ['Succeeded', 'nothing']);
    assert.equal(swapsSent(), 2);
    rmSync(other, { recursive: true, force: true });
  });

  it('does nothing without a graph, a package or a pipeline run, and says which', async () => {
    const cases: [Record<string, string>, Record<string, string>, RegExp][] = [
      [{ graphFile: join(work, 'no.yml') }, {}, /no\.yml: does not exist/],
      [{ release: 'payments=3.0.0' }, {}, /--release payments=3\.0\.0 contradicts the package/],
      [
        {},
        { SYSTEM_PLANID: '', SYSTEM_TIMELINEID: '' },
        /the agent did not provide System\.PlanId, System\.TimelineId/,
      ],
    ];
    for (const [inputs, moreEnv, said] of cases) {
      const end = await run('SafeRolloutDeploy', inputs, { env: { ...env, ...moreEnv } });
      assert.equal(end.result, 'Failed');
      assert.match(end.errors.join('\n'), said);
    }
    assert.equal(swapsSent(), 0);
  });

  it('takes the working folder, which the agent makes of an empty path, for nothing given', async () => {
    const end = await run('SafeRolloutDeploy', { graphFile: work });
    assert.equal(end.result, 'Succeeded', end.log);
  });

  it('keeps the journal in a file where that is asked for', async () => {
    const file = join(work, 'journal/here.jsonl');
    const end = await run('SafeRolloutDeploy', { journal: file, services: 'schema' });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(emulator.attachments().length, 0);
  });
});

describe('SafeRolloutValidate, as the agent runs it', function () {
  this.timeout(30_000);
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'safe-rollout-validate-'));
    writeFileSync(join(work, 'service-graph.yml'), GRAPH);
  });
  afterEach(() => rmSync(work, { recursive: true, force: true }));

  it('fails at the place of every finding', async () => {
    const step = (service: string) =>
      `steps: [{ task: SafeRolloutDeploy@1, inputs: { azureSubscription: c, services: ${service} } }]`;
    writeFileSync(
      join(work, 'azure-pipelines.yml'),
      `jobs:\n- job: Store\n  ${step('store')}\n- job: Payments\n  ${step('payments')}\n- job: Schema\n  ${step('schema')}\n`,
    );
    const end = await runAsAgent({ folder: await taskFolder('SafeRolloutValidate'), inputs: {}, cwd: work });
    assert.equal(end.result, 'Failed');
    assert.match(
      end.log,
      /##vso\[task\.logissue type=error;sourcepath=azure-pipelines\.yml;linenumber=2;columnnumber=\d+;code=missing-order\]store needs payments/,
    );
    assert.equal(end.outputs['outcome'], 'findings');
    assert.match(end.summary, /missing-order/);
  });
});
