import { rollBackSettings } from '../../../src/rollout/recover/roll-back.settings.ts';
import type { AgentTask } from '../../../src/settings/task-json.ts';

export const manifest: AgentTask = {
  id: 'd9bf5c81-0153-45f2-9195-b016bf0f7d11',
  name: 'SafeRolloutRollback',
  friendlyName: 'Safe Rollout: roll back',
  description:
    'Undoes what this run really changed, in reverse order and once. For the failure hook of a deployment job.',
  category: 'Deploy',
  instanceNameFormat: 'Roll back what this run changed',
  outputVariables: {
    outcome: 'nothing, rolled-back or person',
    restored: 'Services that were restored, by comma',
  },
  settings: rollBackSettings,
};
