import { randomUUID } from 'node:crypto';
import { armError, notImplemented, subscriptionNotFound } from '../../server/errors.ts';
import type { Exchange } from '../../server/exchange.ts';
import { json, Refusal, type Reply } from '../../server/reply.ts';
import { route, type Route } from '../../server/router.ts';
import type { Alert, AlertSpec } from '../../state/alert.ts';
import type { World } from '../../world/world.ts';

const DAY_MS = 86_400_000;
const RANGES: Readonly<Record<string, number>> = {
  '1h': DAY_MS / 24,
  '1d': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};
/** Pages of a hundred (recorded). */
const PAGE = 100;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Filters of the list, each by what it compares (documented). Several values of one are separated by commas. */
const FILTERS: Readonly<Record<string, (alert: Alert) => string>> = {
  targetResource: (alert) => alert.targetResource,
  targetResourceGroup: (alert) => partOf(alert.targetResource, 'resourcegroups'),
  alertRule: (alert) => alert.alertRule,
  severity: (alert) => alert.severity,
  alertState: (alert) => alert.alertState,
  monitorCondition: conditionOf,
};

/** Alerts of Azure Monitor, from the recorded answer of api-version 2019-05-05-preview and the documented filters. */
export function alertRoutes(world: World): Route[] {
  return [
    route(
      'GET /subscriptions/:subscription/providers/Microsoft.AlertsManagement/alerts',
      (exchange, { subscription = '' }) => {
        if (subscription.toLowerCase() !== world.settings.subscriptionId.toLowerCase())
          throw new Refusal(subscriptionNotFound(subscription));
        return listAlerts(world, exchange);
      },
    ),
  ];
}

export function addAlert(world: World, spec: AlertSpec): void {
  const { targetResource, rule = 'too-slow', severity = 'Sev3', alertState = 'New', firedAt, resolvedAt = null } = spec;
  const lower = targetResource.toLowerCase();
  const scope = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/.exec(lower)?.[0];
  if (scope === undefined) throw new Error(`'${targetResource}' is not the id of a resource in a resource group.`);
  const alertRule = `${scope}/providers/microsoft.insights/metricalerts/${rule}`;
  world.alerts.push({ id: randomUUID(), targetResource: lower, alertRule, severity, alertState, firedAt, resolvedAt });
}

function listAlerts(world: World, { query }: Exchange): Reply {
  for (const name of query.keys())
    if (!['api-version', 'timeRange', 'customTimeRange', 'ctoken', ...Object.keys(FILTERS)].includes(name))
      return notImplemented(`the filter '${name}' of alerts`);
  const { from, to } = rangeOf(query, world.now());
  const wanted = world.alerts.filter(
    (alert) =>
      alert.firedAt.getTime() >= from &&
      alert.firedAt.getTime() <= to &&
      [...query].every(([name, value]) => {
        const compared = FILTERS[name]?.(alert).toLowerCase();
        return compared === undefined || value.toLowerCase().split(',').includes(compared);
      }),
  );
  const first = Number(query.get('ctoken') ?? 0);
  const page = wanted.slice(first, first + PAGE);
  const value = page.map((alert) => describe(world, alert));
  if (first + PAGE >= wanted.length) return json(200, { value });
  const next = new URLSearchParams(query);
  next.set('ctoken', String(first + PAGE));
  const path = `/subscriptions/${world.settings.subscriptionId}/providers/Microsoft.AlertsManagement/alerts`;
  return json(200, { value, nextLink: `${world.url}${path}?${next.toString()}` });
}

/**
 * From when to when an alert must have fired, both included. Either filter, within the last 30 days, and a day where there is
 * none (documented). Whether it is the time of firing or of the last change that counts is not documented.
 */
function rangeOf(query: URLSearchParams, now: Date): { from: number; to: number } {
  const [range, custom] = [query.get('timeRange'), query.get('customTimeRange')];
  if (range !== null && custom !== null) throw badRange('Either timeRange or customTimeRange can be used, not both.');
  if (custom === null) {
    const ms = RANGES[range ?? '1d'];
    if (ms === undefined) throw badRange(`The time range '${range}' is not valid.`);
    return { from: now.getTime() - ms, to: now.getTime() };
  }
  if ((query.get('api-version') ?? '') < '2019-05-05')
    throw badRange('customTimeRange is not known in this api-version.');
  const [start = '', end = '', ...more] = custom.split('/');
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (!TIME.test(start) || !TIME.test(end) || more.length > 0 || !(from <= to))
    throw badRange(`The custom time range '${custom}' is not valid.`);
  if (from < now.getTime() - 30 * DAY_MS) throw badRange('The custom time range begins more than 30 days ago.');
  return { from, to };
}

/** The words of this error were not recorded. */
function badRange(message: string): Refusal {
  return new Refusal(armError(400, 'BadRequest', message));
}

function conditionOf({ resolvedAt }: Alert): string {
  return resolvedAt === null ? 'Fired' : 'Resolved';
}

function describe(world: World, alert: Alert): Record<string, unknown> {
  const { id, targetResource, alertRule, severity, alertState, firedAt, resolvedAt } = alert;
  const [, type = '', name = ''] = /\/providers\/(.+)\/([^/]+)$/.exec(targetResource) ?? [];
  return {
    id: `/subscriptions/${world.settings.subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${id}`,
    type: 'Microsoft.AlertsManagement/alerts',
    name: partOf(alertRule, 'metricalerts'),
    properties: {
      essentials: {
        severity,
        signalType: 'Metric',
        alertState,
        monitorCondition: conditionOf(alert),
        monitorService: 'Platform',
        targetResource,
        targetResourceName: name,
        targetResourceGroup: partOf(targetResource, 'resourcegroups'),
        targetResourceType: type,
        sourceCreatedId: id,
        alertRule,
        startDateTime: firedAt.toISOString(),
        lastModifiedDateTime: (resolvedAt ?? firedAt).toISOString(),
        ...(resolvedAt === null ? {} : { monitorConditionResolvedDateTime: resolvedAt.toISOString() }),
        lastModifiedUserName: 'System',
        actionStatus: { isSuppressed: false },
        description: '',
      },
    },
  };
}

/** The name behind a word of a resource id. */
function partOf(id: string, word: string): string {
  const parts = id.split('/');
  return parts[parts.indexOf(word) + 1] ?? '';
}
