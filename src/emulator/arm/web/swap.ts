import { badRequest, refuseWhileBusy, slotRoutes, targetOf } from './scope.ts';
import { armError, operationInProgress, providerError } from '../../server/errors.ts';
import type { Exchange } from '../../server/exchange.ts';
import { empty, json, Refusal, type Reply } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { resourceId, siteResource } from './site-resource.ts';
import { findSlot, type Slot } from '../../state/site.ts';
import { restart } from './environment.ts';
import { applyTargetSettings, shownName, startSwap } from './run-swap.ts';
import type { SwapOperation } from '../../state/swap-operation.ts';
import { isSigned, retryAfter, signedQuery } from '../poll-address.ts';
import type { World } from '../../world/world.ts';

/** The swap with its long-running operation, and the two halves of the swap with preview. */
export function swapRoutes(world: World): Route[] {
  return [
    ...slotRoutes(world, 'POST /slotsswap', async (slot, exchange) => {
      const target = await targetOf(slot, exchange);
      refuseUnlessSwappable(slot, target, exchange);
      const operation = startSwap(world, slot, target, exchange.fault);
      return accepted(world, operation, exchange);
    }),
    ...slotRoutes(world, 'GET /operationresults/:operation', (slot, exchange, { operation: id = '' }) => {
      const operation = world.operations.get(id);
      if (operation?.source !== slot || !isSigned(world, id, exchange.query)) {
        throw new Refusal(armError(404, 'NotFound', `The operation '${id}' was not found.`));
      }
      return poll(world, operation, exchange);
    }),
    ...slotRoutes(world, 'POST /applySlotConfig', (slot, exchange) => applySlotConfig(world, slot, exchange)),
    ...slotRoutes(world, 'POST /resetSlotConfig', (slot, exchange) => resetSlotConfig(world, slot, exchange)),
  ];
}

function refuseUnlessSwappable(source: Slot, target: Slot, exchange: Exchange): void {
  for (const slot of [source, target]) {
    refuseWhileBusy(slot, exchange);
    if (slot.deploying) {
      const deployment = { id: exchange.requestId, name: 'Deployment', createdAt: slot.modifiedAt };
      throw new Refusal(operationInProgress(deployment, exchange.requestId));
    }
    if (!slot.running) {
      throw new Refusal(
        providerError(
          409,
          'Conflict',
          `Cannot swap slots for site '${slot.site.name}' because one of the slots is in stopped state.`,
        ),
      );
    }
  }
  const elsewhere = source.targetSwapSlot !== null && source.targetSwapSlot.toLowerCase() !== target.name;
  if (elsewhere) throw new Refusal(alreadyPrepared(source));
}

function poll(world: World, operation: SwapOperation, exchange: Exchange): Reply {
  const { end } = operation;
  switch (end.state) {
    case 'running':
      return accepted(world, operation, exchange);
    case 'succeeded':
      return json(200, siteResource(world, operation.source));
    case 'failed':
      return providerError(end.status, end.code, end.message);
  }
}

/** 202 without a body. Every one of them carries a new address for the same operation. */
function accepted(world: World, { id, source }: SwapOperation, exchange: Exchange): Reply {
  const query = signedQuery(world, id, exchange);
  return empty(202, {
    location: `${world.url}${resourceId(world, source)}/operationresults/${id}?${query}`,
    ...retryAfter(world),
  });
}

/** Swap with preview, first half: the source's app starts under the target's settings, and there it stops. */
async function applySlotConfig(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  const target = await targetOf(slot, exchange);
  if (slot.site.linux) throw badRequest('Swap with preview is not supported for this type of site.');
  refuseWhileBusy(slot, exchange);
  refuseWhileBusy(target, exchange);
  if (slot.targetSwapSlot !== null) throw new Refusal(alreadyPrepared(slot));
  if (slot.signIn || target.signIn) throw new Refusal(previewBehindSignIn());
  slot.targetSwapSlot = shownName(target);
  target.targetSwapSlot = shownName(slot);
  void applyTargetSettings(world, slot, target);
  return empty(200);
}

/** Cancels a swap with preview, or what a failed swap has left; harmless when there is nothing to cancel. */
async function resetSlotConfig(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  refuseWhileBusy(slot, exchange);
  const other = slot.targetSwapSlot === null ? undefined : findSlot(slot.site, slot.targetSwapSlot);
  slot.targetSwapSlot = null;
  if (other?.targetSwapSlot?.toLowerCase() === slot.name) {
    other.targetSwapSlot = null;
    void restart(world, other);
  }
  void restart(world, slot);
  return empty(200);
}

function previewBehindSignIn(): Reply {
  const message = 'Swap with Preview cannot be used when one of the slots has site authentication enabled.';
  return providerError(409, 'Conflict', message);
}

function alreadyPrepared(slot: Slot): Reply {
  return providerError(
    409,
    'Conflict',
    `Cannot apply configuration from slot 'Production' because this slot has already been prepared for swap with slot '${slot.targetSwapSlot}'.`,
  );
}
