import { path } from '../settings/kinds.ts';
import { declare, withDefault, type Settings } from '../settings/setting.ts';

/** What SafeRolloutValidate and `safe-rollout validate` take. */
export const validateSettings = declare({
  pipelineFile: withDefault(
    path({ label: 'Pipeline file', help: 'The Azure Pipelines file whose order is checked.' }),
    'azure-pipelines.yml',
  ),
  graphFile: withDefault(
    path({ label: 'Service graph', help: 'The file that declares the services and what they depend on.' }),
    'service-graph.yml',
  ),
});

export type ValidateSettings = Settings<typeof validateSettings>;
