import { userInfo } from 'node:os';
import { readText, writeText } from '../host/text-file.ts';
import { concludeRollBack } from '../report/roll-back-conclusion.ts';
import { recordIncident } from '../report/incident-record.ts';
import { RolloutError } from '../rollout/errors.ts';
import { recover } from '../rollout/recover.ts';
import { rollBackSettings, type RollBackSettings } from '../rollout/roll-back.settings.ts';
import { accountFlags, readAccount, type Account } from './account.ts';
import { command, type Session } from './command.ts';
import { lastRun, newRun, orStopped, rolloutPorts, runFlag } from './rollout-ports.ts';

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
    const account = readAccount(session.flags, session.env);
    const run = session.flags('run') ?? (await runToUndo(settings, account, session.env));
    const { reason = 'asked for on a terminal', incidentFile } = settings;
    const ports = rolloutPorts(session, account, settings.journal, run);
    return await orStopped(ports.journal, async () => {
      const result = await recover(settings, account.subscription, reason, { readText }, ports);
      const about = { result, reason, by: userInfo().username };
      return concludeRollBack(result, await recordIncident(about, incidentFile, ports, writeText), session.story);
    });
  },
});

/** Without any run the graph file is enough to look, and the journal begins with what is done then. */
async function runToUndo(
  { journal, graphFile }: RollBackSettings,
  account: Account,
  env: Session['env'],
): Promise<string> {
  try {
    return await lastRun(journal, account, env);
  } catch (error) {
    if (graphFile !== undefined && error instanceof RolloutError && error.facts.code === 'bad-input') return newRun();
    throw error;
  }
}
