import { sayReading } from '../azure/say-reading.ts';
import { randomUUID } from 'node:crypto';
import type { AzureOptions } from '../azure/app-service/app-service.ts';
import { azureHosts } from '../azure/hosts.ts';
import { BlobClient, type BlobOptions } from '../azure/blob/blob-client.ts';
import { blobJournal } from '../azure/blob/blob-journal.ts';
import { blobLocks } from '../azure/blob/blob-locks.ts';
import { credentialFor } from '../azure/identity/any-credential.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { fold } from '../journal/fold.ts';
import { recorder, type Recorder } from '../journal/recorder.ts';
import { httpGet } from '../probe/http.ts';
import { environmentProxy, httpsAgent, type Network } from '../probe/https-agent.ts';
import type { Conclusion } from '../report/conclusion.ts';
import { journalEnd } from '../report/journal-end.ts';
import { concludeStopped } from '../report/stopped-conclusion.ts';
import { Interrupted, RolloutError } from '../rollout/errors.ts';
import { journalLocks } from '../rollout/fence/journal-locks.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { JournalChoice } from '../rollout/promotion/promotion.settings.ts';
import { text } from '../settings/kinds.ts';
import { optional, type SettingRecord } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { findSubscription } from '../azure/arm/find-subscription.ts';
import { readAccount, type Account, type SignIn } from './account.ts';
import type { Session } from './command.ts';

/** Where `journal: auto` keeps it on a terminal, below the working folder. */
export const DEFAULT_JOURNAL = '.safe-rollout/journal.jsonl';

/**
 * The world as a command reaches it: Azure by the environment's identity, a journal, the terminal.
 * @param run names the run in the journal
 */
export function rolloutPorts(
  session: Session,
  account: Account,
  choice: JournalChoice,
  run: string,
  options: Pick<AzureOptions, 'preserveVnet'> = {},
): RolloutPorts {
  const azure = azureOf(account, session.env);
  return {
    host: azureHosts({ ...azure, ...options, waiting: sayReading((event) => session.tell(event), systemClock) }),
    http: httpGet(networkOf(account, session.env)),
    clock: systemClock,
    ...journalOf(choice, run, azure),
    tell: (event) => session.tell(event),
    signal: session.signal,
  };
}

export type Environment = Session['env'];

/**
 * By the authorities of `--ca-file`, and through the proxy that the environment names.
 * @throws RolloutError `bad-input` for a proxy that cannot be meant
 */
export function networkOf({ endpoints: { ca } }: SignIn, env: Environment): Network {
  const proxyFor = environmentProxy(env);
  if (proxyFor !== undefined && 'problem' in proxyFor)
    throw new RolloutError({ code: 'bad-input', problems: [proxyFor.problem] });
  return { ca, ...(proxyFor !== undefined && { proxyFor }) };
}

export function azureOf(account: SignIn, env: Environment): Omit<BlobOptions, 'times'> {
  const { identity } = account;
  const endpoints = { ...account.endpoints, agent: httpsAgent(networkOf(account, env)) };
  return { credential: credentialFor(identity, endpoints), endpoints, clock: systemClock };
}

/**
 * Who we are towards Azure, with the id of the subscription where its name was given.
 * @throws RolloutError `bad-input` with everything that is wrong
 */
export async function accountOf(session: Session): Promise<Account> {
  const account = readAccount(session.flags, session.env);
  const setting = session.flags('subscription') === undefined ? 'AZURE_SUBSCRIPTION_ID' : '--subscription';
  const azure = azureOf(account, session.env);
  return { ...account, subscription: await findSubscription(account.subscription, setting, azure, session.signal) };
}

function journalOf(choice: JournalChoice, run: string, azure: BlobOptions): Pick<RolloutPorts, 'journal' | 'locks'> {
  const writer = `terminal-${randomUUID()}`;
  if (choice.store === 'blob') {
    const client = new BlobClient(choice.address, azure);
    return { journal: recorder(blobJournal(client), systemClock, run, writer), locks: blobLocks(client) };
  }
  const journal = recorder(fileJournal(journalFile(choice)), systemClock, run, writer);
  return { journal, locks: journalLocks(journal, systemClock) };
}

/** @throws RolloutError `bad-input` for the store that a terminal has not */
export function journalFile(choice: Exclude<JournalChoice, { store: 'blob' }>): string {
  switch (choice.store) {
    case 'auto':
      return DEFAULT_JOURNAL;
    case 'file':
      return choice.path;
    case 'attachments': {
      const problem = "--journal: 'attachments' is kept by a pipeline run: on a terminal name a file or a container";
      throw new RolloutError({ code: 'bad-input', problems: [problem] });
    }
  }
}

/** Does the work; when a signal stops it, says where by what the journal holds. Its last entry is named in every case. */
export async function orStopped(
  { say }: Pick<Session, 'say'>,
  journal: Recorder,
  undo: string,
  work: () => Promise<Conclusion>,
): Promise<Conclusion> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return concludeStopped(journal.run, error.message, fold(await journal.read()), undo);
  } finally {
    const line = journalEnd(journal.run, journal.end());
    if (line !== '') say(line);
  }
}

/** The command that undoes a run of this journal, from this folder. @param services by comma; empty: what is not well */
export function undoCommand(run: string, choice: JournalChoice, services = '', scope = 'dependents'): string {
  const named = services === '' ? [] : [`--services ${services}`];
  const wide = scope === 'dependents' ? [] : [`--scope ${scope}`];
  return ['safe-rollout rollback', `--run ${run}`, ...wide, ...named, ...journalFlag(choice)].join(' ');
}

/** The command that says what a journal tells of a run, from this folder. */
export function explainCommand(run: string, choice: JournalChoice): string {
  return ['safe-rollout journal explain', `--run ${run}`, ...journalFlag(choice)].join(' ');
}

function journalFlag(choice: JournalChoice): string[] {
  switch (choice.store) {
    case 'file':
      return [`--journal ${quoted(choice.path)}`];
    case 'blob':
      return [`--journal ${choice.address.container}/${choice.address.folder}`.replace(/\/$/, '')];
    case 'auto':
    case 'attachments':
      return [];
  }
}

function quoted(path: string): string {
  return /^[\w./\\:-]+$/.test(path) ? path : `"${path}"`;
}

/** A run as it may be named on a command line. */
export const RUN_NAME = { matches: /^[\w.-]{1,100}$/, rule: 'must be a name of letters, digits, dots and hyphens' };

/** The flag that names a run. */
export function runFlag(help: string): SettingRecord {
  return { run: optional(text({ label: 'Run', help, pattern: RUN_NAME })) };
}

/** A new run's name: when it began, and enough to tell two of the same second apart. */
export function newRun(): string {
  const time = new Date(systemClock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${randomUUID().slice(0, 8)}`;
}
