import { resolve } from 'node:path';
import { BlobClient } from '../azure/blob/blob-client.ts';
import { blobJournal, blobRuns } from '../azure/blob/blob-journal.ts';
import type { JournalReading, JournalStore } from '../journal/entry.ts';
import { fileJournal, runsOf } from '../journal/file-journal.ts';
import { fold } from '../journal/fold.ts';
import { failedServices } from '../rollout/recover/compensation.ts';
import { RolloutError } from '../rollout/errors.ts';
import type { JournalChoice } from '../rollout/promotion/promotion.settings.ts';
import type { SignIn } from './account.ts';
import { azureOf, journalFile, type Environment } from './rollout-ports.ts';

/** All runs of a journal, as a person at a terminal asks for them. */
export interface JournalRuns {
  /** Where the journal is, for people. */
  readonly place: string;
  /** The run that began last. @throws RolloutError `bad-input` when there is none */
  last(): Promise<string>;
  /**
   * A run that a person names and that the journal does not know is a slip of the pen, or the journal of another folder:
   * to say that there is nothing to undo would be true of the journal, and false of production.
   * @throws RolloutError `bad-input` with the runs that there are
   */
  insistOn(run: string): Promise<JournalReading>;
  /** Of the newest runs but `except`, those that have left something open, newest first. */
  open(except: string): Promise<readonly string[]>;
  /** All runs in the order of their first entries, by one look; each is read when it is asked for. */
  all(): Promise<RunsOfStore>;
  /** That there is no run at all, as an error. */
  none(): RolloutError;
}

interface RunsOfStore {
  readonly runs: readonly string[];
  readonly read: (run: string) => Promise<JournalReading>;
}

/** Older runs than these are not looked at for what they left open: each costs a reading. */
const MOST_RUNS = 10;

export function journalRuns(choice: JournalChoice, signIn: () => SignIn, env: Environment): JournalRuns {
  const { look, store, place } = sourceOf(choice, signIn, env);
  const all = async (): Promise<RunsOfStore> => {
    const { runs, read } = await orUnreadable('listed', look);
    return { runs, read: (run) => orUnreadable('read', () => read(run)) };
  };
  const noRun = (which: string): RolloutError => {
    const problem = `--journal: ${place} holds no run${which}. Name the journal of the deployment, or run this where it was run.`;
    return new RolloutError({ code: 'bad-input', problems: [problem] });
  };
  return {
    place,
    all,
    none: () => noRun(''),
    last: async () => {
      const run = (await all()).runs.at(-1);
      if (run === undefined) throw noRun('');
      return run;
    },
    insistOn: async (run) => {
      const reading = await orUnreadable('read', () => store.read(run));
      if (reading.entries.length > 0 || reading.problems.length > 0) return reading;
      const newest = (await all()).runs.slice(-5).toReversed();
      throw noRun(` '${run}'${newest.length === 0 ? '' : `; its newest: ${newest.join(', ')}`}`);
    },
    open: async (except) => {
      const { runs, read } = await all();
      const others = runs.filter((run) => run !== except).slice(-MOST_RUNS);
      const states = await Promise.all(others.map(async (run) => ({ run, state: fold(await read(run)) })));
      return states
        .filter(({ state }) => failedServices(state).length > 0)
        .map(({ run }) => run)
        .toReversed();
    },
  };
}

function sourceOf(
  choice: JournalChoice,
  signIn: () => SignIn,
  env: Environment,
): { readonly look: () => Promise<RunsOfStore>; readonly store: JournalStore; readonly place: string } {
  if (choice.store === 'blob') {
    const client = new BlobClient(choice.address, azureOf(signIn(), env));
    const store = blobJournal(client);
    const look = async (): Promise<RunsOfStore> => ({ runs: await blobRuns(client), read: (run) => store.read(run) });
    return { look, store, place: `${choice.address.container}/${choice.address.folder}`.replace(/\/$/, '') };
  }
  const file = journalFile(choice);
  const look = async (): Promise<RunsOfStore> => {
    const { runs, read } = await runsOf(file);
    return { runs, read: (run) => Promise.resolve(read(run)) };
  };
  return { look, store: fileJournal(file), place: resolve(file) };
}

async function orUnreadable<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new RolloutError({ code: 'journal-failed', stage: 'later', what, detail }, { cause });
  }
}
