import { federatedToken } from '../identity/client-assertion.ts';
import { readBytes, type Exchange } from '../server/exchange.ts';
import { empty, json, Refusal, type Reply } from '../server/reply.ts';
import { route, type Parameters, type Route } from '../server/router.ts';
import type { Attachment } from './attachment.ts';
import type { World } from '../world/world.ts';

/** The collection that the emulator is the server of. */
export const COLLECTION = '/devops/contoso';

const PLAN = `${COLLECTION}/:project/_apis/distributedtask/hubs/:hub/plans/:plan`;
const RECORD = `${PLAN}/timelines/:timeline/records/:record/attachments/:type`;

/** Where a client of the REST interface learns its addresses: one row a resource, found by its id. */
const LOCATIONS: Record<string, readonly { id: string; resourceName: string; routeTemplate: string }[]> = {
  location: [
    {
      id: 'e81700f7-3be2-46de-8624-2eb35882fcaa',
      resourceName: 'ResourceAreas',
      routeTemplate: '_apis/{resource}/{areaId}',
    },
  ],
  distributedtask: [
    {
      id: 'eb55e5d6-2f30-4295-b5ed-38da50b1fc52',
      resourceName: 'attachments',
      routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/{resource}/{type}',
    },
    {
      id: '7898f959-9cdf-4096-b29e-7f293031629e',
      resourceName: 'attachments',
      routeTemplate:
        '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/timelines/{timelineId}/records/{recordId}/{resource}/{type}/{name}',
    },
    {
      id: '69a319f4-28c1-4bfd-93e6-ea0ff5c6f1a2',
      resourceName: 'oidctoken',
      routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/jobs/{jobId}/{resource}',
    },
  ],
};

