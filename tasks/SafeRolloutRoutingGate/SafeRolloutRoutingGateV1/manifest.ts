import { armConnection, text } from '../../../src/settings/kinds.ts';
import { ACCEPT_JSON, IS_OK } from '../../../src/settings/server-requests.ts';
import { declare, withDefault } from '../../../src/settings/setting.ts';
import type { ServerTask } from '../../../src/settings/task-json.ts';

const SITE =
  '$(endpoint.url)/subscriptions/$(endpoint.subscriptionId)/resourceGroups/$(resourceGroupName)/providers/Microsoft.Web/sites/$(appName)';
const VERSION = 'api-version=2024-11-01';

/** There and without a value: a field that is not in the answer tells nothing. */
const empty = (field: string): string =>
  `eq(count(jsonpath('$.properties.${field}')), 1), eq(isNullOrEmpty(root['properties']['${field}']), true)`;
const AT_REST = `and(${IS_OK}, ${empty('inProgressOperationId')}, ${empty('targetSwapSlot')})`;
const RULES = '$.properties.experiments.rampUpRules';

export const manifest: ServerTask = {
  id: '42e1179b-3e1e-49d3-b716-49c6fe5d10ea',
  name: 'SafeRolloutRoutingGate',
  friendlyName: 'Safe Rollout: routing gate',
  description:
    'Passes when all users of an App Service get production, and no operation and no swap with preview is pending.',
  category: 'Deploy',
  instanceNameFormat: 'No routing and nothing pending at $(appName)',
  help: 'Asks Azure Resource Manager whether a routing rule is left on the site, and whether an operation or a swap with preview is pending on the site or the slot. Users whom a rule has sent to a slot keep their cookie for up to an hour after the rule is gone: that cannot be asked. Nor is it certain that Azure shows a swap in progress on the site. The connection needs to read the site.',
  settings: declare({
    azureSubscription: armConnection({
      label: 'Azure subscription',
      help: 'The Azure Resource Manager service connection to ask with. It needs to read the app.',
    }),
    appName: text({
      label: 'App Service name',
      help: 'The web app or function app that is asked about.',
      pick: { dataSource: 'AzureRMWebAppNames', from: {}, item: 'value' },
    }),
    resourceGroupName: text({
      label: 'Resource group',
      help: 'The resource group that the app is in.',
      pick: { dataSource: 'AzureRMWebAppResourceGroup', from: { WebAppName: 'appName' }, item: 'value' },
    }),
    slot: withDefault(
      text({
        label: 'Slot',
        help: 'The slot that is swapped with production, which must be at rest too. Left empty, only the site is asked.',
        pick: {
          dataSource: 'AzureRMWebAppSlotsId',
          from: { WebAppName: 'appName', ResourceGroupName: 'resourceGroupName' },
          item: 'slotId',
        },
      }),
      'staging',
    ),
  }),
  requests: {
    kind: 'HttpRequestChain',
    steps: [
      { connection: 'azureSubscription', url: `${SITE}?${VERSION}`, headers: ACCEPT_JSON, expression: AT_REST },
      {
        connection: 'azureSubscription',
        url: `${SITE}/slots/$(slot)?${VERSION}`,
        headers: ACCEPT_JSON,
        expression: AT_REST,
        skipWhen: `eq(isNullOrEmpty(taskInputs['slot']), true)`,
      },
      {
        connection: 'azureSubscription',
        url: `${SITE}/config/web?${VERSION}`,
        headers: ACCEPT_JSON,
        expression: `and(${IS_OK}, eq(count(jsonpath('${RULES}')), 1), eq(count(jsonpath('${RULES}[*]')), 0))`,
      },
    ],
  },
};
