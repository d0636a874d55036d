import { facingUsers, isReversed } from '../../../journal/users-side.ts';
import { tellWhatIsInPlace } from './look-at-slots.ts';
import type { PlaceInGraph } from './place-in-graph.ts';
import type { DeploymentPlan } from '../../plan/plan.ts';
import type { RolloutPorts } from '../../ports.ts';
import { unmetPreconditions } from '../../plan/preconditions.ts';
import { refuse } from '../../promotion/promote.ts';
import { recordOrThrow, swapContext } from '../../promotion/context.ts';
import type { SwapRequest } from '../../promotion/policy.ts';
import { exitCodeOf, type SwapResult } from '../../promotion/result.ts';
import { cancelSwap, completeSwap, previewSwap } from './preview.ts';
import { swapSlot } from './swap-slot.ts';

/** What can be done to two slots; the last three are the halves of a swap with preview. */
export type SwapAction = 'swap' | 'preview' | 'complete' | 'cancel';

const ACTIONS = { swap: swapSlot, preview: previewSwap, complete: completeSwap, cancel: cancelSwap } as const;

/** What goes with a swap that stands for itself. */
export interface SwapOrder {
  readonly action: SwapAction;
  /** What the journal is to say of it, in the words of who asked for it. */
  readonly why: string | undefined;
  /** What the service graph says of the app, where one is given. */
  readonly place: PlaceInGraph | undefined;
}

/**
 * A swap that stands for itself, outside a deployment. Its plan goes into the journal first, so that a rollback on a
 * fresh machine knows how to judge what it restores. The run is not closed: what follows the swap in the same run may
 * still want it undone. What other pipelines must have deployed is asked before anything is changed; to take a preview
 * back nothing is needed.
 * @throws what `swapSlot` throws
 */
export async function swapRecorded(
  asked: SwapRequest,
  ports: RolloutPorts,
  { action, why, place }: SwapOrder,
): Promise<SwapResult> {
  const request = { ...asked, service: place?.service ?? asked.service, target: facingUsers(asked.target) };
  const { service, target, release, health, policy } = request;
  const preconditions = action === 'cancel' ? [] : (place?.preconditions ?? []);
  const plan: DeploymentPlan = {
    schema: 1,
    services: [
      {
        kind: 'appService',
        name: service,
        dependsOn: place?.dependsOn ?? [],
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
    preconditions,
  };
  const what = `${action === 'swap' ? 'swap' : `${action} the swap of`} '${target.source}' into '${target.destination}' of '${target.app}'`;
  const reason = why === undefined ? what : `${what}: ${why}`;
  await recordOrThrow(ports, { action: 'plan', phase: 'done', reason, plan });
  if (isReversed(asked.target)) {
    const message = `users see '${target.destination}', whichever slot is named first: the release in '${target.source}' goes to '${target.destination}', so that one is judged`;
    await ports.tell({ step: 'plan', level: 'info', service, message, at: ports.clock.now() });
  }
  const unmet = await unmetPreconditions(preconditions, policy, ports);
  if (unmet.length > 0)
    return await refuse(
      swapContext(request, ports),
      unmet.map(({ reason }) => ({
        rule: 'precondition',
        message: `'${service}' ${reason}. Nothing was swapped: let the other pipeline deploy it first.`,
      })),
    );
  const result = await ACTIONS[action](request, ports);
  if (exitCodeOf(result.outcome) === 4) await tellWhatIsInPlace([{ name: service, target, health }], ports);
  return result;
}