/** Azure DevOps as far as a job needs it: attachments of its timeline, and tokens that say who it is. */
export function devOpsRoutes(world: World, store: Attachment[]): Route[] {
  const on = (
    operation: string,
    handle: (exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>,
  ): Route =>
    route(operation, (exchange, parameters) => {
      requireJobToken(world, exchange);
      return handle(exchange, parameters);
    });
  return [
    on(`OPTIONS ${COLLECTION}/_apis/:area`, (_, { area = '' }) => json(200, locationsOf(area))),
    // An empty list says that every area lives under the collection's own address.
    on(`GET ${COLLECTION}/_apis/ResourceAreas`, () => json(200, { count: 0, value: [] })),
    on(`PUT ${RECORD}/:name`, (exchange, parameters) => createAttachment(world, store, exchange, parameters)),
    on(`GET ${RECORD}/:name`, (exchange, parameters) => getAttachment(world, store, exchange, parameters)),
    on(`GET ${RECORD}`, (_, parameters) =>
      list(
        world,
        store.filter((one) => isOf(one, parameters)),
      ),
    ),
    on(`POST ${PLAN}/jobs/:job/oidctoken`, ({ query }, { project = '' }) => {
      const connection = query.get('serviceConnectionId') ?? '';
      if (connection === '')
        throw refuse(400, 'ArgumentNullException', 'Value cannot be null. Parameter name: serviceConnectionId');
      return json(200, { oidcToken: federatedToken(world, project, connection) });
    }),
    on(`GET ${PLAN}/attachments/:type`, (_, parameters) =>
      list(
        world,
        store.filter((one) => isOf(one, parameters)),
      ),
    ),
  ];
}

function requireJobToken(world: World, exchange: Exchange): void {
  const [scheme = '', credentials = ''] = (exchange.headers.authorization ?? '').split(' ');
  const token =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(credentials, 'base64').toString('utf8').split(':').slice(1).join(':')
      : credentials;
  if (token !== world.settings.devOpsToken)
    throw new Refusal(empty(401, { 'www-authenticate': 'Bearer, Basic realm="emulator"' }));
}

function locationsOf(area: string): Record<string, unknown> {
  const value = (LOCATIONS[area.toLowerCase()] ?? []).map((one) => ({
    ...one,
    area: area.toLowerCase() === 'location' ? 'Location' : 'distributedtask',
    resourceVersion: 1,
    minVersion: '1.0',
    maxVersion: '7.2',
    releasedVersion: '0.0',
  }));
  return { count: value.length, value };
}

/**
 * Stores one attachment. A name that is taken is refused: what the service does then is not documented, and a journal
 * that relied on overwriting would lose an entry on a server that refuses, so the emulator takes the side that shows it.
 */
async function createAttachment(
  world: World,
  store: Attachment[],
  exchange: Exchange,
  parameters: Parameters,
): Promise<Reply> {
  const { project = '', hub = '', plan = '', timeline = '', record = '', type = '', name = '' } = parameters;
  for (const one of [type, name]) {
    if (!isFileName(one))
      throw refuse(
        400,
        'ArgumentException',
        `The value '${one}' contains characters that are not valid in a file name.`,
      );
  }
  const content = (await readBytes(exchange)).toString('utf8');
  if (store.some((one) => isOf(one, parameters) && one.name.toLowerCase() === name.toLowerCase())) {
    throw refuse(409, 'TaskAttachmentExistsException', `The attachment '${name}' of type '${type}' already exists.`);
  }
  const attachment: Attachment = {
    project,
    hub,
    planId: plan,
    timelineId: timeline,
    recordId: record,
    type,
    name,
    createdAt: new Date().toISOString(),
    content,
  };
  store.push(attachment);
  return json(200, describe(world, attachment));
}

function getAttachment(world: World, store: readonly Attachment[], exchange: Exchange, parameters: Parameters): Reply {
  const { name = '' } = parameters;
  const found = store.find((one) => isOf(one, parameters) && one.name.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw refuse(404, 'TaskAttachmentNotFoundException', `The attachment '${name}' was not found.`);
  if (!(exchange.headers.accept ?? '').includes('application/octet-stream')) return json(200, describe(world, found));
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: found.content };
}

/** Only what the path names must agree, so that the same test serves one record and a whole plan. */
function isOf(one: Attachment, { project, hub, plan, timeline, record, type }: Parameters): boolean {
  const pairs = [
    [project, one.project],
    [hub, one.hub],
    [plan, one.planId],
    [timeline, one.timelineId],
    [record, one.recordId],
    [type, one.type],
  ];
  return pairs.every(([asked, actual]) => asked === undefined || asked.toLowerCase() === actual?.toLowerCase());
}

function list(world: World, attachments: readonly Attachment[]): Reply {
  return json(200, { count: attachments.length, value: attachments.map((one) => describe(world, one)) });
}

function describe(world: World, one: Attachment): Record<string, unknown> {
  const path = [
    one.project,
    '_apis/distributedtask/hubs',
    one.hub,
    'plans',
    one.planId,
    'timelines',
    one.timelineId,
    'records',
  ];
  const self = `${world.url}${COLLECTION}/${path.join('/')}/${one.recordId}/attachments/${one.type}/${encodeURIComponent(one.name)}`;
  return {
    _links: { self: { href: self } },
    createdOn: one.createdAt,
    lastChangedOn: one.createdAt,
    lastChangedBy: '00000000-0000-0000-0000-000000000001',
    timelineId: one.timelineId,
    recordId: one.recordId,
    type: one.type,
    name: one.name,
  };
}

function isFileName(value: string): boolean {
  const clean = Array.from(value).every((one) => one >= ' ' && !'<>:"/\\|?*'.includes(one));
  return clean && value !== '' && value !== '.' && value !== '..' && value.length <= 255;
}

function refuse(status: number, typeKey: string, message: string): Refusal {
  return new Refusal(json(status, { $id: '1', innerException: null, message, typeKey, errorCode: 0, eventId: 3000 }));
}
