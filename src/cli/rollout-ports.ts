import { randomUUID } from 'node:crypto';
import { azureHosts, type AzureOptions } from '../azure/app-service.ts';
import { credentialFor } from '../azure/credentials.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { fold } from '../journal/fold.ts';
import { recorder, type Recorder } from '../journal/recorder.ts';
import { httpGet } from '../probe/http.ts';
import type { Conclusion } from '../report/conclusion.ts';
import { concludeStopped } from '../report/stopped-conclusion.ts';
import { Interrupted, RolloutError } from '../rollout/errors.ts';
import { journalLocks } from '../rollout/journal-locks.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { JournalChoice } from '../rollout/promotion.settings.ts';
import { text } from '../settings/kinds.ts';
import { optional, type SettingRecord } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import type { Account } from './account.ts';
import type { Session } from './command.ts';

/** Where `journal: auto` keeps it on a terminal, below the working folder. */
export const DEFAULT_JOURNAL = '.safe-rollout/journal.jsonl';

/** The world as a command reaches it: Azure by the environment's identity, a journal file, the terminal. */
export function rolloutPorts(
  session: Session,
  account: Account,
  journal: Recorder,
  options: Pick<AzureOptions, 'preserveVnet'> = {},
): RolloutPorts {
  const { identity, endpoints } = account;
  return {
    host: azureHosts({ credential: credentialFor(identity, endpoints), endpoints, clock: systemClock, ...options }),
    http: httpGet({ ca: endpoints.ca }),
    clock: systemClock,
    journal,
    locks: journalLocks(journal, systemClock),
    tell: (event) => session.tell(event),
    signal: session.signal,
  };
}

/** @param run names the run in the journal */
export function journalOf(choice: JournalChoice, run: string): Recorder {
  return recorder(fileJournal(journalFile(choice)), systemClock, run, `terminal-${randomUUID()}`);
}

export function journalFile(choice: JournalChoice): string {
  switch (choice.store) {
    case 'auto':
      return DEFAULT_JOURNAL;
    case 'file':
      return choice.path;
    case 'attachments': {
      const problem = "--journal: 'attachments' is kept by a pipeline run: on a terminal name a file";
      throw new RolloutError({ code: 'bad-input', problems: [problem] });
    }
  }
}

/** Does the work; when a signal stops it, says where by what the journal holds. */
export async function orStopped(journal: Recorder, work: () => Promise<Conclusion>): Promise<Conclusion> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return concludeStopped(journal.run, error.message, fold(await journal.read()));
  }
}

/** The flag that names a run. */
export function runFlag(help: string): SettingRecord {
  const name = { matches: /^[\w.-]{1,100}$/, rule: 'must be a name of letters, digits, dots and hyphens' };
  return { run: optional(text({ label: 'Run', help, pattern: name })) };
}

/** A new run's name: when it began, and enough to tell two of the same second apart. */
export function newRun(): string {
  const time = new Date(systemClock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${randomUUID().slice(0, 8)}`;
}
