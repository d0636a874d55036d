import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { chainEnds } from '../../src/journal/chain.ts';
import { parseEntry } from '../../src/journal/entry.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, runAsAgent, type TaskEnd } from './build-agent.ts';
import { taskFolder } from './built-tasks.ts';

describe('SafeRolloutSwap, as the agent runs it', () => {
  let emulator: Emulator;
  let folder: string;
  let env: Record<string, string>;

  before(async () => (folder = await taskFolder('SafeRolloutSwap')));
  beforeEach(async () => {
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    env = agentEnvironment(emulator);
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  });
  afterEach(() => emulator.close());

  const inputs = {
    azureSubscription: 'contoso',
    appName: 'payments',
    resourceGroupName: 'rg',
    healthPath: '/health',
    versionPath: '/',
    versionJson: '$.release',
    healthInterval: '50ms',
    healthyThreshold: '2',
    startupGrace: '5s',
    bake: '100ms',
    settle: '1s',
  };
  const swap = (more: Record<string, string> = {}, moreEnv: Record<string, string> = {}): Promise<TaskEnd> =>
    runAsAgent({ folder, inputs: { ...inputs, ...more }, env: { ...env, ...moreEnv } });
  const production = (): string | null => emulator.siteState('payments').slots['production']!.release;

  it('promotes, tells what it did and keeps a journal with the run', async () => {
    const end = await swap({ expectedVersion: '2.0.0', reason: 'INC-4711' });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(end.exitCode, 0);
    assert.equal(production(), '2.0.0');
    assert.equal(emulator.siteState('payments').swaps.length, 1);
    assert.equal(end.outputs['outcome'], 'promoted');
    assert.equal(end.outputs['releaseBefore'], '1.0.0');
    assert.equal(end.outputs['releaseAfter'], '2.0.0');
    assert.match(end.outputs['promotionId'] ?? '', /^[0-9a-f-]{36}$/);
    assert.match(end.summary, /^## Swap of payments[\s\S]*\| Time/);
    const entries = emulator
      .attachments()
      .map(({ content }) => JSON.parse(content) as { action: string; phase: string; run: string; reason: string });
    assert.deepEqual(
      entries
        .filter(({ action }) => action === 'plan' || action === 'promote')
        .map(({ action, phase }) => `${action} ${phase}`),
      ['plan done', 'promote intent', 'promote done'],
    );
    assert.deepEqual([...new Set(entries.map(({ run }) => run))], ['4711']);
    assert.match(entries[0]!.reason, /^swap 'staging' into 'production' of 'payments': INC-4711$/);
    assert.equal(end.stderr, '');
    const texts = emulator.attachments().map(({ content }) => content);
    const written = texts.map((text) => parseEntry(text)).filter((one) => typeof one !== 'string');
    assert.equal(written.length, texts.length);
    const [last] = chainEnds(written);
    const named = `run 4711, ${texts.length} entries by writer ${last!.writer}, last entry ${last!.hash}`;
    assert.match(end.log, new RegExp(`^Journal: ${named}$`, 'm'));
    assert.ok(end.summary.includes(named), end.summary);
  });

  it('names the last entry of its journal when it fails as well, and none where it wrote none', async () => {
    await (await armClient(emulator)).site('POST', 'payments/slots/staging/stop');
    const failed = await swap();
    assert.equal(failed.result, 'Failed', failed.log);
    assert.match(failed.log, /^Journal: run 4711, 2 entries by writer \S+, last entry [0-9a-f]{64}$/m);
    const wrong = await swap({ appName: 'nowhere/at all' });
    assert.equal(wrong.result, 'Failed', wrong.log);
    assert.doesNotMatch(wrong.log, /^Journal/m);
  });

  it("loads nothing of Node's fetch, which costs more memory than all that a swap is", async () => {
    const out = mkdtempSync(join(tmpdir(), 'safe-rollout-loaded-'));
    const [hook, list] = [join(out, 'hook.cjs'), join(out, 'loaded.json')];
    const write = `require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList))`;
    writeFileSync(hook, `process.on('exit', () => ${write});`);
    const end = await swap({}, { NODE_OPTIONS: `--require ${hook}` });
    const loaded = JSON.parse(readFileSync(list, 'utf8')) as string[];
    rmSync(out, { recursive: true });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.ok(loaded.includes('NativeModule https'));
    assert.deepEqual(
      loaded.filter((name) => /undici|http2/.test(name)),
      [],
    );
  });

  it('takes the inputs of AzureAppServiceManage as they are', async () => {
    const { azureSubscription, appName, resourceGroupName, ...rest } = inputs;
    const old = {
      ConnectedServiceName: azureSubscription,
      WebAppName: appName,
      ResourceGroupName: resourceGroupName,
      Action: 'Swap Slots',
      SourceSlot: 'staging',
      SwapWithProduction: 'true',
    };
    const end = await runAsAgent({ folder, inputs: { ...rest, ...old }, env });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(production(), '2.0.0');
  });

  /** The `on: failure` hook that many pipelines have: production is named first, and the swap is blind. */
  describe('as the hook that swaps production with staging', () => {
    const hook = (): Promise<TaskEnd> => {
      const { azureSubscription, appName, resourceGroupName, ...rest } = inputs;
      const old = {
        ConnectedServiceName: azureSubscription,
        WebAppName: appName,
        ResourceGroupName: resourceGroupName,
      };
      const slots = { Action: 'Swap Slots', SourceSlot: 'production', TargetSlot: 'staging' };
      return runAsAgent({ folder, inputs: { ...rest, startupGrace: '0s', ...old, ...slots }, env });
    };

    it('brings the release in staging to users when it is healthy, and says which one that is', async () => {
      const arm = await armClient(emulator);
      await arm.deploy('payments', await tinyApp('1.0.0', 503));
      const end = await hook();
      assert.equal(end.result, 'Succeeded', end.log);
      assert.equal(production(), '2.0.0');
      assert.match(end.log, /the release in 'staging' goes to 'production', so that one is judged/);
      assert.match(end.message, /Promoted, payments: staging to production/);
    });

    it('does not put a broken release live, though production would pass', async () => {
      const arm = await armClient(emulator);
      await arm.deploy('payments-staging', await tinyApp('2.0.1', 503));
      const end = await hook();
      assert.equal(end.result, 'Failed', end.log);
      assert.equal(end.outputs['outcome'], 'refused');
      assert.equal(production(), '1.0.0');
      assert.equal(emulator.requests({ method: 'POST', path: /slotsswap/ }).length, 0);
    });
  });

  it('fails without touching anything when the release is unhealthy in its gate', async () => {
    const arm = await armClient(emulator);
    await arm.deploy('payments-staging', await tinyApp('2.0.1', 503));
    const end = await swap({ startupGrace: '0s' });
    assert.equal(end.result, 'Failed');
    assert.equal(end.exitCode, 0);
    assert.equal(end.outputs['outcome'], 'refused');
    assert.match(end.message, /did not pass its gate: unhealthy/);
    assert.equal(production(), '1.0.0');
    assert.equal(emulator.requests({ method: 'POST', path: /slotsswap/ }).length, 0);
  });

  it('asks what the service graph says that it needs, and swaps nothing until that is there', async () => {
    const graph = (range: string): string => `version: 1
deploys: [payments]
services:
  ledger: { kind: appService, app: ledger, resourceGroup: rg, probe: { path: /health }, version: { path: /, json: $.release } }
  payments: { kind: appService, app: payments, resourceGroup: rg, dependsOn: [ledger@${range}] }
`;
    await emulator.addSite({ name: 'ledger', resourceGroup: 'rg' });
    await (await armClient(emulator)).deploy('ledger', await tinyApp('1.4.0'));
    const graphFile = join(await mkdtemp(join(tmpdir(), 'safe-rollout-graph-')), 'service-graph.yml');
    try {
      await writeFile(graphFile, graph('2.x'));
      const refused = await swap({ graphFile });
      assert.match(refused.message, /'payments' needs ledger@2\.x, but it is at 1\.4\.0\. Nothing was swapped/);
      assert.equal(emulator.requests({ method: 'POST', path: /slotsswap/ }).length, 0);
      await writeFile(graphFile, graph('1.x'));
      const end = await swap({ graphFile });
      assert.equal(end.result, 'Succeeded', end.log);
      assert.equal(production(), '2.0.0');
    } finally {
      await rm(dirname(graphFile), { recursive: true });
    }
  });

  it('says everything that is wrong with its inputs, and does nothing', async () => {
    const end = await swap({
      bake: '5',
      healthPath: '$(healthPath)',
      swapWithProduction: 'maybe',
      Action: 'Restart Azure App Service',
      resourceGroupName: '',
    });
    assert.equal(end.result, 'Failed');
    assert.deepEqual(
      end.errors.slice(0, -1).map((line) => line.split(/[ :]/)[0]),
      ['action', 'resourceGroupName', 'healthPath', 'bake', 'swapWithProduction'],
    );
    assert.match(end.message, /^5 inputs are wrong; nothing was done/);
    assert.equal(emulator.requests().length, emulator.requests({ method: 'POST', path: /publish|token/ }).length);
  });

  it('refuses a target slot that contradicts swapWithProduction', async () => {
    const end = await swap({ targetSlot: 'blue', SwapWithProduction: 'true' });
    assert.match(end.errors[0] ?? '', /^swapWithProduction: 'true' contradicts the target slot 'blue'/);
  });

  it('masks the secrets of the connection and of the job before anything else is said of them', async () => {
    const end = await swap({}, { SYSTEM_DEBUG: 'true' });
    for (const secret of [emulator.clientSecret, emulator.devOpsToken]) {
      const lines = end.log.split('\n').filter((line) => line.includes(secret));
      assert.deepEqual(lines, [`##vso[task.setsecret]${secret}`]);
    }
    assert.equal(end.result, 'Succeeded');
  });

  it('never lets the app speak to the agent', async () => {
    const arm = await armClient(emulator);
    const version = '2.0.0 ##vso[task.setvariable variable=x;isOutput=true]1 ##[error]mine';
    await arm.deploy('payments-staging', await tinyApp(version.replaceAll("'", '')));
    const end = await swap({ expectedVersion: '3.0.0', startupGrace: '0s' });
    assert.equal(end.result, 'Failed');
    assert.match(end.message, /2\.0\.0/, 'the version was not even quoted');
    assert.equal(end.outputs['x'], undefined);
    assert.ok(!/^##\[error\].*##\[error\]/m.test(end.log));
    assert.ok(!end.summary.includes('##vso['));
  });

  for (const [scheme, parameters, said] of [
    ['PublishProfile', {}, /signs in with PublishProfile, which reaches one app only\. Use an Azure Resource Manager/],
    ['WorkloadIdentityFederation', {}, /Service connection 'Contoso production': serviceprincipalid is required/],
    [
      'ServicePrincipal',
      { authenticationType: 'spnCertificate', servicePrincipalCertificate: 'MIIC' },
      /servicePrincipalCertificate: '\*\*\*' must be PEM: the certificate and its private key/,
    ],
    [
      'ServicePrincipal',
      { authenticationType: 'spnKey' },
      /Service connection 'Contoso production': tenantid is required/,
    ],
  ] as const)
    it(`says what it cannot use of a connection: ${scheme} ${JSON.stringify(parameters)}`, async () => {
      const end = await swap({}, { ENDPOINT_AUTH_contoso: JSON.stringify({ scheme, parameters }) });
      assert.equal(end.result, 'Failed');
      assert.match(end.errors.join('\n'), said);
    });

  it('explains a missing slot and an expired secret, and changes nothing', async () => {
    const missing = await swap({ sourceSlot: 'blue' });
    assert.match(missing.message, /App 'payments' has no slot 'blue'\. Create it/);
    const wrongSecret = JSON.parse(env['ENDPOINT_AUTH_contoso']!) as { parameters: Record<string, string> };
    wrongSecret.parameters['serviceprincipalkey'] = 'expired-secret';
    const expired = await swap({}, { ENDPOINT_AUTH_contoso: JSON.stringify(wrongSecret) });
    assert.match(expired.message, /did not accept the credentials/);
    assert.equal(emulator.siteState('payments').swaps.length, 0);
  });

  it('ends when nobody reads its log any more, and begins nothing', async () => {
    const end = await runAsAgent({
      folder,
      inputs: { ...inputs, healthyThreshold: '20' },
      env,
      onStart: async (child) => {
        // The agent dies while the gate is being asked.
        while (emulator.served({ site: 'payments', host: 'staging' }).length === 0) await setTimeout(10);
        child.stdout?.destroy();
        child.stderr?.destroy();
      },
    });
    assert.equal(end.exitCode, 0);
    assert.equal(emulator.requests({ method: 'POST', path: /slotsswap/ }).length, 0);
    assert.equal(production(), '1.0.0');
  }).timeout(30_000);

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`stops in time on ${signal}, begins nothing more and says so`, async () => {
      const arm = await armClient(emulator);
      await arm.deploy('payments-staging', await tinyApp('2.0.1', 503));
      let sentAt = 0;
      const end = await runAsAgent({
        folder,
        inputs: { ...inputs, startupGrace: '1h' },
        env,
        onStart: async (child) => {
          // The first question to the slot shows that the gate is being waited for.
          while (emulator.served({ site: 'payments', host: 'staging' }).length === 0) await setTimeout(10);
          sentAt = performance.now();
          child.kill(signal);
        },
      });
      assert.ok(sentAt > 0 && performance.now() - sentAt < 2000, `took ${performance.now() - sentAt} ms`);
      assert.equal(end.result, 'Failed');
      assert.match(end.message, new RegExp(`stopped by ${signal}`));
      assert.equal(emulator.requests({ method: 'POST', path: /slotsswap/ }).length, 0);
    });
});
