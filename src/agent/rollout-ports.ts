import { sayReading } from '../azure/say-reading.ts';
import { randomUUID } from 'node:crypto';
import type { AzureOptions } from '../azure/app-service/app-service.ts';
import { azureHosts } from '../azure/hosts.ts';
import { BlobClient, type BlobOptions } from '../azure/blob/blob-client.ts';
import { blobJournal } from '../azure/blob/blob-journal.ts';
import { blobLocks } from '../azure/blob/blob-locks.ts';
import { connectionCredential } from '../azure/identity/connection-credential.ts';
import type { AzureEndpoints, ConnectionIdentity } from '../azure/identity/credentials.ts';
import { oidcTokens } from '../devops/oidc-token.ts';
import type { JobPlace } from '../devops/task-api.ts';
import { timelineJournal } from '../devops/timeline-journal.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { recorder } from '../journal/recorder.ts';
import { httpGet } from '../probe/http.ts';
import { httpsAgent, type Network } from '../probe/https-agent.ts';
import { journalLocks } from '../rollout/fence/journal-locks.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { JournalChoice } from '../rollout/promotion/promotion.settings.ts';
import { systemClock } from '../time/clock.ts';
import type { ArmConnection, SignIn } from './connection.ts';
import { agentNetwork, azureNetwork } from './network.ts';
import { isClassicRelease, readPipelineRun, runName, type PipelineRun } from './pipeline-run.ts';
import type { Agent } from './run-task.ts';
import { maskSecret } from './secrets.ts';

/** The world as a task reaches it: Azure by a service connection, the journal of the pipeline run, the build log. */
export function rolloutPorts(
  agent: Agent,
  connection: ArmConnection,
  journal: JournalChoice,
  options: Pick<AzureOptions, 'preserveVnet'> & Pick<Network, 'connections'> = {},
): RolloutPorts {
  const { signIn, armEndpoint, authorityHost } = connection;
  const { connections, ...azureOptions } = options;
  const network = azureNetwork();
  const endpoints: AzureEndpoints = {
    arm: armEndpoint,
    authority: authorityHost,
    ca: network.ca,
    agent: httpsAgent({ ...network, ...(connections !== undefined && { connections }) }),
  };
  const credential = connectionCredential(identityOf(signIn), endpoints);
  const azure = { credential, endpoints, clock: systemClock };
  const kept = journalOf(journal, azure);
  agent.writes(kept.journal);
  return {
    host: azureHosts({
      ...azure,
      ...azureOptions,
      waiting: sayReading((event) => agent.tell(event), systemClock),
    }),
    http: httpGet(network),
    clock: systemClock,
    ...kept,
    tell: (event) => agent.tell(event),
    signal: agent.signal,
  };
}

function identityOf(signIn: SignIn): ConnectionIdentity {
  if (signIn.kind !== 'federated') return signIn;
  const { connectionId, ...identity } = signIn;
  return { ...identity, assertion: oidcTokens(jobPlace(readPipelineRun()), connectionId, maskSecret, systemClock) };
}

function jobPlace({ collectionUri, ...place }: PipelineRun): JobPlace {
  return { ...place, collectionUrl: collectionUri, http: agentNetwork(collectionUri) };
}

/** In a pipeline `auto` is the attachments of the run: every later job of it can read them. */
function journalOf(choice: JournalChoice, azure: BlobOptions): Pick<RolloutPorts, 'journal' | 'locks'> {
  if (choice.store === 'file') {
    const journal = recorder(fileJournal(choice.path), systemClock, runName(), randomUUID());
    return { journal, locks: journalLocks(journal, systemClock) };
  }
  const run = readPipelineRun();
  const { id, job } = run;
  const writer = `${job}.${randomUUID().slice(0, 8)}`;
  if (choice.store === 'blob') {
    const client = new BlobClient(choice.address, azure);
    return { journal: recorder(blobJournal(client), systemClock, id, writer), locks: blobLocks(client) };
  }
  const store = timelineJournal(jobPlace(run));
  const journal = recorder(store, systemClock, id, writer);
  return { journal, locks: journalLocks(journal, systemClock) };
}

/**
 * How a person has what this run did undone: its journal is the run's own unless a container was named.
 * @param services by comma; empty: those that are not known to be well
 */
export function undoStep(run: string, journal: JournalChoice, services = ''): string {
  const named = services === '' ? '' : ` with services: ${services}`;
  const where = isClassicRelease()
    ? journal.store === 'blob'
      ? 'in a job of this stage'
      : 'as a later task of this job, which runs when a previous task has failed'
    : 'in a job of this run ("Rerun failed jobs" is the same run)';
  const step = `SafeRolloutRollback@1${named} ${where}`;
  if (journal.store !== 'blob') return step;
  const { container, folder } = journal.address;
  const flags = services === '' ? '' : ` --services ${services}`;
  const address = `${container}/${folder}`.replace(/\/$/, '');
  return `${step}, or from a terminal: safe-rollout rollback --run ${run}${flags} --journal ${address}`;
}

/**
 * A hook that finds nothing has nothing to undo, or looks where nobody has written. In a classic release each job has a plan, and
 * with it a journal, of its own (inferred from how the agent names it).
 */
export function warnOfOtherJobs(agent: Pick<Agent, 'warn'>, journal: JournalChoice): void {
  if (!isClassicRelease() || (journal.store !== 'auto' && journal.store !== 'attachments')) return;
  agent.warn(
    'This job has written no journal. In a classic release a job does not see that of another: let SafeRolloutRollback@1 follow in the job that deploys, or keep the journal in Azure Blob Storage (journal: https://<account>.blob.core.windows.net/<container>) in all of them. When a job before this one has deployed, nothing of it was undone',
  );
}
