import type { Prepared } from '../../../journal/fold.ts';
import type { Compensations } from '../../recover/compensation.ts';
import { endPreview } from './cures.ts';
import { RolloutError } from '../../errors.ts';
import { holdTarget } from '../../fence/hold-target.ts';
import type { DeploymentPlan, PlannedApp } from '../../plan/plan.ts';
import type { RolloutPorts } from '../../ports.ts';
import { isPending, takeBack } from './preview.ts';
import type { RollbackResult } from '../../recover/roll-back.ts';
import { readState, swapContext } from '../../promotion/context.ts';

/** `clean`: Azure shows nothing prepared, or what it shows is not between these slots. */
type Leftover =
  | { readonly kind: 'clean' }
  | { readonly kind: 'taken-back'; readonly service: string; readonly reason: string }
  | { readonly kind: 'left'; readonly service: string; readonly reason: string };

/**
 * A slot that this run may have left prepared with the settings of another: a preview whose agent has died, or a swap
 * that failed before anybody could tidy up after it. It runs under settings that are not its own, and refuses every
 * write of settings. Only Azure knows, so it is looked at, and taken back with an intent of its own.
 */
async function takeLeftoverBack(
  { service: name, promotion, target }: Prepared,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<Leftover> {
  const { app, source, destination } = target;
  const where = `slot '${source}' of '${app}'`;
  const cure = `Look whether a swap with preview is pending, and cancel it: ${endPreview('cancel', target)}`;
  const left = (why: string): Leftover => ({ kind: 'left', service: name, reason: `${where}: ${why}. ${cure}` });
  const service = plan.services.find((one): one is PlannedApp => one.name === name && one.kind === 'appService');
  if (service === undefined) return left('the plan does not know it');
  const { release, health } = service;
  const request = {
    promotion,
    service: name,
    target,
    release,
    health,
    expectedVersion: undefined,
    policy: plan.policy,
  };
  const context = swapContext(request, ports);
  const isClean = async (): Promise<boolean> => !isPending(await context.observe());
  try {
    if (await isClean()) return { kind: 'clean' };
    const lock = await holdTarget(context);
    if (!('kind' in lock)) return left(lock.message);
    try {
      if (await isClean()) return { kind: 'clean' };
      const reason = `the settings of '${destination}' had been left applied to ${where}`;
      await context.tell('roll-back', 'warning', `${reason}: taking them back`);
      const still = await takeBack(context, reason);
      return still === undefined
        ? { kind: 'taken-back', service: name, reason: `${reason}, and were taken back` }
        : left(still);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return left(error.message);
  }
}

/** What may still be prepared for a swap: by what the journal leaves open, and by the swaps that were just undone. */
export async function tidyUp(
  result: RollbackResult,
  { promotions }: Compensations,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const undone = result.services.flatMap(({ service, outcome }) => {
    const promotion =
      outcome === 'undone' || outcome === 'undone-not-yet-healthy' ? promotions.get(service) : undefined;
    return promotion === undefined ? [] : [{ promotion: promotion.id, service, target: promotion.target }];
  });
  const { prepared } = await readState(ports);
  const suspects = [...undone, ...prepared.filter(({ service }) => undone.every((one) => one.service !== service))];
  const found: Exclude<Leftover, { kind: 'clean' }>[] = [];
  for (const suspect of suspects) {
    const leftover = await takeLeftoverBack(suspect, plan, ports);
    if (leftover.kind !== 'clean') found.push(leftover);
  }
  if (found.length === 0) return result;
  const { outcome } = result;
  const said = [...(outcome === 'nothing' ? [] : [result.reason]), ...found.map(({ reason }) => reason)].join('; ');
  if (found.some(({ kind }) => kind === 'left')) return { ...result, outcome: 'person', reason: said };
  const tidied = found.map(({ service, reason }) => ({ service, outcome: 'undone' as const, reason }));
  const services = [
    ...result.services,
    ...tidied.filter(({ service }) => undone.every((one) => one.service !== service)),
  ];
  return { outcome: outcome === 'nothing' ? 'rolled-back' : outcome, reason: said, services };
}
