import type { Verdict } from '../probe/assess.ts';
import { watchUntilDecided } from '../probe/watch.ts';
import { comparePrints } from './content-print.ts';
import { RolloutError } from './errors.ts';
import type { DeploymentPlan, PlannedApp } from './plan.ts';
import type { RolloutEvent, RolloutPorts } from './ports.ts';
import { readState, recordOrThrow } from './swap-context.ts';
import { probeTarget } from './swap-policy.ts';

/** A promoted service that is not, or not surely, healthy any more. */
export interface Sick {
  readonly service: string;
  readonly verdict: Verdict;
}

/**
 * Judges every verified promotion of a run once more, where its target still holds it: a release can turn bad only
 * after its dependents began to use it, and an agent can die before it would have noticed. Those found unhealthy have
 * their verification taken back in the journal.
 * @param only services to look at; all of the plan when left out
 */
export async function findSick(
  plan: DeploymentPlan,
  ports: RolloutPorts,
  only?: readonly string[],
): Promise<readonly Sick[]> {
  const { promotions } = await readState(ports);
  const verified = plan.services.flatMap((service) => {
    if (service.kind !== 'appService' || only?.includes(service.name) === false) return [];
    const promotion = promotions.findLast((one) => one.service === service.name && one.state === 'verified');
    return promotion === undefined ? [] : [{ service, promotion }];
  });
  if (verified.length === 0) return [];
  const tell = async (level: RolloutEvent['level'], service: string, message: string): Promise<void> => {
    await ports.tell({ step: 'final-check', level, service, message, at: ports.clock.now() });
  };
  await tell('info', '', `final check of ${verified.map(({ service }) => service.name).join(', ')}`);
  const verdicts = await Promise.all(
    verified.map(({ service, promotion }) => judgeAgain(service, promotion.after, plan, ports)),
  );
  const sick: Sick[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    const { service, promotion } = verified[index]!;
    if (verdict === undefined || verdict.kind === 'healthy') continue;
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

/** @returns undefined when the target holds something else by now: what somebody put there since is theirs to judge */
async function judgeAgain(
  service: PlannedApp,
  after: { readonly target: Parameters<typeof comparePrints>[0] } | null,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<Verdict | undefined> {
  const { health, target, release } = service;
  try {
    const { url, print } = await ports.host(target).observe(target.destination, ports.signal);
    if (after !== null && comparePrints(after.target, print) === 'different') return undefined;
    const expected = health.version === undefined ? undefined : (release.version ?? undefined);
    const probe = probeTarget(health, url, expected);
    return await watchUntilDecided(probe, { ...health, startupMs: 0 }, ports, plan.policy.gateLimitMs, ports.signal);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return { kind: 'inconclusive', reason: error.message, version: undefined };
  }
}

export function printSick(sick: readonly Sick[]): string {
  return sick
    .map(({ service, verdict }) => `${service} is ${verdict.kind} at the final check: ${verdict.reason}`)
    .join('; ');
}
