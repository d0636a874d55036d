import { subscriptionNotFound } from '../../server/errors.ts';
import type { Exchange } from '../../server/exchange.ts';
import { Refusal, type Reply } from '../../server/reply.ts';
import { route, type Handler, type Parameters, type Route } from '../../server/router.ts';
import type { World } from '../../world/world.ts';
import { appNotFound, operationInProgress, revisionNotFound } from './errors.ts';
import { findRevision, type ContainerApp, type Revision } from '../../state/container-app.ts';

export const APPS = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.App/containerApps';

/** On every answer of the provider, whichever version was asked for. */
const VERSIONS = [
  ...['2022-03-01', '2022-10-01', '2023-05-01', '2024-03-01', '2024-08-02-preview'],
  ...['2024-10-02-preview', '2025-01-01', '2025-07-01'],
].join(', ');

/** One operation of the provider, with the header that all of its answers carry. */
export function providerRoute(world: World, operation: string, handle: Handler): Route {
  return route(operation, async (exchange, parameters) => {
    try {
      const { subscription = '' } = parameters;
      if (subscription.toLowerCase() !== world.settings.subscriptionId.toLowerCase())
        return withVersions(subscriptionNotFound(subscription));
      return withVersions(await handle(exchange, parameters));
    } catch (cause) {
      if (cause instanceof Refusal) return withVersions(cause.reply);
      throw cause;
    }
  });
}

/** One operation on an app that is there: `GET /revisions`. */
export function appRoute(
  world: World,
  operation: string,
  handle: (app: ContainerApp, exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>,
): Route {
  const [method = '', tail = ''] = operation.split(' ');
  return providerRoute(world, `${method} ${APPS}/:app${tail}`, (exchange, parameters) => {
    const { app: name = '', group = '' } = parameters;
    const app = findApp(world, parameters);
    if (app === undefined) throw appNotFound(name, group);
    return handle(app, exchange, parameters);
  });
}

export function findApp(world: World, { app: name = '', group = '' }: Parameters): ContainerApp | undefined {
  const app = world.containerApp(name);
  return app?.resourceGroup.toLowerCase() === group.toLowerCase() ? app : undefined;
}

/** One operation on a revision that is there. */
export function revisionRoute(
  world: World,
  operation: string,
  handle: (app: ContainerApp, revision: Revision, parameters: Parameters) => Reply | Promise<Reply>,
): Route {
  const [method = '', tail = ''] = operation.split(' ');
  return appRoute(world, `${method} /revisions/:revision${tail}`, (app, _, parameters) => {
    const { revision: name = '' } = parameters;
    const revision = findRevision(app, name);
    if (revision === undefined) throw revisionNotFound(app, name);
    return handle(app, revision, parameters);
  });
}

/** Refuses a change while another one runs, or where a fault says that one does. */
export function refuseWhileBusy(app: ContainerApp | undefined, exchange: Exchange): void {
  if (app?.operation !== undefined) throw new Refusal(operationInProgress(app, app.operation.id));
  if (app !== undefined && exchange.fault?.kind === 'app-conflict')
    throw new Refusal(operationInProgress(app, exchange.requestId));
}

function withVersions(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'api-supported-versions': VERSIONS } };
}
