import { randomUUID } from 'node:crypto';
import { azureHosts, type AzureOptions } from '../azure/app-service.ts';
import { BlobClient, type BlobOptions } from '../azure/blob-client.ts';
import { blobJournal } from '../azure/blob-journal.ts';
import { blobLocks } from '../azure/blob-locks.ts';
import type { AzureEndpoints } from '../azure/credentials.ts';
import { secretCredential } from '../azure/secret-credential.ts';
import { timelineJournal } from '../devops/timeline-journal.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { recorder } from '../journal/recorder.ts';
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
  useAgentProxy(armEndpoint, ...(journal.store === 'blob' ? [journal.address.container] : []));
  const endpoints: AzureEndpoints = { arm: armEndpoint, authority: authorityHost, ca: agentCa() };
  const credential = secretCredential({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
  const azure = { credential, endpoints, clock: systemClock };
  return {
    host: azureHosts({ ...azure, ...options }),
    http: httpGet({ ca: endpoints.ca }),
    clock: systemClock,
    ...journalOf(journal, azure),
    tell: (event) => agent.tell(event),
    signal: agent.signal,
  };
}

/** In a pipeline `auto` is the attachments of the run: every later job of it can read them. */
function journalOf(choice: JournalChoice, azure: BlobOptions): Pick<RolloutPorts, 'journal' | 'locks'> {
  if (choice.store === 'file') {
    const journal = recorder(fileJournal(choice.path), systemClock, runName(), randomUUID());
    return { journal, locks: journalLocks(journal, systemClock) };
  }
  const { id, job, collectionUri, ...place } = readPipelineRun();
  const writer = `${job}.${randomUUID().slice(0, 8)}`;
  if (choice.store === 'blob') {
    const client = new BlobClient(choice.address, azure);
    return { journal: recorder(blobJournal(client), systemClock, id, writer), locks: blobLocks(client) };
  }
  const store = timelineJournal({ ...place, collectionUrl: collectionUri, http: agentNetwork(collectionUri) });
  const journal = recorder(store, systemClock, id, writer);
  return { journal, locks: journalLocks(journal, systemClock) };
}
