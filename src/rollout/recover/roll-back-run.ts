import { walk } from '../../graph/walk.ts';
import type { Promotion, RunState } from '../../journal/fold.ts';
import { announcedAgo } from '../fence/still-to-come.ts';
import { isExposed } from '../plan/kind.ts';
import { exposesOf } from '../kinds/table.ts';
import type { DeploymentPlan, PlannedTarget } from '../plan/plan.ts';
import type { RolloutPorts } from '../ports.ts';
import { readState, recordOrThrow } from '../way/context.ts';
import { tellWhatIsInPlace } from '../promotion/in-place.ts';
import type { UndoResult } from '../promotion/old-release.ts';
import { undoPromotion } from '../promotion/undo.ts';
import { failedServices, leftForPerson, planCompensations, type Compensations } from './compensation.ts';
import { inPlaceOf } from './look.ts';
import {
  howToInsist,
  isNamed,
  leftInPlace,
  nothing,
  type RollbackRequest,
  type RollbackResult,
  type UndoneService,
} from './rollback-result.ts';
import { tidyUp } from './tidy-up.ts';
import { undoneService } from './undone-service.ts';

/** Undoes what a run changed, for who has its plan and its state at hand. @throws RolloutError as `rollBack` */
export async function rollBackRun(
  request: RollbackRequest,
  plan: DeploymentPlan,
  state: RunState,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const standing = isNamed(request) ? [] : leftForPerson(plan, state);
  const failed =
    request.services.length > 0
      ? request.services
      : failedServices(state).filter((name) => standing.every(({ service }) => service !== name));
  const compensations = planCompensations(plan, state, failed, request.scope);
  // For the sake of what it needs a dependent is undone, whatever was found of itself.
  const left = standing.filter(({ service }) => !compensations.promotions.has(service));
  const compensated = await compensate(request, plan, state, failed, compensations, ports);
  const tidied = await tidyUp(compensated, compensations, plan, ports);
  const seen = { ...tidied, seen: await tellWhatIsInPlace(inPlaceOf(notUndone(tidied, left, plan), ports), ports) };
  const now = await readState(ports);
  const { superseded = [] } = request;
  const result = nameWhatStays(seen, plan, now, { run: ports.journal.run, superseded });
  const open = failedServices(now).length > 0 || now.problems.length > 0;
  const settled = result.outcome !== 'person' && left.length === 0 && superseded.length === 0;
  if (settled && !open && !now.closed) await close(ports, result.reason);
  if (left.length === 0) return result;
  const named = left.map(({ service }) => service).join(',');
  const reason = `${left.map(({ service, unhealthy }) => `${service}: ${unhealthy ?? ''}`).join('; ')}. Left there, as onUnhealthy: abort says; to put back the release from before, name it (safe-rollout rollback --run ${ports.journal.run} --services ${named})`;
  const kept = left.map(({ service, unhealthy }): UndoneService => ({
    service,
    outcome: 'kept',
    reason: `${unhealthy ?? ''}. Left there, as onUnhealthy: abort says`,
  }));
  return {
    ...result,
    outcome: 'person',
    reason: result.outcome === 'nothing' ? reason : `${result.reason}; ${reason}`,
    services: [...result.services, ...kept],
  };
}

/** A rollback of a part leaves a system of two times: who reads its end must know which services are of which. */
function nameWhatStays(
  result: RollbackResult,
  plan: DeploymentPlan,
  { promotions, commandsDone }: RunState,
  { run, superseded }: { readonly run: string; readonly superseded: readonly string[] },
): RollbackResult {
  if (result.outcome === 'nothing') return result;
  const named = new Set([...superseded, ...result.services.map(({ service }) => service)]);
  const last = new Map(promotions.map((promotion) => [promotion.service, promotion]));
  const left = plan.services
    .map(({ name }) => last.get(name))
    .filter((one): one is Promotion => one?.state === 'verified' && !named.has(one.service));
  const commands = commandsDone.filter((name) => !named.has(name));
  if (left.length + commands.length === 0) return result;
  const names = left.map(({ service }) => service);
  const rows = left.map(({ service, release }): UndoneService => ({
    service,
    outcome: 'left',
    reason: `verified on ${release?.version ?? 'the release of this run'}, and left there`,
  }));
  return {
    ...result,
    reason: `${result.reason.replace(/\.$/, '')}; ${leftInPlace(run, names, commands)}`,
    services: [...result.services, ...rows],
  };
}

