import { deploySettings } from '../../../src/rollout/deploy/deploy.settings.ts';
import type { AgentTask } from '../../../src/settings/task-json.ts';

export const manifest: AgentTask = {
  id: '33127b45-5c9a-48c0-abe5-503f627c0fe3',
  name: 'SafeRolloutDeploy',
  friendlyName: 'Safe Rollout: deploy in order',
  description: 'Deploys the services of a service graph in the order of their dependencies, each behind a health gate.',
  category: 'Deploy',
  instanceNameFormat: 'Deploy $(graphFile) in order',
  outputVariables: {
    outcome: 'deployed, failed, rolled-back, person or stopped',
    deployed: 'Services that hold the new release now, by comma',
    restored: 'Services that were restored, by comma',
  },
  settings: deploySettings,
};
