import { federatedToken } from '../identity/client-assertion.ts';
import { readBytes, type Exchange } from '../server/exchange.ts';
import { empty, json, Refusal, type Reply } from '../server/reply.ts';
import { route, type Parameters, type Route } from '../server/router.ts';
import type { World } from '../world/world.ts';
import { approvalHandlers, type Approvals } from './approvals.ts';
import type { Attachment } from './attachment.ts';
import { gitHandlers } from './git.ts';
import { locationsOf } from './locations.ts';
import { planHandlers, type EventListeners, type PlanState } from './plan.ts';
import { BUILD_SERVICE, type PullRequestState } from './pull-request.ts';
import { refuse } from './refuse.ts';

/** The collection that the emulator is the server of. */
export const COLLECTION = '/devops/contoso';

const PLAN = `${COLLECTION}/:project/_apis/distributedtask/hubs/:hub/plans/:plan`;
const RECORD = `${PLAN}/timelines/:timeline/records/:record/attachments/:type`;

/** What Azure DevOps holds here. */
export interface DevOpsState {
  readonly attachments: Attachment[];
  /** Plans of the hub `build`, by the id of the build. */
  readonly builds: Map<number, string>;
  readonly pullRequests: PullRequestState[];
  readonly plans: PlanState;
  readonly planListeners: EventListeners;
  readonly approvals: Approvals;
}

/**
 * Azure DevOps as far as a job needs it: attachments of its timeline, tokens that say who it is, its pull request; and
 * what a service tells of a task that waits for it.
 */
export function devOpsRoutes(world: World, state: DevOpsState): Route[] {
  const { attachments: store, builds, pullRequests, plans, planListeners, approvals } = state;
  const on = (
    operation: string,
    handle: (exchange: Exchange, parameters: Parameters, who: string) => Reply | Promise<Reply>,
  ): Route =>
    route(operation, (exchange, parameters) => handle(exchange, parameters, requireJobToken(world, exchange)));
  return [
    ...gitHandlers(COLLECTION, pullRequests).map(([operation, handle]) => on(operation, handle)),
    ...planHandlers(PLAN, plans, planListeners).map(([operation, handle]) => on(operation, handle)),
    ...approvalHandlers(COLLECTION, approvals, () => world.now()).map(([operation, handle]) => on(operation, handle)),
    on(`OPTIONS ${COLLECTION}/_apis/:area`, (_, { area = '' }) => locationsOf(area)),
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
    on(
      `GET ${COLLECTION}/:project/_apis/build/builds/:build/attachments/:type`,
      (_, { project = '', build = '', type = '' }) => {
        const plan = builds.get(Number(build));
        if (plan === undefined)
          throw refuse(404, 'BuildNotFoundException', `The requested build ${build} could not be found.`);
        const found = store.filter((one) => isOf(one, { project, hub: 'build', plan, type }));
        return json(200, { count: found.length, value: found.map((one) => describeForBuild(world, one, build)) });
      },
    ),
    on(`GET ${PLAN}/attachments/:type`, (_, parameters) =>
      list(
        world,
        store.filter((one) => isOf(one, parameters)),
      ),
    ),
  ];
}

/** @returns who asks: the build service, or with basic credentials the person that they name */
function requireJobToken(world: World, exchange: Exchange): string {
  const [scheme = '', credentials = ''] = (exchange.headers.authorization ?? '').split(' ');
  const isBasic = scheme.toLowerCase() === 'basic';
  const [name = '', ...rest] = isBasic ? Buffer.from(credentials, 'base64').toString('utf8').split(':') : [];
  if ((isBasic ? rest.join(':') : credentials) !== world.settings.devOpsToken)
    throw new Refusal(empty(401, { 'www-authenticate': 'Bearer, Basic realm="emulator"' }));
  return name === '' ? BUILD_SERVICE : name;
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

/** Through the interface of builds an attachment is its name and its address, and no more (seen in its clients). */
function describeForBuild(world: World, one: Attachment, build: string): Record<string, unknown> {
  const path = [one.project, '_apis/build/builds', build, one.timelineId, one.recordId, 'attachments', one.type];
  const href = `${world.url}${COLLECTION}/${path.join('/')}/${encodeURIComponent(one.name)}`;
  return { _links: { self: { href } }, name: one.name };
}

function isFileName(value: string): boolean {
  const clean = Array.from(value).every((one) => one >= ' ' && !'<>:"/\\|?*'.includes(one));
  return clean && value !== '' && value !== '.' && value !== '..' && value.length <= 255;
}
