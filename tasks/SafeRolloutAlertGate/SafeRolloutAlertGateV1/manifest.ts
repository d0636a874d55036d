import { armConnection, text } from '../../../src/settings/kinds.ts';
import { ACCEPT_JSON, IS_OK } from '../../../src/settings/server-requests.ts';
import { declare, withDefault } from '../../../src/settings/setting.ts';
import type { ServerTask } from '../../../src/settings/task-json.ts';

const SUBSCRIPTION = '$(endpoint.url)/subscriptions/$(endpoint.subscriptionId)';
const utc = (variable: string): string => `{{toDateTimeFormat '$(${variable})' 'yyyy-MM-ddTHH:mm:ssZ'}}`;

export const manifest: ServerTask = {
  id: '40af6102-d412-4b8f-a7cc-9cae1aa1997a',
  name: 'SafeRolloutAlertGate',
  friendlyName: 'Safe Rollout: alert gate',
  description: 'Passes when no Azure Monitor alert has fired on a resource since this deployment began.',
  category: 'Deploy',
  instanceNameFormat: 'No alert on $(resourceId)',
  help: 'Asks Azure Monitor for alerts on one resource from a time of yours until now, whether they have been resolved since or not. Add the gate once for each resource: a site, its slot and its Application Insights have alerts of their own. An alert rule takes minutes to fire, and a resource without a rule never has an alert: no alert is no proof of health. The connection needs to read the resource group and alerts.',
  settings: declare({
    azureSubscription: armConnection({
      label: 'Azure subscription',
      help: 'The Azure Resource Manager service connection to ask with. It needs to read the resource group and its alerts.',
    }),
    resourceGroupName: text({
      label: 'Resource group',
      help: 'The resource group that the resource is in.',
      pick: { dataSource: 'AzureResourceGroups', from: {}, item: 'value' },
    }),
    resourceId: text({
      label: 'Resource',
      help: 'The id of the resource, as Azure writes it. It must be one of the resource group, so that a typing error is no pass.',
      pick: { dataSource: 'AzureRMResourcesInRG', from: { ResourceGroupName: 'resourceGroupName' }, item: 'resource' },
    }),
    since: withDefault(
      text({
        label: 'Since',
        help: 'The time from which on an alert counts, within the last 30 days. In a classic release the beginning of the deployment is `$(Release.Deployment.StartTime)`.',
      }),
      '$(System.PipelineStartTime)',
    ),
  }),
  requests: {
    kind: 'HttpRequestChain',
    steps: [
      // The resource must be there, and the time of the answer is the end of the range: a server task has no clock.
      {
        connection: 'azureSubscription',
        url: `${SUBSCRIPTION}/resourceGroups/$(resourceGroupName)/resources?api-version=2021-04-01`,
        headers: ACCEPT_JSON,
        expression: `and(${IS_OK}, eq(count(intersect(split(taskInputs['resourceId'], '|'), jsonpath('$.value[*].id'))), 1))`,
        keeps: { safeRolloutAskedAt: `response['headers']['date']` },
      },
      // An error has no value either, so that none must be told from an empty one.
      {
        connection: 'azureSubscription',
        url: `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts?api-version=2019-05-05-preview&targetResource=$(resourceId)&customTimeRange=${utc('since')}/${utc('safeRolloutAskedAt')}`,
        headers: ACCEPT_JSON,
        expression: `and(${IS_OK}, eq(count(jsonpath('$.value')), 1), eq(count(jsonpath('$.value[*]')), 0))`,
      },
    ],
  },
};
