import { randomUUID } from 'node:crypto';
import { rolloutPorts } from '../../../src/agent/rollout-ports.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { concludeSwap } from '../../../src/report/swap-conclusion.ts';
import { swapRequest } from '../../../src/rollout/swap-request.ts';
import { swapSlot } from '../../../src/rollout/swap-slot.ts';
import { swapSettings } from '../../../src/rollout/swap.settings.ts';

void runTask(swapSettings, async (settings, agent) => {
  const connection = agent.armConnection(settings.azureSubscription);
  const request = swapRequest(settings, connection.subscriptionId, randomUUID());
  const result = await swapSlot(request, rolloutPorts(agent, connection, settings.journal));
  return concludeSwap(request, result, agent.story);
});
