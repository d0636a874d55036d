import { json } from '../server/reply.ts';
import { route, type Route } from '../server/router.ts';
import type { Alert, World } from '../world/world.ts';

/** Pages of a hundred (recorded). */
const PAGE = 100;

/**
 * Alerts of a subscription, by condition and resource group, as recorded with 2019-05-05-preview. The filter of a time is
 * taken and does nothing: all alerts here are of now.
 */
export function alertRoutes(world: World): Route[] {
  return [
    route(
      'GET /subscriptions/:subscription/providers/Microsoft.AlertsManagement/alerts',
      ({ query }, { subscription = '' }) => {
        const [condition, group] = [query.get('monitorCondition'), query.get('targetResourceGroup')];
        const from = Number(query.get('ctoken') ?? 0);
        const found = world.alerts.filter(
          (one) =>
            (condition === null || one.condition === condition) &&
            (group === null || one.resourceGroup.toLowerCase() === group.toLowerCase()),
        );
        const page = found.slice(from, from + PAGE);
        const next = new URLSearchParams(query);
        next.set('ctoken', String(from + PAGE));
        const path = `/subscriptions/${subscription}/providers/Microsoft.AlertsManagement/alerts`;
        return json(200, {
          ...(from + PAGE < found.length && { nextLink: `${world.url}${path}?${next.toString()}` }),
          value: page.map((one, at) => describe(one, `${path}/alert-${from + at}`, subscription, world)),
        });
      },
    ),
  ];
}

function describe(one: Alert, id: string, subscription: string, world: World): Record<string, unknown> {
  const { rule, severity, resourceGroup, target, condition, state } = one;
  const resource = `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/microsoft.web/sites/${target}`;
  return {
    id,
    name: rule,
    type: 'Microsoft.AlertsManagement/alerts',
    properties: {
      essentials: {
        severity,
        signalType: 'Metric',
        alertState: state,
        monitorCondition: condition,
        monitorService: 'Platform',
        targetResource: resource.toLowerCase(),
        targetResourceName: target.toLowerCase(),
        targetResourceGroup: resourceGroup.toLowerCase(),
        alertRule: `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/microsoft.insights/metricAlerts/${rule}`,
        startDateTime: world.now().toISOString(),
      },
    },
  };
}
