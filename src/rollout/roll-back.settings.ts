import { armConnection, oneOf } from '../settings/kinds.ts';
import { declare, withDefault, type Settings } from '../settings/setting.ts';
import { ADVANCED, promotionSettings, recordSettings } from './promotion.settings.ts';

const { rollbackTarget, bake, swapDeadline, settle, attempts } = promotionSettings;

/** What SafeRolloutRollback and `safe-rollout rollback` take. What is to be restored, the journal says. */
export const rollBackSettings = declare(
  {
    azureSubscription: armConnection({
      label: 'Azure subscription',
      help: 'The Azure Resource Manager service connection to restore with.',
      aliases: ['ConnectedServiceName'],
    }),
    scope: withDefault(
      oneOf(['dependents', 'service', 'run'], {
        label: 'Scope',
        help: 'What is restored: the failed service and those of its `dependents` that this run changed, the failed `service` alone, or all that this `run` changed.',
      }),
      'dependents',
    ),
    rollbackTarget,
    bake,
    swapDeadline,
    settle,
    attempts,
    ...recordSettings,
  },
  { groups: ADVANCED },
);

export type RollBackSettings = Settings<typeof rollBackSettings>;
