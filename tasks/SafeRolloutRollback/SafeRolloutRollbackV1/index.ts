import { readArmConnection } from '../../../src/agent/connection.ts';
import { rolloutPorts } from '../../../src/agent/rollout-ports.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { concludeRollBack } from '../../../src/report/roll-back-conclusion.ts';
import { rollBack } from '../../../src/rollout/roll-back.ts';
import { changedPolicy, rollBackSettings } from '../../../src/rollout/roll-back.settings.ts';

void runTask(rollBackSettings, async (settings, agent) => {
  const { scope, services = [], reason = 'the job failed' } = settings;
  const ports = rolloutPorts(agent, readArmConnection(settings.azureSubscription), settings.journal);
  const result = await rollBack({ scope, services, reason, policy: changedPolicy(settings) }, ports);
  return concludeRollBack(ports.journal.run, result, agent.story);
});
