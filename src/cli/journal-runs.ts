import { resolve } from 'node:path';
import { BlobClient } from '../azure/blob/blob-client.ts';
import { blobJournal, blobRuns } from '../azure/blob/blob-journal.ts';
import type { JournalStore } from '../journal/entry.ts';
import { fileJournal, runsOf } from '../journal/file-journal.ts';
import { fold } from '../journal/fold.ts';
import { failedServices } from '../rollout/recover/compensation.ts';
import { RolloutError } from '../rollout/errors.ts';
import type { JournalChoice } from '../rollout/promotion/promotion.settings.ts';
import type { Account } from './account.ts';
import { azureOf, journalFile, type Environment } from './rollout-ports.ts';

/** All runs of a journal, as a person at a terminal asks for them. */
export interface JournalRuns {
  /** The run that began last. @throws RolloutError `bad-input` when there is none */
  last(): Promise<string>;
  /**
   * A run that a person names and that the journal does not know is a slip of the pen, or the journal of another folder:
   * to say that there is nothing to undo would be true of the journal, and false of production.
   * @throws RolloutError `bad-input` with the runs that there are
   */
  insistOn(run: string): Promise<void>;
  /** Of the newest runs but `except`, those that have left something open, newest first. */
  open(except: string): Promise<readonly string[]>;
}

/** Older runs than these are not looked at for what they left open: each costs a reading. */
const MOST_RUNS = 10;

export function journalRuns(choice: JournalChoice, account: Account, env: Environment): JournalRuns {
  const { list, store, place } = sourceOf(choice, account, env);
  const runs = (): Promise<readonly string[]> => orUnreadable('listed', list);
  const noRun = (which: string): RolloutError => {
    const problem = `--journal: ${place} holds no run${which}. Name the journal of the deployment, or run this where it was run.`;
    return new RolloutError({ code: 'bad-input', problems: [problem] });
  };
  return {
    last: async () => {
      const run = (await runs()).at(-1);
      if (run === undefined) throw noRun('');
      return run;
    },
    insistOn: async (run) => {
      const { entries, problems } = await orUnreadable('read', () => store.read(run));
      if (entries.length > 0 || problems.length > 0) return;
      const newest = (await runs()).slice(-5).toReversed();
      throw noRun(` '${run}'${newest.length === 0 ? '' : `; its newest: ${newest.join(', ')}`}`);
    },
    open: async (except) => {
      const others = (await runs()).filter((run) => run !== except).slice(-MOST_RUNS);
      const states = await Promise.all(
        others.map(async (run) => ({ run, state: fold(await orUnreadable('read', () => store.read(run))) })),
      );
      return states
        .filter(({ state }) => failedServices(state).length > 0)
        .map(({ run }) => run)
        .toReversed();
    },
  };
}

function sourceOf(
  choice: JournalChoice,
  account: Account,
  env: Environment,
): { readonly list: () => Promise<readonly string[]>; readonly store: JournalStore; readonly place: string } {
  if (choice.store === 'blob') {
    const client = new BlobClient(choice.address, azureOf(account, env));
    return { list: () => blobRuns(client), store: blobJournal(client), place: choice.address.container };
  }
  const file = journalFile(choice);
  return { list: () => runsOf(file), store: fileJournal(file), place: resolve(file) };
}

async function orUnreadable<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new RolloutError({ code: 'journal-failed', stage: 'later', what, detail }, { cause });
  }
}
