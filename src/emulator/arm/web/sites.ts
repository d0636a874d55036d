import { refuseWhileBusy, siteOf, siteRoute, slotRoutes } from './scope.ts';
import { armError, deploymentInProgress } from '../../server/errors.ts';
import { readJson, type Exchange } from '../../server/exchange.ts';
import { empty, json, Refusal, type Reply } from '../../server/reply.ts';
import { route, type Parameters, type Route } from '../../server/router.ts';
import { addSlot, removeSlot } from './add-site.ts';
import { restart } from './environment.ts';
import { kindOf, resourceId, resourceName, resourceType, siteResource } from './site-resource.ts';
import { findSlot, isProduction, PRODUCTION, productionOf, type Site, type Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

const SITES = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Web/sites';

/** Sites and slots themselves: read, create, delete, start, stop, restart, instances. */
export function siteRoutes(world: World): Route[] {
  return [
    route('GET /subscriptions/:subscription/providers/Microsoft.Web/sites', () => listSites(world, () => true)),
    route(`GET ${SITES}`, (_, { group = '' }) =>
      listSites(world, (site) => site.resourceGroup.toLowerCase() === group.toLowerCase()),
    ),
    siteRoute(world, 'GET /slots', (site) => {
      const slots = [...site.slots.values()].filter((slot) => !isProduction(slot));
      return json(200, { value: slots.map((slot) => siteResource(world, slot)), nextLink: null });
    }),
    // Before the reading of a slot: `PUT` and `DELETE` act on slots that may not exist.
    route(`PUT ${SITES}/:site/slots/:slot`, (exchange, parameters) => createSlot(world, exchange, parameters)),
    route(`DELETE ${SITES}/:site/slots/:slot`, (exchange, parameters) => deleteSlot(world, exchange, parameters)),
    ...slotRoutes(world, 'GET ', (slot) => json(200, siteResource(world, slot))),
    ...slotRoutes(world, 'POST /start', (slot, exchange) => start(world, slot, exchange)),
    ...slotRoutes(world, 'POST /stop', stop),
    ...slotRoutes(world, 'POST /restart', (slot, exchange) => restartNow(world, slot, exchange)),
    ...slotRoutes(world, 'GET /instances', (slot) => json(200, { value: [instance(world, slot)], nextLink: null })),
  ];
}

function listSites(world: World, wanted: (site: Site) => boolean): Reply {
  const sites = [...world.sites.values()].filter(wanted);
  return json(200, { value: sites.map((site) => siteResource(world, productionOf(site))), nextLink: null });
}

async function createSlot(world: World, exchange: Exchange, parameters: Parameters): Promise<Reply> {
  const site = siteOf(world, parameters);
  const name = parameters['slot'] ?? '';
  await readJson(exchange);
  if (!/^[a-z0-9][a-z0-9-]{0,58}$/i.test(name)) {
    throw new Refusal(armError(400, 'BadRequest', `The slot name '${name}' is not valid.`));
  }
  const existing = findSlot(site, name);
  if (existing !== undefined) refuseWhileBusy(existing, exchange);
  return json(200, siteResource(world, existing ?? (await addSlot(world, site, name))));
}

async function deleteSlot(world: World, exchange: Exchange, parameters: Parameters): Promise<Reply> {
  const slot = findSlot(siteOf(world, parameters), parameters['slot'] ?? '');
  if (slot === undefined) return empty(204);
  if (slot.name === PRODUCTION)
    throw new Refusal(armError(400, 'BadRequest', 'The production slot cannot be deleted.'));
  refuseWhileBusy(slot, exchange);
  if (slot.deploying) throw new Refusal(deploymentInProgress());
  await removeSlot(world, slot);
  return empty(200);
}

function start(world: World, slot: Slot, exchange: Exchange): Reply {
  refuseWhileBusy(slot, exchange);
  if (!slot.running) {
    slot.running = true;
    void restart(world, slot);
  }
  return empty(200);
}

async function stop(slot: Slot, exchange: Exchange): Promise<Reply> {
  refuseWhileBusy(slot, exchange);
  slot.running = false;
  await slot.content.stop();
  return empty(200);
}

async function restartNow(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  refuseWhileBusy(slot, exchange);
  const restarted = restart(world, slot);
  if (exchange.query.get('synchronous') === 'true') await restarted;
  return empty(200);
}

function instance(world: World, slot: Slot): Record<string, unknown> {
  const { instanceId } = slot.site;
  return {
    id: `${resourceId(world, slot)}/instances/${instanceId}`,
    name: instanceId,
    type: `${resourceType(slot)}/instances`,
    kind: kindOf(slot.site),
    location: 'West Europe',
    properties: { name: instanceId, siteInstanceName: resourceName(slot), state: slot.running ? 'READY' : 'STOPPED' },
  };
}
