import { isExposed } from '../plan/kind.ts';
import { exposesOf } from '../kinds/table.ts';
import type { DeploymentPlan } from '../plan/plan.ts';
import type { RolloutEvent, RolloutPorts } from '../ports.ts';
import { readState, recordOrThrow } from '../way/context.ts';
import { judgeAgain, type JudgedAgain } from '../promotion/judge-again.ts';

/** A promoted service that is not, or not surely, healthy any more, or not what this run has put there. */
export interface Sick {
  readonly service: string;
  readonly verdict: JudgedAgain;
}

/**
 * Judges every verified promotion of a run once more: a release can turn bad only after its dependents began to use it,
 * and an agent can die before it would have noticed. Those found unhealthy have their verification taken back in the
 * journal. What somebody else has put in their place is theirs: it is named, as neither well nor ill.
 * @param only services to look at; all of the plan when left out
 */
export async function findSick(
  plan: DeploymentPlan,
  ports: RolloutPorts,
  only?: readonly string[],
): Promise<readonly Sick[]> {
  const { promotions } = await readState(ports);
  const verified = plan.services.flatMap((service) => {
    if (!isExposed(service) || only?.includes(service.name) === false) return [];
    const promotion = promotions.findLast((one) => one.service === service.name && one.state === 'verified');
    return promotion === undefined ? [] : [{ service, promotion }];
  });
  if (verified.length === 0) return [];
  const tell = async (level: RolloutEvent['level'], service: string, message: string): Promise<void> => {
    await ports.tell({ step: 'final-check', level, service, message, at: ports.clock.now() });
  };
  await tell('info', '', `final check of ${verified.map(({ service }) => service.name).join(', ')}`);
  // As many at once as are deployed at once: a thousand hosts asked together would time each other out.
  const verdicts = await inTurns(verified, Math.max(plan.parallel, LEAST_AT_ONCE), ({ service, promotion }) => {
    const { name, target, release, health } = service;
    const { policy } = plan;
    const { id, ...rest } = promotion;
    const request = { promotion: id, service: name, target, release, health, expectedVersion: undefined, policy };
    return judgeAgain(exposesOf(target).context(request, ports, rest.before), rest);
  });
  const sick: Sick[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    const { service, promotion } = verified[index]!;
    if (verdict.kind === 'healthy') continue;
    const reason = `final check: ${verdict.kind}, ${verdict.reason}`;
    sick.push({ service: service.name, verdict });
    await tell('error', service.name, reason);
    if (verdict.kind !== 'unhealthy') continue;
    const { target } = service;
    await recordOrThrow(ports, {
      action: 'verify',
      phase: 'failed',
      reason,
      service: service.name,
      promotion: promotion.id,
      target,
    });
  }
  return sick;
}

export function printSick(sick: readonly Sick[]): string {
  return sick
    .map(({ service, verdict: { kind, reason } }) => `${service} is ${kind} at the final check: ${reason}`)
    .join('; ');
}

const LEAST_AT_ONCE = 32;

/** Results in the order of the items, with so many under way at once. Rejects with the first that does. */
async function inTurns<T, R>(items: readonly T[], atOnce: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await act(items[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return results;
}
