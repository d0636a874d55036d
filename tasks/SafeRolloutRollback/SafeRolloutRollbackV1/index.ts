import { readArmConnection } from '../../../src/agent/connection.ts';
import { requestedBy } from '../../../src/agent/pipeline-run.ts';
import { rolloutPorts, undoStep, warnOfOtherJobs } from '../../../src/agent/rollout-ports.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { readText, writeText } from '../../../src/host/text-file.ts';
import { recordIncident } from '../../../src/report/incident-record.ts';
import { concludeRollBack } from '../../../src/report/roll-back-conclusion.ts';
import { recover } from '../../../src/rollout/recover/recover.ts';
import { rollBackSettings } from '../../../src/rollout/recover/roll-back.settings.ts';

void runTask(rollBackSettings, async (settings, agent) => {
  const { reason = 'the job failed', journal, incidentFile } = settings;
  const connection = readArmConnection(settings.azureSubscription);
  const ports = rolloutPorts(agent, connection, journal);
  const result = await recover(settings, connection.subscriptionId, reason, { readText }, ports);
  if (result.isUnwritten) warnOfOtherJobs(agent, journal);
  const about = { result, reason, by: requestedBy() };
  const again = undoStep(ports.journal.run, journal, (settings.services ?? []).join(','));
  return concludeRollBack(result, await recordIncident(about, incidentFile, ports, writeText), agent.story, again);
});
