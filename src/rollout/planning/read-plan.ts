import { findCycles } from '../../graph/cycles.ts';
import { kindOf } from '../kinds/table.ts';
import { DEFAULT_SWAP_POLICY, type SwapPolicy } from '../way/policy.ts';
import { planGraph, type DeploymentPlan, type PlannedService } from '../plan/plan.ts';

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
  if (last === undefined) return 'the journal holds no plan';
  const plan = { ...last, services: [...services.values()] };
  // Each job's own plan has an order; of all together it is not known before.
  return circular(plan) ?? plan;
}

/**
 * Reads a plan back from a journal. It decides what is sent to Azure, so everything that is used of it is checked.
 * @returns the plan, or a sentence that says what is wrong with it
 */
export function readPlan(value: unknown): DeploymentPlan | string {
  if (!isRecord(value)) return 'the journal holds no plan';
  if (value['schema'] !== 1 && value['schema'] !== 2)
    return `the plan has schema ${String(value['schema'])}, expected 1 or 2: it was written by another version`;
  const { services, policy, parallel } = value;
  if (!Array.isArray(services) || !isRecord(policy) || !isPositive(parallel)) return 'the plan is incomplete';
  const read: PlannedService[] = [];
  for (const service of services as unknown[]) {
    const one = readService(service);
    if (typeof one === 'string') return `the plan has a service that ${one}`;
    read.push(one);
  }
  for (const name of ['swapDeadlineMs', 'settleMs', 'unseenMs', 'bakeMs', 'gateLimitMs', 'attempts'])
    if (!(name === 'attempts' ? isPositive : isCount)(policy[name])) return `the plan's policy has no ${name}`;
  if (policy['swapGraceMs'] !== undefined && !isCount(policy['swapGraceMs']))
    return "the plan's policy has a swapGraceMs that is none";
  const written = value as unknown as DeploymentPlan;
  const { swapGraceMs } = DEFAULT_SWAP_POLICY;
  const plan = {
    ...written,
    policy: { ...written.policy, swapGraceMs: (written.policy as Partial<SwapPolicy>).swapGraceMs ?? swapGraceMs },
    schema: 2 as const,
    services: read,
  };
  const names = plan.services.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? (circular(plan) ?? plan) : `the plan has '${twice}' twice`;
}

function circular(plan: DeploymentPlan): string | undefined {
  const [cycle] = findCycles(planGraph(plan))[0]?.cycles ?? [];
  return cycle === undefined
    ? undefined
    : `the plan has services that depend on each other in a circle: ${cycle.join(', ')}`;
}

/** @returns the service, or what is wrong with it */
function readService(service: unknown): PlannedService | string {
  if (!isRecord(service) || typeof service['name'] !== 'string') return 'has no name';
  const name = service['name'];
  const { dependsOn, release, kind } = service as Partial<Record<keyof PlannedService, unknown>>;
  if (!Array.isArray(dependsOn) || dependsOn.some((one) => typeof one !== 'string'))
    return `(${name}) has no list of what it depends on`;
  if (typeof service['pointOfNoReturn'] !== 'boolean')
    return `(${name}) does not say whether it is a point of no return`;
  if (!isRecord(release)) return `(${name}) has no release`;
  const known = typeof kind === 'string' ? kindOf(kind) : undefined;
  if (known === undefined) return `(${name}) is of the unknown kind ${String(kind)}`;
  const read = known.read(service);
  return typeof read === 'string' ? `(${name}) ${read}` : read;
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
