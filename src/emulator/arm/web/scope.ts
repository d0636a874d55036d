import {
  operationInProgress,
  preparedForSwap,
  providerError,
  resourceNotFound,
  subscriptionNotFound,
} from '../../server/errors.ts';
import { readJson, type Exchange } from '../../server/exchange.ts';
import { isObject, stringAt } from '../../json/json.ts';
import { Refusal, type Reply } from '../../server/reply.ts';
import { route, type Parameters, type Route } from '../../server/router.ts';
import { findSlot, PRODUCTION, type Site, type Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

export type SlotHandler = (slot: Slot, exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>;

const SITE = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Web/sites/:site';

/** One operation of the provider on a site and, under `/slots/NAME`, on a slot; `slots/production` is the site too. */
export function slotRoutes(world: World, operation: string, handle: SlotHandler): Route[] {
  const [method = '', tail = ''] = operation.split(' ');
  return [`${SITE}${tail}`, `${SITE}/slots/:slot${tail}`].map((pattern) =>
    route(`${method} ${pattern}`, (exchange, parameters) => handle(slotOf(world, parameters), exchange, parameters)),
  );
}

/** One operation that only the site has. */
export function siteRoute(
  world: World,
  operation: string,
  handle: (site: Site, exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>,
): Route {
  const [method = '', tail = ''] = operation.split(' ');
  return route(`${method} ${SITE}${tail}`, (exchange, parameters) =>
    handle(siteOf(world, parameters), exchange, parameters),
  );
}

export function siteOf(world: World, parameters: Parameters): Site {
  const { subscription = '', group = '', site: name = '' } = parameters;
  if (subscription.toLowerCase() !== world.settings.subscriptionId.toLowerCase())
    throw new Refusal(subscriptionNotFound(subscription));
  const site = world.site(name);
  if (site === undefined || site.resourceGroup.toLowerCase() !== group.toLowerCase()) {
    throw new Refusal(resourceNotFound(name, undefined, group));
  }
  return site;
}

export function slotOf(world: World, parameters: Parameters): Slot {
  const site = siteOf(world, parameters);
  const name = parameters['slot'] ?? PRODUCTION;
  const slot = findSlot(site, name);
  if (slot === undefined) throw new Refusal(resourceNotFound(site.name, name, site.resourceGroup));
  return slot;
}

/** Refuses a change while an operation runs on the slot. */
export function refuseWhileBusy(slot: Slot, exchange: Exchange): void {
  if (slot.operation !== undefined) throw new Refusal(operationInProgress(slot.operation, exchange.requestId));
}

/** Refuses a change of settings while the slot waits in a swap with preview, or was left so by a failed swap. */
export function refuseWhilePrepared(slot: Slot): void {
  if (slot.targetSwapSlot !== null) throw new Refusal(preparedForSwap());
}

/** The other end of a swap, from a body in which both of its fields are required. */
export async function targetOf(slot: Slot, exchange: Exchange): Promise<Slot> {
  const body = await readJson(exchange);
  const name = stringAt(body, 'targetSlot');
  if (name === undefined || name === '') throw badRequest("The parameter 'targetSlot' is missing.");
  if (!isObject(body) || typeof body['preserveVnet'] !== 'boolean')
    throw badRequest("The parameter 'preserveVnet' is missing.");
  const target = findSlot(slot.site, name);
  if (target === undefined) throw new Refusal(resourceNotFound(slot.site.name, name, slot.site.resourceGroup));
  if (target === slot)
    throw badRequest(`Cannot swap slots for site '${slot.site.name}' because source and target are the same slot.`);
  return target;
}

export function badRequest(message: string): Refusal {
  return new Refusal(providerError(400, 'BadRequest', message));
}
