import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Content } from './content.ts';
import { spoilBefore } from './fault-effects.ts';
import { listen, send, type Listener } from './listener.ts';
import { html } from './reply.ts';
import { chooseSlot, type Choice } from './routing.ts';
import { splitTarget } from './exchange.ts';
import { hostOf, isProduction, rampUpRulesOf, type Site, type Slot } from './state.ts';
import type { World } from './world.ts';

/** How long a pinned client stays pinned; measured on Azure. */
const COOKIE_SECONDS = 3600;

/** The public host of one slot: a port of its own, behind which the slot's real process answers. */
export function listenAsSlot(world: World, site: Site, slotName: string): Promise<Listener> {
  return listen(world.certificate, 0, (request, response) => {
    void answer(world, site, slotName, request, response).catch((cause: unknown) => {
      world.settings.log(`${site.name}/${slotName}: ${String(cause)}`);
      response.destroy();
    });
  });
}

async function answer(
  world: World,
  site: Site,
  slotName: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const host = site.slots.get(slotName);
  const { path, query } = splitTarget(request.url ?? '/');
  if (host === undefined)
    return send(response, html(404, '404 Web Site not found.', 'No app answers under this name.'));
  const hostName = isProduction(host) ? site.name : `${site.name}/${host.name}`;
  const fault = world.faults.take({ method: request.method ?? 'GET', path, site: hostName });
  if (fault !== undefined && (await spoilBefore(fault.effect, response, world.closing.signal)) === 'answered') return;
  const choice = isProduction(host) ? split(world, site, request, query) : { slot: host.name, cookie: undefined };
  const slot = site.slots.get(choice.slot);
  // Read before anything is awaited: this is the content that routing points to when the request arrives.
  const content = slot?.content;
  let noted = false;
  const note = (status: number | 'reset'): void => {
    if (noted) return;
    noted = true;
    world.served.add({
      at: new Date().toISOString(),
      site: site.name,
      host: host.name,
      slot: choice.slot,
      path,
      status,
      contentId: content?.id ?? '',
      deployment: content?.active?.id ?? null,
      release: content?.release ?? null,
    });
  };
  response.once('finish', () => note(response.statusCode));
  response.once('close', () => note('reset'));
  const cookie = choice.cookie === undefined ? undefined : routingCookie(choice.cookie);
  if (slot === undefined || content === undefined) {
    return send(
      response,
      html(404, '404 Web Site not found.', 'The slot that this client is pinned to does not exist.'),
    );
  }
  await forward(slot, content, request, response, cookie);
}

function split(world: World, site: Site, request: IncomingMessage, query: string): Choice {
  return chooseSlot({
    cookies: request.headers.cookie ?? '',
    query: new URLSearchParams(query),
    rules: rampUpRulesOf(site),
    hosts: new Map([...site.slots.values()].map((slot) => [hostOf(slot), slot.name])),
    random: world.settings.random,
  });
}

function routingCookie(value: string): string {
  return `x-ms-routing-name=${value}; Max-Age=${COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=None`;
}

async function forward(
  slot: Slot,
  content: Content,
  request: IncomingMessage,
  response: ServerResponse,
  cookie: string | undefined,
): Promise<void> {
  const pinned: Record<string, string> = cookie === undefined ? {} : { 'set-cookie': cookie };
  if (!slot.running)
    return send(
      response,
      html(
        403,
        'Error 403 - This web app is stopped.',
        'The web app you have attempted to reach is currently stopped.',
      ),
      pinned,
    );
  if (content.isEmpty)
    return send(
      response,
      html(200, 'Your web app is running and waiting for your content', `This is ${slot.name} of ${slot.site.name}.`),
      pinned,
    );
  const app = await content.acquire();
  if (app === undefined) return send(response, html(503, 'Service Unavailable', 'The app does not run.'), pinned);
  if (response.destroyed) return app.release();
  response.once('close', app.release);
  const outgoing = httpRequest({
    host: 'localhost',
    port: app.port,
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': request.socket.remoteAddress ?? '',
    },
    agent: false,
  });
  outgoing.on('response', (incoming) => {
    const cookies = [incoming.headers['set-cookie'] ?? [], pinned['set-cookie'] ?? []].flat();
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = incoming.headers;
    response.writeHead(incoming.statusCode ?? 502, {
      ...headers,
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    });
    incoming.pipe(response);
    incoming.once('error', () => response.destroy());
  });
  outgoing.once('error', () => {
    if (response.headersSent) response.destroy();
    else send(response, html(502, 'Bad Gateway', 'The app has closed the connection.'), pinned);
  });
  response.once('close', () => outgoing.destroy());
  request.pipe(outgoing);
}
