import { readPackage } from '../host/package-file.ts';
import { readText } from '../host/text-file.ts';
import { concludePlan } from '../report/plan-conclusion.ts';
import { deploySettings } from '../rollout/deploy/deploy.settings.ts';
import { prepareDeployment } from '../rollout/deploy/prepare-deployment.ts';
import { command } from './command.ts';

/** Where no subscription is known: a plan can be looked at without an account. */
const NO_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';

export default command({
  name: 'plan',
  description: `Shows what deploy would do, and in which order, and does nothing: reads the service graph and the packages, checks
versions against the ranges of the graph, and prints the waves. Needs no account.`,
  examples: [
    ['safe-rollout plan', 'all services of service-graph.yml'],
    ['safe-rollout plan --services payments,store --release payments=2.4.1', 'some of them, at a version'],
  ],
  declaration: deploySettings,
  run: async (settings, session) => {
    const subscription = session.env['AZURE_SUBSCRIPTION_ID'] ?? NO_SUBSCRIPTION;
    return concludePlan(await prepareDeployment(settings, subscription, { readText, readPackage }));
  },
});
