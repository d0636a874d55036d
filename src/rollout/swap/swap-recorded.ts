import { unmetPreconditions } from '../planning/preconditions.ts';
import type { RolloutPorts } from '../ports.ts';
import { desk } from '../way/context.ts';
import { refuse } from '../promotion/promote.ts';
import type { PromotionResult } from '../way/result.ts';
import type { SwapRequest } from '../kinds/app-service/desk.ts';
import type { PlaceInGraph } from './place-in-graph.ts';
import { swapAlone, type SwapAction } from '../kinds/app-service/swap-alone.ts';

/** What goes with a swap that stands for itself. */
export interface SwapOrder {
  readonly action: SwapAction;
  /** What the journal is to say of it, in the words of who asked for it. */
  readonly why: string | undefined;
  /** What the service graph says of the app, where one is given. */
  readonly place: PlaceInGraph | undefined;
}

/**
 * A swap that stands for itself, in its place of the service graph where there is one: what other pipelines must have
 * deployed is asked before anything is changed. To take a preview back nothing is needed.
 * @throws what `swapSlot` throws
 */
export async function swapRecorded(
  asked: SwapRequest,
  ports: RolloutPorts,
  { action, why, place }: SwapOrder,
): Promise<PromotionResult> {
  const preconditions = action === 'cancel' ? [] : (place?.preconditions ?? []);
  const request = { ...asked, service: place?.service ?? asked.service };
  return await swapAlone(request, ports, {
    action,
    why,
    dependsOn: place?.dependsOn ?? [],
    preconditions,
    mayBegin: async (swap) => {
      const unmet = await unmetPreconditions(preconditions, swap.policy, ports);
      if (unmet.length === 0) return undefined;
      return await refuse(
        desk(swap, ports),
        unmet.map(({ reason }) => ({
          rule: 'precondition',
          message: `'${swap.service}' ${reason}. Nothing was swapped: let the other pipeline deploy it first.`,
        })),
      );
    },
  });
}
