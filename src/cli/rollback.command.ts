import { concludeRollBack } from '../report/roll-back-conclusion.ts';
import { rollBack } from '../rollout/roll-back.ts';
import { changedPolicy, rollBackSettings } from '../rollout/roll-back.settings.ts';
import { accountFlags, readAccount } from './account.ts';
import { command } from './command.ts';
import { lastRun, orStopped, rolloutPorts, runFlag } from './rollout-ports.ts';

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
  ],
  declaration: rollBackSettings,
  extra: { ...runFlag('The run to undo. The last one of the journal when left out.'), ...accountFlags },
  run: async (settings, session) => {
    const account = readAccount(session.flags, session.env);
    const run = session.flags('run') ?? (await lastRun(settings.journal, account));
    const { scope, services = [], reason = 'asked for on a terminal' } = settings;
    const ports = rolloutPorts(session, account, settings.journal, run);
    return await orStopped(ports.journal, async () => {
      const result = await rollBack({ scope, services, reason, policy: changedPolicy(settings) }, ports);
      return concludeRollBack(run, result, session.story);
    });
  },
});
