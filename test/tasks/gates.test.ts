import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { evaluateOnce, SERVERS } from '../gates/server-task.ts';
import { agentEnvironment, runAsAgent } from './build-agent.ts';
import { taskFolder } from './built-tasks.ts';

/** What gates read is written here by the tasks themselves, and not by a test that knows what gates want. */
describe('release gates beside the tasks', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let env: Record<string, string>;

  before(async () => {
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    env = agentEnvironment(emulator);
    emulator.addBuild(Number(env['BUILD_BUILDID']), env['SYSTEM_PLANID']!);
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  });
  after(() => emulator.close());

  const run = async (task: string, inputs: Record<string, string>): Promise<void> => {
    const given = { azureSubscription: 'contoso', bake: '100ms', settle: '1s', ...inputs };
    const end = await runAsAgent({ folder: await taskFolder(task), inputs: given, env });
    assert.equal(end.result, 'Succeeded', end.log);
  };
  const passed = async (gate: string, inputs: Record<string, string>): Promise<boolean> => {
    const variables = { 'Build.BuildId': env['BUILD_BUILDID']!, 'system.teamProjectId': env['SYSTEM_TEAMPROJECTID']! };
    const verdicts = await Promise.all(
      SERVERS.map((server) => evaluateOnce(gate, { inputs, variables }, emulator, server)),
    );
    assert.equal(new Set(verdicts.map((one) => one.passed)).size, 1);
    return verdicts[0]!.passed;
  };

  it('say before a swap, after it and after its rollback what is so', async () => {
    const state = (): Promise<boolean> => passed('SafeRolloutStateGate', { service: 'payments' });
    const routing = (): Promise<boolean> =>
      passed('SafeRolloutRoutingGate', { appName: 'payments', resourceGroupName: 'rg' });
    const release = (expectedValue: string): Promise<boolean> =>
      passed('SafeRolloutHealthGate', {
        healthUrl: `${emulator.siteUrl('payments')}/health`,
        jsonPath: '$.release',
        expectedValue,
      });

    assert.deepEqual([await state(), await routing(), await release('1.0.0')], [false, true, true]);

    const app = { appName: 'payments', resourceGroupName: 'rg' };
    const health = { healthPath: '/health', healthInterval: '50ms', healthyThreshold: '2', startupGrace: '5s' };
    await run('SafeRolloutSwap', { ...app, ...health });
    assert.deepEqual([await state(), await routing(), await release('2.0.0')], [true, true, true]);

    await run('SafeRolloutRollback', { services: 'payments', scope: 'service' });
    assert.deepEqual([await state(), await routing(), await release('2.0.0')], [false, true, false]);
  });
});
