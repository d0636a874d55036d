import { armConnection, list, oneOf } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../settings/setting.ts';
import { ADVANCED, recordSettings } from './promotion.settings.ts';

/** What SafeRolloutRollback and `safe-rollout rollback` take. How to restore what, the run's own plan says. */
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
        help: 'What is restored: the failed services and those of their `dependents` that this run changed, the failed ones alone (`service`), or all that this `run` changed.',
      }),
      'dependents',
    ),
    services: optional(
      list({
        label: 'Services',
        help: 'The services to restore. When left out: those whose promotion is not known to have ended well.',
        item: { matches: /^[\w.-]+$/, rule: 'must be the name of a service' },
      }),
    ),
    ...recordSettings,
  },
  { groups: ADVANCED },
);

export type RollBackSettings = Settings<typeof rollBackSettings>;
