import type { RunState } from '../../journal/fold.ts';
import { RolloutError } from '../errors.ts';
import { readPlans } from '../planning/read-plan.ts';
import type { RolloutPorts } from '../ports.ts';
import { readState } from '../way/context.ts';
import { failedServices } from './compensation.ts';
import { findSick, printSick } from './final-check.ts';
import { rollBackRun } from './roll-back-run.ts';
import { howToInsist, isNamed, nothing, type RollbackRequest, type RollbackResult } from './rollback-result.ts';

/**
 * Undoes what a run changed, dependents first, from its journal alone. Promotions whose outcome the journal does not
 * know are observed for the settle time before anything is decided. Safe to run again: what is undone is seen to be.
 * @throws RolloutError when the journal cannot be read or holds changes without a plan, and for a service it does not have
 */
export async function rollBack(request: RollbackRequest, ports: RolloutPorts): Promise<RollbackResult> {
  const state = await readState(ports);
  if (state.plans.length === 0 && state.promotions.length === 0 && state.problems.length === 0)
    return {
      ...nothing(`the journal shows no deployment of run ${ports.journal.run}: there is nothing to undo`),
      isUnwritten: true,
    };
  const plan = readPlans(state.plans);
  if (typeof plan === 'string')
    throw new RolloutError({
      code: 'journal-failed',
      stage: 'later',
      what: 'used',
      detail: `${plan}. Look at what is in place, and change it by hand where needed.`,
    });
  const strangers = request.services.filter((name) => plan.services.every((service) => service.name !== name));
  if (strangers.length > 0) {
    const known = plan.services.map(({ name }) => name).join(', ');
    const problems = strangers.map(
      (name) => `'${name}' is not a service of run ${ports.journal.run}. It has: ${known}.`,
    );
    throw new RolloutError({ code: 'bad-input', problems });
  }
  // Jobs of a run close it one by one: what another one left open is open all the same.
  const open = failedServices(state).length > 0 || state.problems.length > 0 || state.prepared.length > 0;
  if (state.closed && !open && !isNamed(request)) return nothing(closedReason(ports.journal.run, state));
  const current = { ...plan, policy: { ...plan.policy, ...request.policy } };
  if (isNamed(request)) return await rollBackRun(request, current, state, ports);
  // The agent may have died before its final check: what it verified is judged once more in its place.
  const sick = await findSick(current, ports);
  const reason = sick.length === 0 ? request.reason : `${request.reason}; ${printSick(sick)}`;
  const superseded = sick.filter(({ verdict }) => verdict.kind === 'superseded').map(({ service }) => service);
  const result = await rollBackRun({ ...request, reason, superseded }, current, await readState(ports), ports);
  const unjudged = sick.filter(({ verdict }) => verdict.kind !== 'unhealthy');
  return unjudged.length === 0
    ? result
    : { ...result, outcome: 'person', reason: `${result.reason}; ${printSick(unjudged)}` };
}

/** A run that has ended well is not in anybody's way, and who wants it undone has to say so. */
function closedReason(run: string, { promotions }: RunState): string {
  const names = [...new Set(promotions.filter(({ state }) => state === 'verified').map(({ service }) => service))];
  return names.length === 0
    ? 'this run is closed, and nothing of it is in production'
    : `this run is closed; verified and left in production: ${names.join(', ')}. ${howToInsist(run, names)}`;
}
