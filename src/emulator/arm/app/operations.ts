import { armError } from '../../server/errors.ts';
import type { Exchange } from '../../server/exchange.ts';
import { empty, json, Refusal, type Reply } from '../../server/reply.ts';
import type { Parameters, Route } from '../../server/router.ts';
import type { World } from '../../world/world.ts';
import { isSigned, retryAfter, signedQuery } from '../poll-address.ts';
import type { AppOperation } from '../../state/app-operation.ts';
import { appResource } from './resource.ts';
import { providerRoute } from './scope.ts';

const LOCATION = '/subscriptions/:subscription/providers/Microsoft.App/locations/:location';
const STATES = { running: 'InProgress', succeeded: 'Succeeded', failed: 'Failed' } as const;

/** The two addresses under which an operation is polled. */
export function operationRoutes(world: World): Route[] {
  return [
    providerRoute(world, `GET ${LOCATION}/containerappOperationStatuses/:operation`, (exchange, parameters) =>
      status(world, exchange, parameters),
    ),
    providerRoute(world, `GET ${LOCATION}/containerappOperationResults/:operation`, (exchange, parameters) =>
      result(world, exchange, parameters),
    ),
  ];
}

export function addressesOf(
  world: World,
  operation: AppOperation,
  exchange: Exchange,
): { readonly statuses: string; readonly results: string } {
  const location = operation.app.document.location.replaceAll(' ', '').toLowerCase();
  const base = `${world.url}/subscriptions/${world.settings.subscriptionId}/providers/Microsoft.App/locations/${location}`;
  const { id } = operation;
  const statusQuery = signedQuery(world, id, exchange, { azureAsyncOperation: 'true' });
  return {
    statuses: `${base}/containerappOperationStatuses/${id}?${statusQuery}`,
    results: `${base}/containerappOperationResults/${id}?${signedQuery(world, id, exchange)}`,
  };
}

/** 200 whatever has become of it; `error` is there only when something went wrong. */
function status(world: World, exchange: Exchange, parameters: Parameters): Reply {
  const { id, startedAt, end } = operationOf(world, exchange, parameters);
  return json(200, {
    id: exchange.path,
    name: id,
    status: STATES[end.state],
    ...(end.state === 'failed' ? { error: { code: end.code, message: end.message } } : {}),
    // Microseconds, and no zone.
    startTime: `${startedAt.toISOString().slice(0, -1)}000`,
  });
}

/** 202 with another address each time, then the app. A failure as Resource Manager documents it; none was recorded. */
function result(world: World, exchange: Exchange, parameters: Parameters): Reply {
  const operation = operationOf(world, exchange, parameters);
  const { end, kind, app } = operation;
  switch (end.state) {
    case 'running':
      return empty(202, { location: addressesOf(world, operation, exchange).results, ...retryAfter(world) });
    case 'succeeded':
      return kind === 'delete' ? empty(204) : json(200, appResource(world, app));
    case 'failed':
      return armError(400, end.code, end.message);
  }
}

function operationOf(world: World, exchange: Exchange, { operation: id = '' }: Parameters): AppOperation {
  const operation = world.appOperations.get(id);
  if (operation === undefined || !isSigned(world, id, exchange.query))
    throw new Refusal(armError(404, 'NotFound', `The operation '${id}' was not found.`));
  return operation;
}
