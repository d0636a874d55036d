import { userInfo } from 'node:os';
import { readText, writeText } from '../host/text-file.ts';
import { concludeRollBack } from '../report/roll-back-conclusion.ts';
import { recordIncident } from '../report/incident-record.ts';
import { RolloutError } from '../rollout/errors.ts';
import { recover } from '../rollout/recover/recover.ts';
import type { RollbackResult } from '../rollout/recover/rollback-result.ts';
import { rollBackSettings } from '../rollout/recover/roll-back.settings.ts';
import { accountFlags } from './account.ts';
import { command } from './command.ts';
import { journalRuns, type JournalRuns } from './journal-runs.ts';
import { accountOf, newRun, orStopped, rolloutPorts, runFlag, undoCommand } from './rollout-ports.ts';

export default command({
  name: 'rollback',
  description: `Undoes what a run changed, dependents first and each swap once, by the run's journal and by what Azure shows now. Needs
neither the packages nor the graph file. Running it again is safe: what is undone is seen to be. Ends with 3 when it
restored something, with 0 when there was nothing to restore.`,
  examples: [
    ['safe-rollout rollback', 'what failed or was left open in the last run of the journal'],
    ['safe-rollout rollback --run release-2.4 --scope run', 'everything that a run changed'],
    [
      'safe-rollout rollback --services payments --reason "INC-4711"',
      'one service and its dependents, with the reason',
    ],
    [
      'safe-rollout rollback --graph-file service-graph.yml --force payments=2.4.1',
      'without a journal: restores what the slot holds, if it reports that release and is healthy',
    ],
  ],
  declaration: rollBackSettings,
  extra: { ...runFlag('The run to undo. The last one of the journal when left out.'), ...accountFlags },
  run: async (settings, session) => {
    const account = await accountOf(session);
    const given = session.flags('run');
    const runs = journalRuns(settings.journal, () => account, session.env);
    if (given !== undefined && settings.graphFile === undefined) await runs.insistOn(given);
    const run = given ?? (await runToUndo(settings.graphFile, runs));
    const { reason = 'asked for on a terminal', incidentFile } = settings;
    const ports = rolloutPorts(session, account, settings.journal, run);
    session.say(`run ${run}`);
    const again = undoCommand(run, settings.journal, (settings.services ?? []).join(','), settings.scope);
    // Whoever types it has looked: a hook leaves alone what has ended well, a person who says `run` means all of it.
    const scope = settings.scope === 'run' ? 'all' : settings.scope;
    return await orStopped(session, ports.journal, again, async () => {
      const found = await recover({ ...settings, scope }, account.subscription, reason, { readText }, ports);
      const result =
        given === undefined
          ? await nameOpenRuns(found, runs, run, (open) => undoCommand(open, settings.journal))
          : found;
      const about = { result, reason, by: userInfo().username };
      return concludeRollBack(
        result,
        await recordIncident(about, incidentFile, ports, writeText),
        session.story,
        again,
      );
    });
  },
});

/** Without any run the graph file is enough to look, and the journal begins with what is done then. */
async function runToUndo(graphFile: string | undefined, runs: JournalRuns): Promise<string> {
  try {
    return await runs.last();
  } catch (error) {
    if (graphFile !== undefined && error instanceof RolloutError && error.facts.code === 'bad-input') return newRun();
    throw error;
  }
}

/** The newest run need not be the one that went wrong: a look or a small repair since is a run of its own. */
async function nameOpenRuns(
  result: RollbackResult,
  runs: JournalRuns,
  run: string,
  undo: (run: string) => string,
): Promise<RollbackResult> {
  const [open] = result.outcome === 'nothing' ? await runs.open(run) : [];
  if (open === undefined) return result;
  const reason = `${result.reason}. That was run ${run}, the newest; run ${open} before it was left open (${undo(open)})`;
  return { ...result, outcome: 'person', reason };
}
