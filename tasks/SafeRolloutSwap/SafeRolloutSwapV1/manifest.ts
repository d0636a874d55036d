import { swapSettings } from '../../../src/rollout/swap/swap.settings.ts';
import type { AgentTask } from '../../../src/settings/task-json.ts';

export const manifest: AgentTask = {
  id: '55f31753-eb65-40e9-b988-c3f8077f999b',
  name: 'SafeRolloutSwap',
  friendlyName: 'Safe Rollout: swap slots',
  description:
    'Swaps two App Service slots exactly once, behind a health gate, and swaps back what turns out unhealthy.',
  category: 'Deploy',
  instanceNameFormat: 'Swap $(sourceSlot) into $(targetSlot) of $(appName)',
  outputVariables: {
    outcome:
      'promoted, refused, restored, previewed, cancelled, restored-not-yet-healthy, in-place-not-yet-healthy, unhealthy, superseded or unknown',
    promotionId: 'The promotion as the journal knows it',
    releaseBefore: 'Release that the target slot held before, where it is known',
    releaseAfter: 'Release that the target slot holds now, where it is known',
  },
  settings: swapSettings,
};
