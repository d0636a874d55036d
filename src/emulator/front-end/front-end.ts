import type { IncomingMessage, ServerResponse } from 'node:http';
import { splitTarget } from '../server/exchange.ts';
import { spoilAfter, spoilBefore } from '../faults/fault-effects.ts';
import { forward, type AnsweredBy } from './forward.ts';
import { listen, send, type Listener } from '../server/listener.ts';
import { html, json, type Reply } from '../server/reply.ts';
import { chooseSlot, type Choice } from './routing.ts';
import { hostOf, isProduction, rampUpRulesOf, type Site, type Slot } from '../arm/web/state.ts';
import type { World } from '../world.ts';

/** How long a pinned client stays pinned; measured on Azure. */
const COOKIE_SECONDS = 3600;

/** What a host sends half of when its answer is to break off. */
const BROKEN_OFF = json(200, { status: 'healthy', detail: 'of which the client sees the beginning only' });

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
  if (host === undefined) return send(response, noSuchSite('No app answers under this name.'));
  const hostName = isProduction(host) ? site.name : `${site.name}/${host.name}`;
  const fault = world.faults.take({ method: request.method ?? 'GET', path, site: hostName });
  if (fault !== undefined) {
    // A fault of a host comes in the app's place; only those of the main endpoint let a request have its effect.
    const outcome = await spoilBefore(fault.effect, response, world.closing.signal, forbidden);
    if (outcome === 'answered') return;
    if (fault.effect.kind === 'truncated') return spoilAfter(fault.effect, response, BROKEN_OFF, {});
  }
  const choice = isProduction(host) ? split(world, site, request, query) : { slot: host.name, cookie: undefined };
  const slot = site.slots.get(choice.slot);
  if (slot === undefined) return send(response, noSuchSite('The slot that this client is pinned to does not exist.'));
  const by = noteWhenDone(world, host, slot, path, response);
  await forward(slot, request, response, choice.cookie === undefined ? {} : routingCookie(choice.cookie), by);
}

/** Enters the request in the log when its answer is complete or broken off. `forward` says who answers it. */
function noteWhenDone(world: World, host: Slot, slot: Slot, path: string, response: ServerResponse): AnsweredBy {
  const by: AnsweredBy = { contentId: slot.content.id, deployment: null, release: null };
  let noted = false;
  const note = (status: number | 'reset'): void => {
    if (noted) return;
    noted = true;
    world.served.add({
      at: new Date().toISOString(),
      site: host.site.name,
      host: host.name,
      slot: slot.name,
      path,
      status,
      ...by,
    });
  };
  response.once('finish', () => note(response.statusCode));
  response.once('close', () => note('reset'));
  return by;
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

function routingCookie(value: string): Record<string, string> {
  const attributes = `Max-Age=${COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=None`;
  return { 'set-cookie': `x-ms-routing-name=${value}; ${attributes}` };
}

function noSuchSite(sentence: string): Reply {
  return html(404, '404 Web Site not found.', sentence);
}

function forbidden(): Reply {
  return html(403, '403 - Forbidden', 'Access is denied.');
}
