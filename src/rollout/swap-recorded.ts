import type { DeploymentPlan } from './plan.ts';
import type { RolloutPorts } from './ports.ts';
import { recordOrThrow } from './swap-context.ts';
import type { SwapRequest } from './swap-policy.ts';
import type { SwapResult } from './swap-result.ts';
import { swapSlot } from './swap-slot.ts';

/**
 * A swap that stands for itself, outside a deployment. Its plan goes into the journal first, so that a rollback on a
 * fresh machine knows how to judge what it restores. The run is not closed: what follows the swap in the same run may
 * still want it undone.
 * @param why what the journal is to say of it, in the words of who asked for it
 * @throws what `swapSlot` throws
 */
export async function swapRecorded(request: SwapRequest, ports: RolloutPorts, why?: string): Promise<SwapResult> {
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
  const what = `swap '${target.source}' into '${target.destination}' of '${target.app}'`;
  const reason = why === undefined ? what : `${what}: ${why}`;
  await recordOrThrow(ports, { action: 'plan', phase: 'done', reason, plan });
  return await swapSlot(request, ports);
}