/** Of which apps a person will ask what is there now; of all, where the journal cannot tell which were changed. */
function notUndone(
  { outcome, services }: RollbackResult,
  left: readonly Promotion[],
  plan: DeploymentPlan,
): readonly PlannedTarget[] {
  const names = new Set([
    ...services.filter((one) => one.outcome !== 'undone').map(({ service }) => service),
    ...left.map(({ service }) => service),
  ]);
  const all = outcome === 'person' && services.length === 0;
  return plan.services.filter(isExposed).filter((one) => all || names.has(one.name));
}

async function compensate(
  request: RollbackRequest,
  plan: DeploymentPlan,
  state: RunState,
  failed: readonly string[],
  compensations: Compensations,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  if (compensations.promotions.size === 0 && compensations.kept.length === 0) {
    if (state.problems.length > 0)
      return {
        outcome: 'person',
        reason: `the journal has gaps, so something may have been changed that it does not show: ${state.problems.join('; ')}`,
        services: [],
      };
    // A run that died between two services leaves nothing to be undone, and nobody else to close it.
    const left = state.promotions.filter(({ state: how }) => how === 'verified').map(({ service }) => service);
    const reason =
      left.length === 0
        ? 'nothing of this run is in production'
        : `verified and left there: ${left.join(', ')}. ${howToInsist(ports.journal.run, left)}`;
    return nothing(`nothing that this run changed has to be undone; ${reason}`);
  }
  const names = [...compensations.promotions.keys()];
  await recordOrThrow(ports, {
    action: 'roll-back',
    phase: 'intent',
    reason: `${request.reason}; to undo: ${names.join(', ') || 'nothing'}`,
  });
  await ports.tell({
    step: 'roll-back',
    level: 'warning',
    service: '',
    message: `rolling back ${names.join(', ')}: ${request.reason}`,
    at: ports.clock.now(),
  });
  // Read anew: its newest entry tells the time of the store.
  const now = await readState(ports);
  const walked = await walk(compensations.order, {
    parallel: plan.parallel,
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
    visit: (name) => undo(name, compensations, plan, request.reason, now, ports),
    // What a dependent needs is undone all the same where it is back and merely not well: it may be for want of that.
    succeeded: ({ outcome }) => outcome === 'undone' || outcome === 'undone-not-yet-healthy',
  });
  const services = [
    ...walked.map((one) => undoneService(one, ports.signal)),
    ...compensations.kept.map(({ service, reason }) => ({ service, reason, outcome: 'kept' as const })),
  ];
  // What a point of no return keeps is as the user declared it, unless it is the very thing that failed.
  const unsure = compensations.kept.filter((kept) => kept.unsure).map(({ service }) => service);
  const left = services.filter(
    ({ outcome, service }) =>
      outcome !== 'undone' && (outcome !== 'kept' || failed.includes(service) || unsure.includes(service)),
  );
  const reason =
    left.length === 0
      ? `${names.join(', ')} rolled back: ${request.reason}`
      : left.map((one) => `${one.service} ${one.outcome}: ${one.reason}`).join('; ');
  await recordOrThrow(ports, { action: 'roll-back', phase: left.length === 0 ? 'done' : 'failed', reason });
  return {
    outcome: left.length === 0 && state.problems.length === 0 ? 'rolled-back' : 'person',
    reason:
      left.length === 0 && state.problems.length > 0
        ? `${reason}; but the journal has gaps: ${state.problems.join('; ')}`
        : reason,
    services,
  };
}

async function undo(
  name: string,
  compensations: Compensations,
  plan: DeploymentPlan,
  reason: string,
  state: RunState,
  ports: RolloutPorts,
): Promise<UndoResult> {
  const service = plan.services.find((one) => one.name === name);
  const promotion = compensations.promotions.get(name);
  if (service === undefined || !isExposed(service) || promotion === undefined)
    return { outcome: 'refused', reason: 'the plan does not know how to probe it' };
  const { target, release } = promotion;
  const context = exposesOf(target).context(
    {
      promotion: promotion.id,
      service: name,
      target,
      release: release ?? service.release,
      health: service.health,
      expectedVersion: undefined,
      policy: plan.policy,
    },
    ports,
    promotion.before,
  );
  return await undoPromotion(
    {
      before: promotion.before,
      after: promotion.after,
      versionBefore: promotion.replaces ?? undefined,
      healthyBefore: promotion.replacedHealthy ?? undefined,
      reason,
      settleFirst: isOpen(promotion),
      requestedAgoMs: announcedAgo(promotion, state),
    },
    context,
  );
}

/** A request of this promotion may still be on its way: what is seen now may not be what will be. */
function isOpen(promotion: Promotion): boolean {
  return promotion.state === 'open' || promotion.state === 'undoing';
}

function close(ports: RolloutPorts, reason: string): Promise<void> {
  return recordOrThrow(ports, { action: 'close', phase: 'done', reason });
}
