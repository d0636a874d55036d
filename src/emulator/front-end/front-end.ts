import type { IncomingMessage, ServerResponse } from 'node:http';
import { splitTarget } from '../server/exchange.ts';
import { spoiled } from './host-faults.ts';
import { forward, type AnsweredBy } from './forward.ts';
import { listen, send, type Listener } from '../server/listener.ts';
import { html, type Reply } from '../server/reply.ts';
import { chooseSlot, type Choice } from './routing.ts';
import { hostOf, isProduction, rampUpRulesOf, type Site, type Slot } from '../state/site.ts';
import type { World } from '../world/world.ts';

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
  if (host === undefined) return send(response, noSuchSite('No app answers under this name.'));
  const hostName = isProduction(host) ? site.name : `${site.name}/${host.name}`;
  if (await spoiled(world, hostName, path, request, response)) return;
  const choice = isProduction(host) ? split(world, site, request, query) : { slot: host.name, cookie: undefined };
  const slot = site.slots.get(choice.slot);
  if (slot === undefined) return send(response, noSuchSite('The slot that this client is pinned to does not exist.'));
  // `forward` says what answers.
  const entry = { site: site.name, host: host.name, slot: slot.name, path, ...nobody(slot) };
  world.served.addWhenDone(response, entry);
  await forward(slot, request, response, choice.cookie === undefined ? {} : routingCookie(choice.cookie), entry);
}

function nobody(slot: Slot): AnsweredBy {
  return { contentId: slot.content.id, deployment: null, release: null };
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
