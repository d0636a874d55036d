import { walk, type Walked } from '../../graph/walk.ts';
import { failedServices } from '../recover/compensation.ts';
import { journalled } from '../kinds/table.ts';
import { isExposed } from '../plan/kind.ts';
import type { DeployPorts } from '../ports.ts';
import { tellWhatIsInPlace } from '../promotion/in-place.ts';
import type { ServiceResult } from '../way/service-result.ts';
import { inPlaceOf } from '../recover/look.ts';
import { deployService } from './deploy-service.ts';
import { Interrupted, isInterruption, RolloutError } from '../errors.ts';
import { findSick, printSick, type Sick } from '../recover/final-check.ts';
import { planGraph, type DeploymentPlan, type PlannedTarget } from '../plan/plan.ts';
import { unmetPreconditions, type Unmet } from '../planning/preconditions.ts';
import { rollBackRun } from '../recover/roll-back-run.ts';
import { leftInPlace, type RollbackRequest, type RollbackResult } from '../recover/rollback-result.ts';
import { readState, recordOrThrow } from '../way/context.ts';

/** One row of the table at the end: what became of a service, in the order of the graph file. */
export interface DeployedService extends Omit<ServiceResult, 'outcome'> {
  readonly service: string;
  readonly outcome: ServiceResult['outcome'] | 'skipped' | 'stopped' | 'rolled-back' | 'turned-unhealthy';
}

/**
 * `deployed`: every service is verified, and was still healthy at the end. `failed`: something was refused or failed;
 * nothing unverified is in production. `rolled-back`: what had to be undone is, and verified. `person`: something is
 * unknown, unhealthy or could not be undone. `stopped`: a signal; the journal says where.
 */
export interface DeployResult {
  readonly outcome: 'deployed' | 'failed' | 'rolled-back' | 'person' | 'stopped';
  readonly reason: string;
  readonly services: readonly DeployedService[];
  readonly rollback: RollbackResult | undefined;
}

/**
 * Deploys a plan in the order of its graph, each service as soon as what it depends on is verified. After the last
 * one every promoted service is judged once more; one that has turned unhealthy is rolled back with its dependents.
 * @param why what the journal is to say of it, in the words of who asked for it
 * @throws RolloutError when the journal cannot take the plan: then nothing was begun
 */
export async function deploy(plan: DeploymentPlan, ports: DeployPorts, why?: string): Promise<DeployResult> {
  const what = `deploy ${plan.services.map(({ name }) => name).join(', ')}`;
  const reason = why === undefined ? what : `${what}: ${why}`;
  await recordOrThrow(ports, { action: 'plan', phase: 'done', reason, plan: journalled(plan) });
  const refused = await refuseUnmet(plan, ports);
  if (refused !== undefined) return refused;
  const byName = new Map(plan.services.map((service) => [service.name, service]));
  const walked = await walk<ServiceResult>(planGraph(plan), {
    parallel: plan.parallel,
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
    visit: (name) => deployService(byName.get(name)!, plan, ports),
    succeeded: ({ outcome }) => outcome === 'done',
  });
  const services = walked.map((one) => explain(one, ports.signal));
  for (const { service, outcome, reason } of services)
    if (outcome === 'skipped')
      await ports.tell({ step: 'skipped', level: 'warning', service, message: reason, at: ports.clock.now() });
  const stopped = (): DeployResult => {
    const reason = `stopped by a signal. ${standing(services)}`;
    return { outcome: 'stopped', reason, services, rollback: undefined };
  };
  if (ports.signal?.aborted) return stopped();
  let result: DeployResult;
  try {
    result = await conclude(services, plan, ports);
  } catch (error) {
    if (isInterruption(error, ports.signal)) return stopped();
    if (!(error instanceof RolloutError)) throw error;
    result = { outcome: 'person', reason: error.message, services, rollback: undefined };
  }
  // A rollback has told it of what it left.
  if (result.outcome === 'person' && result.rollback === undefined)
    await tellWhatIsInPlace(inPlaceOf(unclear(plan, result.services), ports), ports);
  return result;
}

