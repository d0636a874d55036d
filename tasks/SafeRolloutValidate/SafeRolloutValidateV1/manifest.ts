import { validateTaskSettings } from '../../../src/order/validate.settings.ts';
import type { AgentTask } from '../../../src/settings/task-json.ts';

export const manifest: AgentTask = {
  id: '55351432-5a25-4c94-8688-d92b03536635',
  name: 'SafeRolloutValidate',
  friendlyName: 'Safe Rollout: validate order',
  description: 'Proves that the stages and jobs of a pipeline respect the dependencies that a service graph declares.',
  category: 'Test',
  instanceNameFormat: 'Validate the order of $(pipelineFile)',
  outputVariables: {
    outcome: 'ok or findings',
    findings: 'How many errors were found',
    unresolved: 'How many places could not be judged',
    suppressed: 'How many findings are suppressed',
  },
  settings: validateTaskSettings,
};
