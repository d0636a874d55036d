import type { Prepared } from '../../../journal/short-of-promotion.ts';
import type { SlotTarget } from '../../../journal/slots.ts';
import { RolloutError } from '../../errors.ts';
import { holdTarget } from '../../fence/hold-target.ts';
import type { DeploymentPlan, PlannedTarget } from '../../plan/plan.ts';
import type { RolloutPorts } from '../../ports.ts';
import type { Leftover } from '../../plan/kind.ts';
import { swapContext } from './context.ts';
import { endPreview } from './cures.ts';
import { isPending, takeBack } from './preview.ts';

/**
 * A slot that this run may have left prepared with the settings of another: a preview whose agent has died, or a swap
 * that failed before anybody could tidy up after it. It runs under settings that are not its own, and refuses every
 * write of settings. Only Azure knows, so it is looked at, and taken back with an intent of its own.
 */
export async function takeLeftoverBack(
  { service: name, promotion, target: of }: Prepared,
  { release, health }: PlannedTarget,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<Leftover> {
  const target = of as SlotTarget;
  const { app, source, destination } = target;
  const where = `slot '${source}' of '${app}'`;
  const cure = `Look whether a swap with preview is pending, and cancel it: ${endPreview('cancel', target)}`;
  const left = (why: string): Leftover => ({ kind: 'left', service: name, reason: `${where}: ${why}. ${cure}` });
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
