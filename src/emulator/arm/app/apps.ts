import { readJson, type Exchange } from '../../server/exchange.ts';
import { empty, json, type Reply } from '../../server/reply.ts';
import type { Parameters, Route } from '../../server/router.ts';
import type { World } from '../../world/world.ts';
import { retryAfter } from '../poll-address.ts';
import { createApp, removeApp } from './create.ts';
import { mergeDocument, readDocument } from './document.ts';
import type { AppOperation } from '../../state/app-operation.ts';
import { addressesOf } from './operations.ts';
import { newRevisionName } from './plan.ts';
import { appResource } from './resource.ts';
import { appRoute, APPS, findApp, providerRoute, refuseWhileBusy } from './scope.ts';
import type { ContainerApp } from '../../state/container-app.ts';
import { beginUpdate, openOperation, settle } from './update.ts';
import type { KnownTraffic } from './traffic.ts';

/** Container apps themselves: list, read, create, change, delete. */
export function appRoutes(world: World): Route[] {
  const list = (wanted: (app: ContainerApp) => boolean): Reply =>
    json(200, { value: [...world.containerApps.values()].filter(wanted).map((app) => appResource(world, app)) });
  return [
    providerRoute(world, 'GET /subscriptions/:subscription/providers/Microsoft.App', () =>
      json(200, { namespace: 'Microsoft.App', registrationState: 'Registered', resourceTypes: [] }),
    ),
    providerRoute(world, 'GET /subscriptions/:subscription/providers/Microsoft.App/containerApps', () =>
      list(() => true),
    ),
    providerRoute(world, `GET ${APPS}`, (_, { group = '' }) =>
      list((app) => app.resourceGroup.toLowerCase() === group.toLowerCase()),
    ),
    appRoute(world, 'GET ', (app) => json(200, appResource(world, app))),
    providerRoute(world, `PUT ${APPS}/:app`, (exchange, parameters) => put(world, exchange, parameters)),
    appRoute(world, 'PATCH ', (app, exchange) => patch(world, app, exchange)),
    providerRoute(world, `DELETE ${APPS}/:app`, (exchange, parameters) => remove(world, exchange, parameters)),
  ];
}

/** 201 also for an app that is there already: what clients have recorded of older versions (inferred for today's). */
async function put(world: World, exchange: Exchange, parameters: Parameters): Promise<Reply> {
  const existing = findApp(world, parameters);
  const body = await readJson(exchange);
  refuseWhileBusy(existing, exchange);
  const { operation } =
    existing === undefined
      ? await createApp(world, parameters['app'] ?? '', parameters['group'] ?? '', body, exchange.fault)
      : update(world, existing, readDocument(body, knownOf(existing)), exchange);
  return json(201, appResource(world, operation.app), {
    'azure-asyncoperation': addressesOf(world, operation, exchange).statuses,
    'x-ms-async-operation-timeout': 'PT15M',
    ...retryAfter(world),
  });
}

async function patch(world: World, app: ContainerApp, exchange: Exchange): Promise<Reply> {
  const body = await readJson(exchange);
  refuseWhileBusy(app, exchange);
  const { operation } = update(world, app, mergeDocument(app.document, body, knownOf(app)), exchange);
  return accepted(world, operation, exchange);
}

function update(world: World, app: ContainerApp, document: ContainerApp['document'], exchange: Exchange) {
  const revisionName = newRevisionName(app, document);
  return beginUpdate(world, app, 'update', { document, revisionName, fault: exchange.fault });
}

function knownOf(app: ContainerApp): KnownTraffic {
  return { revisions: app.revisions.map(({ name }) => name), before: app.document.traffic };
}

function remove(world: World, exchange: Exchange, parameters: Parameters): Reply {
  const app = findApp(world, parameters);
  if (app === undefined) return empty(204);
  refuseWhileBusy(app, exchange);
  const operation = openOperation(world, app, 'delete');
  app.provisioningState = 'Deleting';
  if (exchange.fault?.kind !== 'app-update-never-ends')
    void removeApp(world, app).then(() => settle(world, operation, { state: 'succeeded' }));
  return accepted(world, operation, exchange);
}

/** 202 without a body, and two addresses for the same operation. */
function accepted(world: World, operation: AppOperation, exchange: Exchange): Reply {
  const { statuses, results } = addressesOf(world, operation, exchange);
  return empty(202, { 'azure-asyncoperation': statuses, location: results, ...retryAfter(world) });
}
