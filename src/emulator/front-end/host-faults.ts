import type { IncomingMessage, ServerResponse } from 'node:http';
import { spoilAfter, spoilBefore } from '../server/fault-effects.ts';
import { html, json, type Reply } from '../server/reply.ts';
import type { World } from '../world/world.ts';

/** What a host sends half of when its answer is to break off. */
const BROKEN_OFF = json(200, { status: 'healthy', detail: 'of which the client sees the beginning only' });

/**
 * Lets a fault strike a request at an app's own host; true when it has answered in the app's place. Only faults of the
 * main endpoint let a request have its effect.
 */
export async function spoiled(
  world: World,
  site: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const fault = world.faults.take({ method: request.method ?? 'GET', path, site });
  if (fault === undefined) return false;
  if ((await spoilBefore(fault.effect, response, world.closing.signal, forbidden)) === 'answered') return true;
  if (fault.effect.kind !== 'truncated') return false;
  spoilAfter(fault.effect, response, BROKEN_OFF, {});
  return true;
}

function forbidden(): Reply {
  return html(403, '403 - Forbidden', 'Access is denied.');
}
