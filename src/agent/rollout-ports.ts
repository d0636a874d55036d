import { randomUUID } from 'node:crypto';
import { azureHosts } from '../azure/app-service.ts';
import { credentialFor, type AzureEndpoints } from '../azure/credentials.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { recorder, type Recorder } from '../journal/recorder.ts';
import { httpGet } from '../probe/http.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { JournalChoice } from '../rollout/promotion.settings.ts';
import { systemClock } from '../time/clock.ts';
import type { ArmConnection } from './connection.ts';
import type { Agent } from './run-task.ts';

/** The world as a task reaches it: Azure by a service connection, the journal of the pipeline run, the build log. */
export function rolloutPorts(agent: Agent, connection: ArmConnection, journal: JournalChoice): RolloutPorts {
  const { tenantId, clientId, clientSecret, armEndpoint, authorityHost } = connection;
  const endpoints: AzureEndpoints = { arm: armEndpoint, authority: authorityHost, ca: agent.ca() };
  const credential = credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
  return {
    host: azureHosts({ credential, endpoints, clock: systemClock }),
    http: httpGet({ ca: endpoints.ca }),
    clock: systemClock,
    journal: journalOf(agent, journal),
    tell: (event) => agent.tell(event),
    signal: agent.signal,
  };
}

function journalOf(agent: Agent, choice: JournalChoice): Recorder {
  switch (choice.store) {
    case 'file':
      return recorder(fileJournal(choice.path), systemClock, 'local', randomUUID());
    case 'auto':
    case 'attachments': {
      throw new Error(`attachments of run ${agent.run().id} are not wired yet`);
    }
  }
}
