import { armError } from './errors.ts';
import type { Attachment } from './devops.ts';
import type { SiteSpec } from './emulator.ts';
import { readJson } from './exchange.ts';
import { readFaultRule } from './faults.ts';
import { isObject, stringAt } from './json.ts';
import { empty, json, Refusal } from './reply.ts';
import { route, type Route } from './router.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

/** `/_emulator`: what a test or a person asks of the emulator itself. Without credentials, since only loopback reaches it. */
export function controlRoutes(world: World, attachments: readonly Attachment[]): Route[] {
  return [
    route('GET /_emulator/faults', () => json(200, { faults: world.faults.list() })),
    route('POST /_emulator/faults', async (exchange) => {
      try {
        return json(201, { id: world.faults.add(readFaultRule(await readJson(exchange))) });
      } catch (cause) {
        throw cause instanceof Refusal ? cause : badRequest(cause);
      }
    }),
    route('DELETE /_emulator/faults', () => {
      world.faults.clear();
      return empty(204);
    }),
    route('DELETE /_emulator/faults/:id', (_, { id = '' }) => empty(world.faults.remove(id) ? 204 : 404)),
    route('GET /_emulator/state', () => json(200, { sites: [...world.sites.values()].map(snapshotOf), attachments })),
    route('GET /_emulator/requests', () =>
      json(200, { connections: world.listeners.get(world.port)?.connections() ?? 0, requests: world.requests.find() }),
    ),
    route('GET /_emulator/served', ({ query }) => {
      const site = query.get('site');
      return json(200, { served: world.served.find(site === null ? {} : { site }) });
    }),
    route('POST /_emulator/sites', async (exchange) => {
      const spec = readSiteSpec(await readJson(exchange));
      try {
        return json(201, snapshotOf(await world.addSite(spec)));
      } catch (cause) {
        throw badRequest(cause);
      }
    }),
  ];
}

function readSiteSpec(value: unknown): SiteSpec {
  if (!isObject(value) || stringAt(value, 'name') === undefined || stringAt(value, 'resourceGroup') === undefined) {
    throw badRequest(new Error('A site is {name, resourceGroup, slots?, linux?, appSettings?, stickySettings?, ...}.'));
  }
  return value as unknown as SiteSpec;
}

function badRequest(cause: unknown): Refusal {
  return new Refusal(armError(400, 'BadRequest', cause instanceof Error ? cause.message : String(cause)));
}
