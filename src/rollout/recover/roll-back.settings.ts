import { armConnection, list, oneOf, pairs, path, text } from '../../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../../settings/setting.ts';
import type { SwapPolicy } from '../way/policy.ts';
import { ADVANCED, promotionSettings, recordSettings } from '../promotion/promotion.settings.ts';

const { rollbackTarget, bake, swapGrace, swapDeadline, settle, unseen } = promotionSettings;

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
        aliases: ['service'],
        help: 'The services to restore. When left out: those whose promotion is not known to have ended well.',
        item: { matches: /^[\w.-]+$/, rule: 'must be the name of a service' },
      }),
    ),
    graphFile: optional(
      path({
        label: 'Service graph',
        help: 'Only for a run without a journal: the apps of this file are looked at and explained. Nothing is changed without `force`.',
        group: 'advanced',
      }),
    ),
    environmentName: optional(
      text({
        label: 'Environment',
        help: 'The environment of the service graph whose names are meant.',
        group: 'advanced',
      }),
    ),
    force: optional(
      pairs({
        label: 'Force',
        help: 'Only for a run without a journal: restores the source slot of a service when it reports this release, as `service=version` by comma or line. Needs the service graph.',
        group: 'advanced',
      }),
    ),
    incidentFile: optional(
      path({
        label: 'Incident file',
        help: 'Where to write the record of the rollback: what, when, who, why, releases before and after, and all that the run did. Written as JSON, and beside it as markdown.',
        group: 'advanced',
      }),
    ),
    // Left out, each stands as the plan of the run has it.
    rollbackTarget: optional(rollbackTarget),
    bake: optional({ ...bake, group: 'advanced' }),
    swapGrace: optional(swapGrace),
    swapDeadline: optional(swapDeadline),
    settle: optional(settle),
    unseen: optional(unseen),
    ...recordSettings,
  },
  {
    groups: ADVANCED,
    rules: [
      ({ force, graphFile }) =>
        force !== undefined && graphFile === undefined
          ? { name: 'force', rule: 'needs the service graph beside it, which says where its services run' }
          : undefined,
    ],
  },
);

export type RollBackSettings = Settings<typeof rollBackSettings>;

/** The choices of the plan that settings replace. */
export function changedPolicy(
  settings: Pick<RollBackSettings, 'rollbackTarget' | 'bake' | 'swapGrace' | 'swapDeadline' | 'settle' | 'unseen'>,
): Partial<SwapPolicy> {
  const { rollbackTarget: target, bake: bakeMs, swapDeadline: swapDeadlineMs } = settings;
  const { settle: settleMs, unseen: unseenMs, swapGrace: swapGraceMs } = settings;
  return {
    ...(target !== undefined && { rollbackTarget: target }),
    ...(bakeMs !== undefined && { bakeMs }),
    ...(swapGraceMs !== undefined && { swapGraceMs }),
    ...(swapDeadlineMs !== undefined && { swapDeadlineMs }),
    ...(settleMs !== undefined && { settleMs }),
    ...(unseenMs !== undefined && { unseenMs }),
  };
}
