import { armError } from '../server/errors.ts';
import { containerAppSnapshot } from '../arm/app/snapshot.ts';
import { containerAppControls } from './container-app-controls.ts';
import { badRequest, orBadRequest, type Control } from './control.ts';
import type { DevOpsState } from '../devops/devops.ts';
import { addPullRequest } from '../devops/pull-request.ts';
import { addSite } from '../arm/web/add-site.ts';
import type { SiteSpec } from '../state/site-spec.ts';
import { readJson } from '../server/exchange.ts';
import { EVENTS, FAULT_KINDS, MATCH_KEYS } from '../faults/fault-kinds.ts';
import { readFaultRule } from '../faults/read-rule.ts';
import { isObject, stringAt } from '../json/json.ts';
import { empty, json, Refusal } from '../server/reply.ts';
import { route, type Route } from '../server/router.ts';
import { snapshotOf } from '../arm/web/snapshot.ts';
import type { World } from '../world/world.ts';

/** `/_emulator`: what a test or a person asks of the emulator itself. Without credentials, since only loopback reaches it. */
export function controlRoutes(world: World, devOps: DevOpsState): Route[] {
  const controls = [
    ...faultControls(world),
    ...stateControls(world, devOps),
    ...pullRequestControls(devOps),
    ...siteControls(world),
    ...containerAppControls(world),
  ];
  return [
    route('GET /_emulator', () => json(200, index(world, controls))),
    ...controls.map(({ operation, handle }) => route(operation, handle)),
  ];
}

/** Everything that can be asked and every fault there is, each with a body that can be posted as it stands. */
function index(world: World, controls: readonly Control[]): Record<string, unknown> {
  return {
    endpoints: controls.map(({ operation, does, example }) => {
      const [method, path = ''] = operation.split(' ');
      return { method, url: `${world.url}${path}`, does, ...(example === undefined ? {} : { example }) };
    }),
    faults: Object.entries(FAULT_KINDS).map(([kind, { meaning, example }]) => ({ kind, meaning, example })),
    match: { ...MATCH_KEYS, events: EVENTS },
  };
}

function faultControls(world: World): Control[] {
  return [
    {
      operation: 'GET /_emulator/faults',
      does: 'The rules in force, and how often each has struck.',
      handle: () => json(200, { faults: world.faults.list() }),
    },
    {
      operation: 'POST /_emulator/faults',
      does: 'Makes something go wrong: once and at the next request, unless "match" says otherwise. A rule with the id of another takes its place.',
      example: { id: 'lost', ...FAULT_KINDS['applied-then-reset'].example },
      handle: async (exchange) => {
        const rule = await readJson(exchange);
        return orBadRequest(() => json(201, { id: world.faults.add(readFaultRule(rule)) }));
      },
    },
    {
      operation: 'DELETE /_emulator/faults',
      does: 'Takes all rules away.',
      handle: () => {
        world.faults.clear();
        return empty(204);
      },
    },
    {
      operation: 'DELETE /_emulator/faults/:id',
      does: 'Takes one rule away.',
      handle: (_, { id = '' }) => empty(world.faults.remove(id) ? 204 : 404),
    },
  ];
}

function stateControls(world: World, devOps: DevOpsState): Control[] {
  return [
    {
      operation: 'GET /_emulator/state',
      does: 'Every site with what its slots hold, the swaps that have really moved routing, every container app with its revisions and the weights that have really held, attachments of timelines, pull requests, and what was posted to plans: events, live lines, logs.',
      handle: () =>
        json(200, {
          sites: [...world.sites.values()].map(snapshotOf),
          containerApps: [...world.containerApps.values()].map(containerAppSnapshot),
          ...devOps,
        }),
    },
    {
      operation: 'GET /_emulator/requests',
      does: 'Requests to the main endpoint, oldest first, with the fault that touched each.',
      handle: () =>
        json(200, {
          connections: world.listeners.get(world.port)?.connections() ?? 0,
          requests: world.requests.find(),
        }),
    },
    {
      operation: 'GET /_emulator/served',
      does: 'Which content or revision answered which request at the hosts of the apps; ?site=NAME for one of them.',
      handle: ({ query }) => {
        const site = query.get('site');
        return json(200, { served: world.served.find(site === null ? {} : { site }) });
      },
    },
  ];
}

function pullRequestControls({ pullRequests }: DevOpsState): Control[] {
  return [
    {
      operation: 'POST /_emulator/pull-requests',
      does: 'Opens a pull request of a repository, or pushes more commits to it: one iteration each.',
      example: { repository: 'b3e7e7c4-0000-4000-8000-000000000000', id: 42, commits: ['1'.repeat(40)] },
      handle: async (exchange) => {
        const spec = await readJson(exchange);
        const [repository, id] = [stringAt(spec, 'repository'), isObject(spec) ? spec['id'] : undefined];
        const commits = isObject(spec) && Array.isArray(spec['commits']) ? spec['commits'].map(String) : undefined;
        if (repository === undefined || typeof id !== 'number' || commits === undefined)
          throw badRequest(new Error('A pull request is {repository, id, commits: [...]}.'));
        return json(201, addPullRequest(pullRequests, { repository, id, commits }));
      },
    },
  ];
}

function siteControls(world: World): Control[] {
  return [
    {
      operation: 'POST /_emulator/sites',
      does: 'Adds a site. Also: linux, functions, webJobs, autoSwap, stopped, signIn, hidesOperations.',
      example: {
        name: 'store',
        resourceGroup: 'rg-emulator',
        slots: ['staging'],
        appSettings: { production: { DATABASE: 'live' }, staging: { DATABASE: 'trial' } },
        stickySettings: ['DATABASE'],
        scmBasicAuth: false,
      },
      handle: async (exchange) => {
        const spec = readSiteSpec(await readJson(exchange));
        return orBadRequest(async () => json(201, snapshotOf(await addSite(world, spec))));
      },
    },
    {
      operation: 'PATCH /_emulator/sites/:site',
      does: 'Lets the publishing password open the deployment endpoints of all slots of a site, or no longer. At first it does not.',
      example: { scmBasicAuth: true },
      handle: async (exchange, { site: name = '' }) => {
        const body = await readJson(exchange);
        const site = world.site(name);
        if (site === undefined) throw new Refusal(armError(404, 'NotFound', `There is no site ${name}.`));
        const allow = isObject(body) ? body['scmBasicAuth'] : undefined;
        if (typeof allow !== 'boolean') throw badRequest(new Error('A change is {scmBasicAuth: true or false}.'));
        for (const slot of site.slots.values()) slot.scmBasicAuth = allow;
        return json(200, snapshotOf(site));
      },
    },
  ];
}

function readSiteSpec(value: unknown): SiteSpec {
  if (!isObject(value) || stringAt(value, 'name') === undefined || stringAt(value, 'resourceGroup') === undefined) {
    throw badRequest(new Error('A site is {name, resourceGroup, slots?, linux?, appSettings?, stickySettings?, ...}.'));
  }
  return value as unknown as SiteSpec;
}
