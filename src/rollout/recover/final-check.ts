import type { Verdict } from '../../probe/assess.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import type { SlotPair } from '../../journal/entry.ts';
import type { Promotion } from '../../journal/fold.ts';
import { lastLook } from '../kinds/app-service/last-look.ts';
import { comparePrints } from '../kinds/app-service/content-print.ts';
import { RolloutError } from '../errors.ts';
import type { DeploymentPlan, PlannedApp } from '../plan/plan.ts';
import type { RolloutEvent, RolloutPorts } from '../ports.ts';
import { readState, recordOrThrow, swapContext, watching, type SwapContext } from '../promotion/context.ts';
import { probeTarget } from '../promotion/policy.ts';

/** A promoted service that is not, or not surely, healthy any more, or not what this run has put there. */
export interface Sick {
  readonly service: string;
  readonly verdict: JudgedAgain;
}

/** `superseded`: the target holds something else by now, and what somebody put there is theirs to judge. */
type JudgedAgain = Verdict | { readonly kind: 'superseded'; readonly reason: string };

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
    verified.map(({ service, promotion }) => judgeAgain(service, promotion, plan, ports)),
  );
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

async function judgeAgain(
  service: PlannedApp,
  { id: promotion, after }: Promotion,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<JudgedAgain> {
  const { name, health, target, release } = service;
  const { policy } = plan;
  const request = { promotion, service: name, target, release, health, expectedVersion: undefined, policy };
  const context = swapContext(request, ports);
  try {
    // Without prints of its own there is nothing to compare with: then health alone decides.
    const begun = after === null ? undefined : await lastLook(context, after);
    if (begun?.foreign !== undefined) return { kind: 'superseded', reason: begun.foreign };
    const { url } = begun?.target ?? (await context.host.observe(target.destination, ports.signal));
    if (after !== null) await tellWayBack(context, after);
    const expected = health.version === undefined ? undefined : (release.version ?? undefined);
    const probe = probeTarget(health, url, expected);
    const verdict = await watchUntilDecided(
      probe,
      { ...health, startupMs: 0 },
      watching(context, target.destination),
      policy.gateLimitMs,
      ports.signal,
    );
    // Whatever was found of another release says nothing of ours.
    if (after === null) return verdict;
    const { foreign } = await lastLook(context, after);
    return foreign === undefined ? verdict : { kind: 'superseded', reason: foreign };
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return { kind: 'inconclusive', reason: error.message, version: undefined, tooFew: false };
  }
}

/** The way back of what users get is no part of what they get: said when it is gone, and no reason to stop. */
async function tellWayBack({ host, ports, request, tell }: SwapContext, { source }: SlotPair): Promise<void> {
  const { print, slot } = await host.observe(request.target.source, ports.signal);
  if (comparePrints(source, print) !== 'different') return;
  const message = `slot '${slot}' does not hold the release from before any more: somebody deployed or swapped there, so this release cannot be swapped back`;
  await tell('final-check', 'warning', message);
}

export function printSick(sick: readonly Sick[]): string {
  return sick
    .map(({ service, verdict: { kind, reason } }) => `${service} is ${kind} at the final check: ${reason}`)
    .join('; ');
}
