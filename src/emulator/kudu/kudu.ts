import { DEPLOYMENT_STATUS, kuduDeployment, kuduLog, type Deployment } from '../state/deployment.ts';
import { beginDeployment, receivePackage } from './deploy-package.ts';
import { deploymentInProgress } from '../server/errors.ts';
import type { Exchange } from '../server/exchange.ts';
import { empty, json, Refusal, text, type Reply } from '../server/reply.ts';
import { route, type Handler, type Parameters, type Route } from '../server/router.ts';
import { publishingUser } from '../arm/web/config.ts';
import { scmHostOf } from '../arm/web/site-resource.ts';
import type { Slot } from '../state/site.ts';
import { requireBearer } from '../identity/token.ts';
import type { World } from '../world/world.ts';

const TYPES = ['war', 'jar', 'ear', 'zip', 'static', 'lib', 'startup', 'script'];

/** Kudu under a path of its own for each slot: `/scm/app` and `/scm/app-staging`. */
export function kuduRoutes(world: World): Route[] {
  const on = (
    operation: string,
    handle: (slot: Slot, exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>,
  ): Route => {
    const [method = '', tail = ''] = operation.split(' ');
    const guarded: Handler = (exchange, parameters) =>
      handle(authorisedSlot(world, exchange, parameters), exchange, parameters);
    return route(`${method} /scm/:label${tail}`, guarded);
  };
  return [
    on('POST /api/publish', (slot, exchange) => publish(world, slot, exchange)),
    on('POST /api/zipdeploy', (slot, exchange) => deploy(world, slot, exchange, 'ZipDeploy', 'isAsync')),
    on('PUT /api/zipdeploy', (slot, exchange) => deploy(world, slot, exchange, 'ZipDeploy', 'isAsync')),
    on('GET /api/deployments', (slot) =>
      json(
        200,
        slot.content.deployments.toReversed().map((one) => describe(world, slot, one)),
      ),
    ),
    on('GET /api/deployments/:id', (slot, _, { id = '' }) => deploymentReply(world, slot, deploymentNamed(slot, id))),
    on('GET /api/deployments/:id/log', (slot, _, { id = '' }) => json(200, kuduLog(deploymentNamed(slot, id)))),
    on('GET /api/settings', (slot) => json(200, slot.appSettings)),
    on('GET /api/logs/app', (slot) => text(200, slot.content.app?.output ?? '')),
    // The stream of the service goes on; this one ends with what there is.
    on('GET /logstream', (slot) => text(200, slot.content.app?.output ?? '')),
  ];
}

function authorisedSlot(world: World, exchange: Exchange, { label = '' }: Parameters): Slot {
  const slot = world.slotByLabel(label);
  if (slot === undefined) throw new Refusal(text(404, 'Site not found.'));
  const [scheme = '', credentials = ''] = (exchange.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') {
    const expected = Buffer.from(`${publishingUser(slot)}:${slot.publishingPassword}`).toString('base64');
    if (slot.scmBasicAuth && credentials === expected) return slot;
    throw new Refusal(empty(401, { 'www-authenticate': `${slot.scmBasicAuth ? 'Basic' : 'Bearer'} realm="site"` }));
  }
  requireBearer(world, exchange);
  return slot;
}

async function publish(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  const type = exchange.query.get('type') ?? '';
  if (!TYPES.includes(type)) return text(400, `type='${type}' not recognized`);
  if (type !== 'zip') return text(501, `The emulator deploys packages of type 'zip' only, not '${type}'.`);
  return deploy(world, slot, exchange, 'OneDeploy', 'async');
}

async function deploy(
  world: World,
  slot: Slot,
  exchange: Exchange,
  deployer: string,
  asyncFlag: string,
): Promise<Reply> {
  // Content must not change hands while it is being replaced, so a running swap refuses deployments too (inferred).
  if (slot.deploying || slot.operation !== undefined) return deploymentInProgress();
  slot.deploying = true;
  let received: string;
  try {
    received = await receivePackage(world, exchange);
  } catch (cause) {
    slot.deploying = false;
    throw cause;
  }
  const { deployment, done } = beginDeployment(world, slot, received, deployer);
  const tracked: Record<string, string> =
    exchange.query.get('trackDeploymentProgress') === 'true' ? { 'scm-deployment-id': deployment.id } : {};
  if (exchange.query.get(asyncFlag)?.toLowerCase() === 'true') {
    const time = deployment.receivedAt.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
    return empty(202, {
      location: `https://${scmHostOf(world, slot)}/api/deployments/latest?deployer=${deployer}&time=${time}Z`,
      ...retryAfter(world),
      ...tracked,
    });
  }
  await done;
  if (deployment.status === DEPLOYMENT_STATUS.success) return empty(200, tracked);
  return text(400, `Deployment Failed. ${deployment.statusText}`, tracked);
}

/** 202 as long as the deployment runs, as the service answers it. */
function deploymentReply(world: World, slot: Slot, deployment: Deployment): Reply {
  const body = describe(world, slot, deployment);
  if (deployment.endedAt !== undefined) return json(200, body);
  return json(202, body, {
    location: `https://${scmHostOf(world, slot)}/api/deployments/${deployment.id}`,
    ...retryAfter(world),
  });
}

/** 30 seconds on the service; here the time of the whole emulator, which runs faster. */
function retryAfter(world: World): Record<string, string> {
  const { retryAfterSeconds } = world.settings;
  return retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
}

function deploymentNamed(slot: Slot, id: string): Deployment {
  const { deployments } = slot.content;
  const found = id === 'latest' ? deployments.at(-1) : deployments.find((one) => one.id === id);
  if (found === undefined) throw new Refusal(text(404, `Deployment '${id}' not found.`));
  return found;
}

function describe(world: World, slot: Slot, deployment: Deployment): Record<string, unknown> {
  return kuduDeployment(deployment, slot.site.name, `https://${scmHostOf(world, slot)}`);
}