/** Apps of which a person needs to know what is in place: neither verified nor never begun. */
function unclear(plan: DeploymentPlan, services: readonly DeployedService[]): PlannedTarget[] {
  const clear = services.filter(({ outcome }) => ['done', 'skipped', 'refused', 'restored'].includes(outcome));
  return plan.services.filter(isExposed).filter(({ name }) => clear.every(({ service }) => service !== name));
}

/** Ends the run before it changes anything when other pipelines have not deployed what this one needs. */
async function refuseUnmet(plan: DeploymentPlan, ports: DeployPorts): Promise<DeployResult | undefined> {
  const nothing = { changed: false, versionBefore: null, versionAfter: null };
  const rows = (unmet: readonly Unmet[]): DeployedService[] =>
    plan.services.map(({ name: service }): DeployedService => {
      const own = unmet.filter(({ precondition }) => precondition.service === service).map(({ reason }) => reason);
      if (own.length > 0) return { service, outcome: 'refused', reason: own.join('; '), ...nothing };
      return {
        service,
        outcome: 'skipped',
        reason: 'not begun, since not all is there that the run needs',
        ...nothing,
      };
    });
  try {
    const unmet = await unmetPreconditions(plan.preconditions, plan.policy, ports);
    if (unmet.length === 0) return undefined;
    const services = rows(unmet);
    return await conclude(services, plan, ports);
  } catch (error) {
    const services = rows([]);
    if (isInterruption(error, ports.signal))
      return {
        outcome: 'stopped',
        reason: `stopped by a signal. ${standing(services)}`,
        services,
        rollback: undefined,
      };
    if (!(error instanceof RolloutError)) throw error;
    return { outcome: 'person', reason: error.message, services, rollback: undefined };
  }
}

/** A release is in place of which something else is known, or less, than that it is well. */
const FOR_A_PERSON: ReadonlySet<DeployedService['outcome']> = new Set([
  'unhealthy',
  'unknown',
  'in-place-not-yet-healthy',
  'restored-not-yet-healthy',
  'superseded',
]);

/**
 * Every promoted service once more, then the end: what failed left nothing unverified behind, or a person has to look;
 * what has turned bad is undone with its dependents. Only the scope `run` undoes more than that.
 */
