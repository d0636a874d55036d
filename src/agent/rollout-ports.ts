import { randomUUID } from 'node:crypto';
import { azureHosts, type AzureOptions } from '../azure/app-service.ts';
import { credentialFor, type AzureEndpoints } from '../azure/credentials.ts';
import { timelineJournal } from '../devops/timeline-journal.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { recorder, type Recorder } from '../journal/recorder.ts';
import { httpGet } from '../probe/http.ts';
import { journalLocks } from '../rollout/journal-locks.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { JournalChoice } from '../rollout/promotion.settings.ts';
import { systemClock } from '../time/clock.ts';
import type { ArmConnection } from './connection.ts';
import { agentCa, agentNetwork, useAgentProxy } from './network.ts';
import { readPipelineRun, runName } from './pipeline-run.ts';
import type { Agent } from './run-task.ts';

/** The world as a task reaches it: Azure by a service connection, the journal of the pipeline run, the build log. */
export function rolloutPorts(
  agent: Agent,
  connection: ArmConnection,
  journal: JournalChoice,
  options: Pick<AzureOptions, 'preserveVnet'> = {},
): RolloutPorts {
  const { tenantId, clientId, clientSecret, armEndpoint, authorityHost } = connection;
  useAgentProxy(armEndpoint);
  const endpoints: AzureEndpoints = { arm: armEndpoint, authority: authorityHost, ca: agentCa() };
  const credential = credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
  const pen = journalOf(journal);
  return {
    host: azureHosts({ credential, endpoints, clock: systemClock, ...options }),
    http: httpGet({ ca: endpoints.ca }),
    clock: systemClock,
    journal: pen,
    locks: journalLocks(pen, systemClock),
    tell: (event) => agent.tell(event),
    signal: agent.signal,
  };
}

/** In a pipeline `auto` is the attachments of the run: every later job of it can read them. */
function journalOf(choice: JournalChoice): Recorder {
  if (choice.store === 'file') return recorder(fileJournal(choice.path), systemClock, runName(), randomUUID());
  const { id, job, collectionUri, ...place } = readPipelineRun();
  const store = timelineJournal({ ...place, collectionUrl: collectionUri, http: agentNetwork(collectionUri) });
  return recorder(store, systemClock, id, `${job}.${randomUUID().slice(0, 8)}`);
}
