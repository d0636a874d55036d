import { dirname, resolve } from 'node:path';
import { readArmConnection } from '../../../src/agent/connection.ts';
import { rolloutPorts, undoStep } from '../../../src/agent/rollout-ports.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { commandHost } from '../../../src/host/command.ts';
import { readPackage } from '../../../src/host/package-file.ts';
import { readText } from '../../../src/host/text-file.ts';
import { concludeDeploy } from '../../../src/report/deploy-conclusion.ts';
import { deploy } from '../../../src/rollout/deploy/deploy.ts';
import { deploySettings } from '../../../src/rollout/deploy/deploy.settings.ts';
import { prepareDeployment } from '../../../src/rollout/deploy/prepare-deployment.ts';

void runTask(deploySettings, async (settings, agent) => {
  const connection = readArmConnection(settings.azureSubscription);
  const plan = await prepareDeployment(settings, connection.subscriptionId, { readText, readPackage });
  agent.expect(plan.services.length);
  const ports = rolloutPorts(agent, connection, settings.journal);
  const commands = commandHost(dirname(resolve(settings.graphFile)), agent.environment);
  const result = await deploy(plan, { ...ports, commands }, settings.reason);
  const { run } = ports.journal;
  return concludeDeploy(run, result, agent.story, (services) => undoStep(run, settings.journal, services));
});
