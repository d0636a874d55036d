import { dirname, resolve } from 'node:path';
import { commandHost } from '../host/command.ts';
import { readPackage } from '../host/package-file.ts';
import { readText } from '../host/text-file.ts';
import { concludeDeploy } from '../report/deploy-conclusion.ts';
import { deploy } from '../rollout/deploy/deploy.ts';
import { deploySettings } from '../rollout/deploy/deploy.settings.ts';
import { Interrupted } from '../rollout/errors.ts';
import { prepareDeployment } from '../rollout/deploy/prepare-deployment.ts';
import { accountFlags } from './account.ts';
import { command } from './command.ts';
import { accountOf, newRun, orStopped, rolloutPorts, runFlag, undoCommand } from './rollout-ports.ts';

export default command({
  name: 'deploy',
  description: `Deploys the services of a service graph in the order of their dependencies. A service starts as soon as what it needs is
verified: its package goes to its slot, passes a health gate, is swapped in once and watched. What depends on a failure
is skipped; what turns out unhealthy is rolled back, dependents first.

Packages and probes are those of the graph file. Signs in with AZURE_TENANT_ID, AZURE_CLIENT_ID and
AZURE_CLIENT_SECRET, or with what az, azd or a managed identity offer.`,
  examples: [
    ['safe-rollout deploy', 'all services of service-graph.yml'],
    ['safe-rollout deploy --services payments --release payments=2.4.1', 'one service, at a version'],
    ['safe-rollout deploy --run release-2.4', 'a run with a name: run again, it goes on where it stopped'],
  ],
  declaration: deploySettings,
  extra: { ...runFlag('Names the run in the journal. A run that is named again goes on.'), ...accountFlags },
  run: async (settings, session) => {
    const account = await accountOf(session);
    const run = session.flags('run') ?? newRun();
    const plan = await prepareDeployment(settings, account.subscription, { readText, readPackage });
    const ports = rolloutPorts(session, account, settings.journal, run);
    const commands = commandHost(dirname(resolve(settings.graphFile)), session.env);
    session.say(`run ${run}`);
    const undo = (services = ''): string => undoCommand(run, settings.journal, services);
    return await orStopped(session, ports.journal, undo(), async () => {
      const result = await deploy(plan, { ...ports, commands }, settings.reason);
      if (result.outcome === 'stopped') throw new Interrupted();
      return concludeDeploy(run, result, session.story, undo);
    });
  },
});
