import type { DeploymentPlan, PlannedService } from './plan.ts';

/**
 * Lays the plans of a run together, as its jobs wrote them: each service as it was planned last, the policy of the last.
 * @returns the plan, or a sentence that says what is wrong with the first that cannot be read
 */
export function readPlans(values: readonly unknown[]): DeploymentPlan | string {
  const services = new Map<string, PlannedService>();
  let last: DeploymentPlan | undefined;
  for (const value of values) {
    const plan = readPlan(value);
    if (typeof plan === 'string') return plan;
    for (const service of plan.services) services.set(service.name, service);
    last = plan;
  }
  return last === undefined ? 'the journal holds no plan' : { ...last, services: [...services.values()] };
}

/**
 * Reads a plan back from a journal. It decides what is sent to Azure, so everything that is used of it is checked.
 * @returns the plan, or a sentence that says what is wrong with it
 */
export function readPlan(value: unknown): DeploymentPlan | string {
  if (!isRecord(value)) return 'the journal holds no plan';
  if (value['schema'] !== 1)
    return `the plan has schema ${String(value['schema'])}, expected 1: it was written by another version`;
  const { services, policy, parallel } = value;
  if (!Array.isArray(services) || !isRecord(policy) || !Number.isInteger(parallel)) return 'the plan is incomplete';
  for (const service of services as unknown[]) {
    const problem = problemOf(service);
    if (problem !== undefined) return `the plan has a service that ${problem}`;
  }
  for (const name of ['swapDeadlineMs', 'settleMs', 'bakeMs', 'gateLimitMs', 'attempts'])
    if (!isCount(policy[name])) return `the plan's policy has no ${name}`;
  return value as unknown as DeploymentPlan;
}

function problemOf(service: unknown): string | undefined {
  if (!isRecord(service) || typeof service['name'] !== 'string') return 'has no name';
  const name = service['name'];
  const { dependsOn, release, kind } = service as Partial<Record<keyof PlannedService, unknown>>;
  if (!Array.isArray(dependsOn) || dependsOn.some((one) => typeof one !== 'string'))
    return `(${name}) has no list of what it depends on`;
  if (!isRecord(release)) return `(${name}) has no release`;
  if (kind === 'command' || kind === 'package') return undefined;
  if (kind !== 'appService') return `(${name}) is of the unknown kind ${String(kind)}`;
  const { target, health } = service;
  if (
    !isRecord(target) ||
    !['subscription', 'resourceGroup', 'app', 'source', 'destination'].every((key) => typeof target[key] === 'string')
  )
    return `(${name}) has an incomplete target`;
  if (
    !isRecord(health) ||
    typeof health['path'] !== 'string' ||
    !Array.isArray(health['statuses']) ||
    !isRecord(health['headers']) ||
    !isRecord(health['json'])
  )
    return `(${name}) has an incomplete probe`;
  const counts = ['intervalMs', 'timeoutMs', 'healthyThreshold', 'unhealthyThreshold', 'startupMs'];
  return counts.every((key) => isCount(health[key])) ? undefined : `(${name}) has an incomplete probe`;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
