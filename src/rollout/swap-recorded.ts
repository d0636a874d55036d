import type { DeploymentPlan } from './plan.ts';
import type { RolloutPorts } from './ports.ts';
import { recordOrThrow } from './swap-context.ts';
import type { SwapRequest } from './swap-policy.ts';
import type { SwapResult } from './swap-result.ts';
import { cancelSwap, completeSwap, previewSwap } from './preview.ts';
import { swapSlot } from './swap-slot.ts';

/** What can be done to two slots; the last three are the halves of a swap with preview. */
export type SwapAction = 'swap' | 'preview' | 'complete' | 'cancel';

const ACTIONS = { swap: swapSlot, preview: previewSwap, complete: completeSwap, cancel: cancelSwap } as const;

/**
 * A swap that stands for itself, outside a deployment. Its plan goes into the journal first, so that a rollback on a
 * fresh machine knows how to judge what it restores. The run is not closed: what follows the swap in the same run may
 * still want it undone.
 * @param why what the journal is to say of it, in the words of who asked for it
 * @throws what `swapSlot` throws
 */
export async function swapRecorded(
  request: SwapRequest,
  ports: RolloutPorts,
  why?: string,
  action: SwapAction = 'swap',
): Promise<SwapResult> {
  const { service, target, release, health, policy } = request;
  const plan: DeploymentPlan = {
    schema: 1,
    services: [
      {
        kind: 'appService',
        name: service,
        dependsOn: [],
        release,
        pointOfNoReturn: false,
        target,
        file: null,
        health,
      },
    ],
    parallel: 1,
    policy,
    rollbackScope: 'service',
    preconditions: [],
  };
  const what = `${action === 'swap' ? 'swap' : `${action} the swap of`} '${target.source}' into '${target.destination}' of '${target.app}'`;
  const reason = why === undefined ? what : `${what}: ${why}`;
  await recordOrThrow(ports, { action: 'plan', phase: 'done', reason, plan });
  return await ACTIONS[action](request, ports);
}