async function conclude(
  services: readonly DeployedService[],
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<DeployResult> {
  const failed = services.filter(({ outcome }) => outcome !== 'done' && outcome !== 'skipped');
  const person = (reason: string, rows = services): DeployResult => ({
    outcome: 'person',
    reason,
    services: rows,
    rollback: undefined,
  });
  const failures = failed.map(({ service, outcome, reason: why }) => `${service} ${outcome}: ${why}`).join('; ');
  if (failed.some(({ outcome }) => FOR_A_PERSON.has(outcome))) return person(failures);

  const sick = await findSick(plan, ports);
  const rows = services.map((row) => mark(row, sick));
  const bad = sick.filter(({ verdict }) => verdict.kind === 'unhealthy').map(({ service }) => service);
  const reason = [failures, printSick(sick)].filter((text) => text !== '').join('; ');
  // A probe that could not be made says nothing against the release, and nothing for it.
  if (sick.length > 0 && bad.length === 0) return person(reason, rows);
  if (bad.length > 0 && plan.policy.onUnhealthy === 'abort')
    return person(`${reason}. It was left there, as onUnhealthy: abort says.`, rows);
  const whole = plan.rollbackScope === 'run' && failed.length > 0 && services.some(({ changed }) => changed);
  if (bad.length > 0 || whole) {
    const seeds = bad.length > 0 ? bad : failed.map(({ service }) => service);
    const superseded = sick.filter(({ verdict }) => verdict.kind === 'superseded').map(({ service }) => service);
    const undone = await undo({ services: seeds, superseded, reason }, rows, plan, ports);
    return bad.length === sick.length ? undone : { ...undone, outcome: 'person' };
  }
  const end =
    failed.length === 0
      ? `all ${services.length} services are verified`
      : `ended early; nothing unverified is in production. ${failures}`;
  const open = await closeUnlessOpen(plan, end, ports);
  if (open.length > 0) return person([failures, ...open].filter((text) => text !== '').join('; '));
  const restored = failed.some(({ outcome }) => outcome === 'restored');
  const outcome = failed.length === 0 ? 'deployed' : restored ? 'rolled-back' : 'failed';
  const left = services.filter(({ outcome: how, changed }) => how === 'done' && changed).map(({ service }) => service);
  const stays = restored && left.length > 0 ? `; ${leftInPlace(ports.journal.run, left, [])}` : '';
  return { outcome, reason: failed.length === 0 ? end : `${failures}${stays}`, services, rollback: undefined };
}

/**
 * The journal decides whether a run may be closed, and not what we believe to have done. What another job of the run
 * has open is its own affair, and keeps the run open.
 * @returns what stands against it in this plan
 */
async function closeUnlessOpen(plan: DeploymentPlan, reason: string, ports: DeployPorts): Promise<string[]> {
  const state = await readState(ports);
  const open = failedServices(state);
  const own = open.filter((name) => plan.services.some((service) => service.name === name));
  if (open.length === 0 && state.problems.length === 0)
    await recordOrThrow(ports, { action: 'close', phase: 'done', reason });
  return [...own.map((name) => `the promotion of ${name} is open`), ...state.problems];
}

async function undo(
  asked: Pick<RollbackRequest, 'services' | 'superseded' | 'reason'>,
  services: readonly DeployedService[],
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<DeployResult> {
  const request = { scope: plan.rollbackScope, ...asked };
  const rollback = await rollBackRun(request, plan, await readState(ports), ports);
  const undone = { undone: 'rolled-back', 'undone-not-yet-healthy': 'restored-not-yet-healthy' } as const;
  const rows = services.map((row): DeployedService => {
    const end = rollback.services.find(({ service }) => service === row.service)?.outcome;
    if (end !== 'undone' && end !== 'undone-not-yet-healthy') return row;
    return { ...row, outcome: undone[end], versionAfter: row.versionBefore, changed: false };
  });
  return {
    outcome: rollback.outcome === 'rolled-back' ? 'rolled-back' : 'person',
    reason: asked.reason,
    services: rows,
    rollback,
  };
}

function mark(row: DeployedService, sick: readonly Sick[]): DeployedService {
  const found = sick.find(({ service }) => service === row.service);
  if (found === undefined) return row;
  return found.verdict.kind === 'superseded'
    ? { ...row, outcome: 'superseded', versionAfter: null, changed: false }
    : { ...row, outcome: 'turned-unhealthy' };
}

function explain(walked: Walked<ServiceResult>, signal: AbortSignal | undefined): DeployedService {
  const nothing = { changed: false, versionBefore: null, versionAfter: null };
  const service = walked.name;
  switch (walked.state) {
    case 'succeeded':
    case 'failed':
      return { service, ...walked.value };
    case 'skipped':
      return { service, outcome: 'skipped', reason: `not begun, because of ${walked.causes.join(', ')}`, ...nothing };
    case 'stopped':
      return { service, outcome: 'stopped', reason: 'not begun', ...nothing };
    case 'threw':
      if (walked.error instanceof RolloutError)
        return { service, outcome: 'failed', reason: walked.error.message, ...nothing };
      if (walked.error instanceof Interrupted || isInterruption(walked.error, signal))
        return { service, outcome: 'stopped', reason: 'stopped; the journal says where', ...nothing };
      throw walked.error;
  }
}

function standing(services: readonly DeployedService[]): string {
  const list = (outcome: DeployedService['outcome']): string =>
    services
      .filter((one) => one.outcome === outcome)
      .map(({ service }) => service)
      .join(', ') || 'none';
  return `Verified: ${list('done')}. Stopped or not begun: ${list('stopped')}.`;
}
