import { randomUUID } from 'node:crypto';
import { readArmConnection } from '../../../src/agent/connection.ts';
import { rolloutPorts, undoStep } from '../../../src/agent/rollout-ports.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { readPlace } from '../../../src/host/graph-place.ts';
import { concludeSwap } from '../../../src/report/swap-conclusion.ts';
import { swapRecorded } from '../../../src/rollout/swap/swap-recorded.ts';
import { swapRequest } from '../../../src/rollout/swap/swap-request.ts';
import { swapSettings } from '../../../src/rollout/swap/swap.settings.ts';

void runTask(swapSettings, async (settings, agent) => {
  const connection = readArmConnection(settings.azureSubscription);
  const request = swapRequest(settings, connection.subscriptionId, randomUUID());
  const place = await readPlace(settings, request.target);
  const { preserveVnet, reason, action, journal } = settings;
  const ports = rolloutPorts(agent, connection, journal, { preserveVnet, connections: 1 });
  const result = await swapRecorded(request, ports, { action, why: reason, place });
  const undo = undoStep(ports.journal.run, journal, place?.service ?? request.service);
  return concludeSwap(request, result, agent.story, undo);
});
