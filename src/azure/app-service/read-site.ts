import type { RoutingRule, SlotConfig, SlotObservation } from '../../rollout/kinds/app-service/ports.ts';
import { property, textOf } from '../arm/arm-answer.ts';

/**
 * Pure: a Site resource as an observation, without the active deployment, which is another request.
 * `deploymentId` and `slotSwapStatus` are as recorded from the real service; the typed SDK drops the former.
 */
export function readSite(slot: string, site: unknown): SlotObservation {
  const properties = property(site, 'properties');
  const status = property(properties, 'slotSwapStatus');
  const state = textOf(properties, 'state')?.toLowerCase();
  const sku = textOf(properties, 'sku')?.toLowerCase();
  const kinds = textOf(site, 'kind')?.toLowerCase().split(',') ?? [];
  return {
    slot,
    state: state === 'running' || state === 'stopped' ? state : undefined,
    url: `https://${textOf(properties, 'defaultHostName') ?? ''}`,
    print: {
      deploymentId: textOf(properties, 'deploymentId'),
      activeDeployment: null,
      image: imageOf(textOf(property(properties, 'siteConfig'), 'linuxFxVersion')),
    },
    swapStamp: stampOf(textOf(status, 'timestampUtc')),
    previewWith: textOf(properties, 'targetSwapSlot'),
    operation: textOf(properties, 'inProgressOperationId'),
    slotless: sku === 'flexconsumption',
    linux: kinds.includes('linux'),
    functions: kinds.includes('functionapp'),
    unread: [],
  };
}

/** Pure: config/web as far as a swap depends on it. */
export function readConfig(config: unknown): SlotConfig {
  const properties = property(config, 'properties');
  const rules = property(property(properties, 'experiments'), 'rampUpRules');
  return {
    autoSwapSlot: textOf(properties, 'autoSwapSlotName'),
    routing: Array.isArray(rules) ? rules.map(readRule) : [],
  };
}

/** Pure: the id of the deployment that Kudu calls active, or null when there is none. */
export function activeDeployment(list: unknown): string | null {
  const value = property(list, 'value');
  if (!Array.isArray(value)) return null;
  const active = value.find((item) => property(property(item, 'properties'), 'active') === true) as unknown;
  return textOf(property(active, 'properties'), 'id') ?? textOf(active, 'name');
}

/**
 * Pure: the list of `slotsdiffs`, names only: values can be secrets. `settingType` and `settingName` are as declared in
 * the service's own specification.
 */
export function readDifferences(list: unknown): readonly string[] {
  const value = property(list, 'value');
  if (!Array.isArray(value)) return [];
  const names = value.map((item: unknown) => {
    const properties = property(item, 'properties');
    const [type, name] = [textOf(properties, 'settingType'), textOf(properties, 'settingName')];
    return [type, name].filter((part) => part !== null).join(' ');
  });
  return [...new Set(names.filter((name) => name !== ''))].sort();
}

/** Pure: functions that are enabled and have a trigger other than HTTP, `name (queueTrigger)` (documented). */
export function readFunctions(list: unknown): readonly string[] | undefined {
  const value = property(list, 'value');
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item: unknown): string[] => {
    const properties = property(item, 'properties');
    const bindings = property(property(properties, 'config'), 'bindings');
    const types = (Array.isArray(bindings) ? bindings : []).map((one: unknown) => textOf(one, 'type') ?? '');
    const trigger = types.find((type) => /trigger$/i.test(type));
    if (property(properties, 'isDisabled') === true || /^httpTrigger$/i.test(trigger ?? '')) return [];
    const name = textOf(properties, 'name') ?? textOf(item, 'name') ?? '?';
    return [`${name} (${trigger ?? 'trigger not told'})`];
  });
}

/** Pure: continuous WebJobs that are not stopped, by name (documented). */
export function readWebJobs(list: unknown): readonly string[] | undefined {
  const value = property(list, 'value');
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item: unknown): string[] => {
    const properties = property(item, 'properties');
    if (/^(stopped|disabled)$/i.test(textOf(properties, 'status') ?? '')) return [];
    return [textOf(properties, 'name') ?? textOf(item, 'name') ?? '?'];
  });
}

/** Pure: the names of instances, which are what the affinity cookie holds (documented). */
export function readInstances(list: unknown): readonly string[] | undefined {
  const value = property(list, 'value');
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item: unknown) => textOf(item, 'name')?.split('/').at(-1) ?? []);
}

function readRule(rule: unknown): RoutingRule {
  return {
    name: textOf(rule, 'name') ?? '',
    host: textOf(rule, 'actionHostName') ?? '',
    percent: Number(property(rule, 'reroutePercentage') ?? 0),
    ...(typeof rule === 'object' && rule !== null ? { raw: rule as Record<string, unknown> } : {}),
  };
}

/** The service writes seven digits of a second and sometimes no `Z`; equal moments must become equal texts. */
function stampOf(text: string | null): string | null {
  if (text === null) return null;
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function imageOf(linuxFxVersion: string | null): string | null {
  return linuxFxVersion !== null && /^(DOCKER|COMPOSE)\|/i.test(linuxFxVersion) ? linuxFxVersion : null;
}
