import { armConnection, int, list, oneOf, pairs, path, text } from '../../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../../settings/setting.ts';
import { ADVANCED, promotionSettings, recordSettings, RESOURCE_GROUP } from '../promotion/promotion.settings.ts';

/** What SafeRolloutDeploy and `safe-rollout deploy` take. */
export const deploySettings = declare(
  {
    azureSubscription: armConnection({
      label: 'Azure subscription',
      help: 'The Azure Resource Manager service connection to deploy with.',
      aliases: ['ConnectedServiceName'],
    }),
    graphFile: withDefault(
      path({ label: 'Service graph', help: 'The file that declares the services and what they depend on.' }),
      'service-graph.yml',
    ),
    environmentName: optional(
      text({
        label: 'Environment',
        help: 'The environment of the graph file whose names are used. Production, the names of the base, when left out.',
      }),
    ),
    services: optional(
      list({
        label: 'Services',
        aliases: ['service'],
        help: 'The services to deploy, by comma or line. All of the graph, or all that its `deploys` names, when left out.',
        item: { matches: /^[\w.-]+$/, rule: 'must be the name of a service' },
      }),
    ),
    release: optional(
      pairs({
        label: 'Releases',
        help: 'Versions to deploy, as `service=version` by comma or line. Without it the version is that of the package.json in the package.',
      }),
    ),
    parallel: withDefault(
      int({ label: 'Parallel', help: 'How many services may be deployed at the same time.', min: 1, max: 100 }),
      '4',
    ),
    resourceGroupName: optional(
      text({
        label: 'Resource group',
        help: 'The resource group of services for which the graph file names none.',
        aliases: ['ResourceGroupName'],
        pattern: RESOURCE_GROUP,
        pick: { dataSource: 'AzureResourceGroups', from: {}, item: 'value' },
      }),
    ),
    rollbackScope: withDefault(
      oneOf(['dependents', 'service', 'run'], {
        label: 'Rollback scope',
        help: 'What is restored when a service has to be: itself and those of its `dependents` that this run changed, the `service` alone, or all that this `run` changed.',
      }),
      'dependents',
    ),
    ...promotionSettings,
    ...recordSettings,
  },
  { groups: ADVANCED },
);

export type DeploySettings = Settings<typeof deploySettings>;
