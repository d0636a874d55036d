import { facingUsers, isReversed } from '../../../journal/users-side.ts';
import type { DeploymentPlan, Precondition } from '../../plan/plan.ts';
import type { RolloutPorts } from '../../ports.ts';
import { recordOrThrow } from '../../way/context.ts';
import { tellWhatIsInPlace } from '../../promotion/in-place.ts';
import { exitCodeOf, type PromotionResult } from '../../way/result.ts';
import type { SwapRequest } from './desk.ts';
import { swapOf } from './cures.ts';
import { lookAtSlots } from './look-at-slots.ts';
import { cancelSwap, completeSwap, previewSwap } from './preview.ts';
import { swapSlot } from './swap-slot.ts';

/** What can be done to two slots; the last three are the halves of a swap with preview. */
export type SwapAction = 'swap' | 'preview' | 'complete' | 'cancel';

const ACTIONS = { swap: swapSlot, preview: previewSwap, complete: completeSwap, cancel: cancelSwap } as const;

/** What goes with a swap that stands for itself. */
export interface LoneSwap {
  readonly action: SwapAction;
  /** What the journal is to say of it, in the words of who asked for it. */
  readonly why: string | undefined;
  /** All services of a service graph that it needs, where one is given. */
  readonly dependsOn?: readonly string[];
  readonly preconditions?: readonly Precondition[];
  /** Asked when the plan is written and nothing has begun. @returns how it ended, where it may not begin */
  readonly mayBegin?: (request: SwapRequest) => Promise<PromotionResult | undefined>;
}

/**
 * A swap that stands for itself, outside a deployment. Its plan goes into the journal first, so that a rollback on a
 * fresh machine knows how to judge what it restores. The run is not closed: what follows the swap in the same run may
 * still want it undone.
 * @throws what `swapSlot` throws
 */
export async function swapAlone(
  asked: SwapRequest,
  ports: RolloutPorts,
  { action, why, dependsOn = [], preconditions = [], mayBegin }: LoneSwap,
): Promise<PromotionResult> {
  const request = { ...asked, target: facingUsers(asked.target) };
  const { service, target, release, health, policy } = request;
  const planned = { kind: 'appService', name: service, dependsOn, release, pointOfNoReturn: false };
  const plan: DeploymentPlan = {
    schema: 2,
    services: [{ ...planned, target, file: null, health } as DeploymentPlan['services'][number]],
    parallel: 1,
    policy,
    rollbackScope: 'service',
    preconditions,
  };
  const what = `${action === 'swap' ? 'swap' : `${action} the swap of`} '${target.source}' into '${target.destination}' of '${target.app}'`;
  const reason = why === undefined ? what : `${what}: ${why}`;
  await recordOrThrow(ports, { action: 'plan', phase: 'done', reason, plan });
  if (isReversed(asked.target)) {
    const message = `users see '${target.destination}', whichever slot is named first: the release in '${target.source}' goes to '${target.destination}', so that one is judged`;
    await ports.tell({ step: 'plan', level: 'info', service, message, at: ports.clock.now() });
  }
  const refused = await mayBegin?.(request);
  if (refused !== undefined) return refused;
  const result = await ACTIONS[action](request, ports);
  if (exitCodeOf(result.outcome) === 4)
    await tellWhatIsInPlace(
      [
        {
          name: service,
          byHand: swapOf(target),
          look: () => lookAtSlots({ name: service, target, health }, ports),
        },
      ],
      ports,
    );
  return result;
}
