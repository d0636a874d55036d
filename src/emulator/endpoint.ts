import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { alertRoutes } from './arm/alerts.ts';
import { appRoutes } from './arm/app/apps.ts';
import { operationRoutes } from './arm/app/operations.ts';
import { revisionRoutes } from './arm/app/revisions.ts';
import { configRoutes } from './arm/web/config.ts';
import { connectionRoutes } from './arm/web/connections.ts';
import { deploymentRoutes } from './arm/web/deployments.ts';
import { backgroundRoutes } from './arm/web/background.ts';
import { differenceRoutes } from './arm/web/differences.ts';
import { siteRoutes } from './arm/web/sites.ts';
import { swapRoutes } from './arm/web/swap.ts';
import { controlRoutes } from './control/control-api.ts';
import { COLLECTION, devOpsRoutes, type DevOpsState } from './devops/devops.ts';
import { needsPermission } from './devops/refuse.ts';
import { discoveryRoutes } from './identity/discovery.ts';
import { armError, authorizationFailed, notImplemented } from './server/errors.ts';
import { splitTarget, type Exchange } from './server/exchange.ts';
import { spoilAfter, spoilBefore } from './server/fault-effects.ts';
import { kuduRoutes } from './kudu/kudu.ts';
import { send, type Listen } from './server/listener.ts';
import { Refusal, type Reply } from './server/reply.ts';
import { actionOf, findRoute, operationName, type Route } from './server/router.ts';
import { requireBearer, tokenRoutes } from './identity/token.ts';
import type { World } from './world/world.ts';

/** The main endpoint: ARM, Entra, Kudu, Azure DevOps and the control interface on one port, told apart by path. */
export function mainEndpoint(world: World, devOps: DevOpsState): Listen {
  const { open, authorised } = discoveryRoutes(world);
  const control = controlRoutes(world, devOps);
  const unguarded = [...open, ...tokenRoutes(world), ...kuduRoutes(world), ...devOpsRoutes(world, devOps)];
  const arm = [
    ...authorised,
    ...siteRoutes(world),
    ...configRoutes(world),
    ...connectionRoutes(world),
    ...swapRoutes(world),
    ...deploymentRoutes(world),
    ...differenceRoutes(world),
    ...backgroundRoutes(world),
    ...appRoutes(world),
    ...revisionRoutes(world),
    ...operationRoutes(world),
    ...alertRoutes(world),
  ];

  return (request, response, connection) => {
    void serve(request, response, connection).catch((cause: unknown) => {
      world.settings.log(
        `${request.method} ${request.url?.split('?')[0]}: ${cause instanceof Error ? cause.stack : String(cause)}`,
      );
      send(response, armError(500, 'InternalServerError', 'The emulator has failed; its log says where.'));
    });
  };

  async function serve(request: IncomingMessage, response: ServerResponse, connection: number): Promise<void> {
    const { path, segments, query } = splitTarget(request.url ?? '/');
    const method = request.method ?? 'GET';
    const exchange: Exchange = {
      method,
      path,
      segments,
      query: new URLSearchParams(query),
      headers: request.headers,
      stream: request,
      requestId: randomUUID(),
      fault: undefined,
    };
    if (segments[0] === '_emulator') return send(response, await answer(world, control, exchange));
    const entry = world.requests.open({ at: new Date().toISOString(), method, path, query, connection });
    response.once('finish', () => (entry.status = response.statusCode));
    response.once('close', () => (entry.status = entry.status === 'open' ? 'reset' : entry.status));
    const fault = world.faults.take({ method, path });
    if (fault !== undefined) {
      entry.fault = fault.id;
      const forbidden = (): Reply =>
        path.startsWith(`${COLLECTION}/`)
          ? needsPermission()
          : authorizationFailed(world.settings.clientId, actionOf(exchange), scopeOf(segments));
      if ((await spoilBefore(fault.effect, response, world.closing.signal, forbidden)) === 'answered') return;
    }
    const spoiled: Exchange = { ...exchange, fault: fault?.effect };
    const reply = isArm(segments) ? await answerArm(spoiled) : await answer(world, unguarded, spoiled);
    spoilAfter(fault?.effect, response, reply, { date: world.now().toUTCString(), ...headersOf(exchange) });
  }

  async function answerArm(exchange: Exchange): Promise<Reply> {
    try {
      requireBearer(world, exchange);
    } catch (cause) {
      if (cause instanceof Refusal) return cause.reply;
      throw cause;
    }
    return answer(world, arm, exchange);
  }
}

async function answer(world: World, routes: readonly Route[], exchange: Exchange): Promise<Reply> {
  const found = findRoute(routes, exchange);
  if (found === undefined) {
    const operation = operationName(exchange);
    world.settings.log(`501 not implemented: ${operation}`);
    return notImplemented(`'${operation}'`);
  }
  try {
    return await found.route.handle(exchange, found.parameters);
  } catch (cause) {
    if (cause instanceof Refusal) return cause.reply;
    throw cause;
  }
}

/** The resource that a path acts on: the path up to the last name of the app, the slot or the revision. */
function scopeOf(segments: readonly string[]): string {
  const types = ['sites', 'slots', 'containerapps', 'revisions'];
  const end = segments.findLastIndex((one) => types.includes(one.toLowerCase()));
  return `/${segments.slice(0, end === -1 ? undefined : end + 2).join('/')}`;
}

function isArm(segments: readonly string[]): boolean {
  return ['subscriptions', 'tenants', 'providers'].includes(segments[0]?.toLowerCase() ?? '');
}

/** What the front door of ARM puts on every answer; the ratelimit numbers are those that were recorded. */
function headersOf({ method, requestId, segments }: Exchange): Record<string, string> {
  const limits: Record<string, string> =
    method === 'GET'
      ? { 'x-ms-ratelimit-remaining-subscription-global-reads': '16499' }
      : {
          'x-ms-ratelimit-remaining-subscription-writes': '799',
          'x-ms-ratelimit-remaining-subscription-global-writes': '11999',
        };
  return {
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': requestId,
    ...(isArm(segments) ? limits : {}),
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  };
}
