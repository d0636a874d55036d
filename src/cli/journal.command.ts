import {
  concludeExplain,
  concludeShow,
  concludeVerify,
  type JournalPlace,
  type RunReading,
} from '../report/journal-conclusion.ts';
import { recordSettings } from '../rollout/promotion/promotion.settings.ts';
import { list, oneOf } from '../settings/kinds.ts';
import { declare, optional } from '../settings/setting.ts';
import { endpointSettings, readSignIn } from './account.ts';
import { command } from './command.ts';
import { journalRuns, type JournalRuns } from './journal-runs.ts';
import { explainCommand, RUN_NAME, runFlag, undoCommand } from './rollout-ports.ts';

const journalSettings = declare(
  {
    view: oneOf(['verify', 'show', 'explain'], {
      label: 'View',
      help: 'What is asked: whether the journal is as it was written (`verify`), its entries (`show`), or what they mean (`explain`). May stand without its flag.',
    }),
    journal: recordSettings.journal,
    last: optional(
      list({
        label: 'Last entries',
        help: 'Only to verify: the hashes of last entries that logs have printed (`Journal: ... last entry HASH`), or their first 16 digits or more. Without them a change of the newest entry of a writer cannot be seen.',
        item: { matches: /^[0-9a-f]{16,64}$/, rule: 'must be a hash: 16 to 64 digits 0-9 and a-f' },
      }),
    ),
  },
  {
    rules: [
      ({ view, last }) =>
        last !== undefined && view !== 'verify' ? { name: 'last', rule: `is for verify, not for ${view}` } : undefined,
    ],
  },
);

export default command({
  name: 'journal',
  usage: 'verify|show|explain',
  description: `Reads a journal and changes nothing. Each entry names the one that its writer wrote before it by a hash, so what was
changed, dropped or put in since is seen. Ends with 0 when the journal is whole and with 1 when it is damaged.

A file needs no account. A container is read as AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or as what az,
azd or a managed identity offer.`,
  examples: [
    ['safe-rollout journal verify', 'is every run of this folder as it was written?'],
    ['safe-rollout journal verify --run 4711 --last 9f3c0e5d7a1b2c4d', 'and does it end as the log said?'],
    ['safe-rollout journal show --run release-2.4', 'the entries of a run, in order'],
    [
      'safe-rollout journal explain --journal https://contoso.blob.core.windows.net/rollouts',
      'what the newest run intended, what is proven of it and what is missing',
    ],
  ],
  declaration: journalSettings,
  extra: {
    ...runFlag('The run to read. When left out: all of them to verify, the last one to show and explain.'),
    ...endpointSettings,
  },
  positional: 'view',
  emptyDocument: { problems: [] },
  run: async ({ view, journal, last = [] }, session) => {
    const runs = journalRuns(journal, () => readSignIn(session.flags, session.env), session.env);
    const run = session.flags('run');
    const at = (known: readonly string[] | undefined): JournalPlace => ({
      place: runs.place,
      runs: known,
      undo: (one) => undoCommand(typed(one), journal),
      explain: (one) => explainCommand(typed(one), journal),
    });
    if (view === 'verify') {
      const { known, found, strays } = await readAll(runs, run);
      return concludeVerify(at(known), found, strays, last);
    }
    const { known, found } = await readLast(runs, run);
    return view === 'show' ? concludeShow(at(known), found) : concludeExplain(at(known), found);
  },
});

/** A name that stands in a journal is from outside: people copy what we print into a shell. */
function typed(run: string): string {
  return RUN_NAME.matches.test(run) ? run : 'NAME';
}

interface Found {
  readonly known: readonly string[] | undefined;
  readonly found: readonly RunReading[];
  readonly strays: readonly string[];
}

async function readAll(runs: JournalRuns, run: string | undefined): Promise<Found> {
  if (run !== undefined) return { known: undefined, found: [{ run, reading: await runs.insistOn(run) }], strays: [] };
  const { runs: known, read } = await runs.all();
  const found: RunReading[] = [];
  for (const one of known) found.push({ run: one, reading: await read(one) });
  if (found.length > 0) return { known, found, strays: [] };
  // A file with damage and nothing else is of no run, and is not empty either.
  const { problems, warnings = [] } = await read('');
  if (problems.length + warnings.length === 0) throw runs.none();
  return { known, found, strays: [...problems, ...warnings] };
}

async function readLast(
  runs: JournalRuns,
  run: string | undefined,
): Promise<{ readonly known: readonly string[] | undefined; readonly found: RunReading }> {
  if (run !== undefined) return { known: undefined, found: { run, reading: await runs.insistOn(run) } };
  const { runs: known, read } = await runs.all();
  const newest = known.at(-1);
  if (newest === undefined) throw runs.none();
  return { known, found: { run: newest, reading: await read(newest) } };
}
