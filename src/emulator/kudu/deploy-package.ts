import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DEPLOYMENT_STATUS, type Deployment } from '../state/deployment.ts';
import { tooLarge, type Exchange } from '../server/exchange.ts';
import { inspectPackage, PackageError, unpack } from '../apps/package.ts';
import { Refusal, text } from '../server/reply.ts';
import { environmentIn } from '../arm/web/environment.ts';
import { findSlot, type Slot } from '../state/site.ts';
import { startSwap } from '../arm/web/run-swap.ts';
import type { World } from '../world/world.ts';

const LARGEST_PACKAGE = 512 * 1024 * 1024;

/** Takes the body to disk within the bound and checks its checksum where the client sent one. */
export async function receivePackage(world: World, exchange: Exchange): Promise<string> {
  const file = join(world.folder, `package-${randomUUID()}.zip`);
  const digest = createHash('sha256');
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      digest.update(chunk);
      if (size > LARGEST_PACKAGE) done(tooLarge(LARGEST_PACKAGE));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(exchange.stream, bounded, createWriteStream(file));
    const announced = exchange.headers['x-ms-artifact-checksum'];
    const actual = digest.digest('hex');
    if (typeof announced === 'string' && announced.toLowerCase() !== actual) {
      throw new Refusal(text(400, `The checksum of the package is ${actual}, not ${announced}.`));
    }
    return file;
  } catch (cause) {
    await rm(file, { force: true });
    throw cause;
  }
}

/** Adds the deployment to the history and carries it out; `done` resolves at its end, good or bad. */
export function beginDeployment(
  world: World,
  slot: Slot,
  zipFile: string,
  deployer: string,
): { deployment: Deployment; done: Promise<void> } {
  const deployment: Deployment = {
    id: randomUUID(),
    deployer,
    receivedAt: world.now(),
    status: DEPLOYMENT_STATUS.pending,
    statusText: '',
    active: false,
    endedAt: undefined,
    log: [{ at: world.now(), message: 'Updating submodules.' }],
  };
  slot.content.deployments.push(deployment);
  world.faults.tell('deployment-accepted');
  const done = carryOut(world, slot, deployment, zipFile);
  world.deploying.add(done);
  void done.finally(() => world.deploying.delete(done));
  return { deployment, done };
}

async function carryOut(world: World, slot: Slot, deployment: Deployment, zipFile: string): Promise<void> {
  const folder = join(world.folder, `wwwroot-${deployment.id}`);
  const say = (message: string): number => deployment.log.push({ at: world.now(), message });
  deployment.status = DEPLOYMENT_STATUS.building;
  try {
    await mkdir(folder);
    const entries = await unpack(zipFile, folder, world.closing.signal);
    say(`Extracted ${entries} entries.`);
    deployment.status = DEPLOYMENT_STATUS.deploying;
    const startable = await inspectPackage(folder);
    if (startable.entry === undefined) say('Nothing to start was found: no start script, no main, no server.js.');
    for (const one of slot.content.deployments) one.active = false;
    deployment.active = true;
    // A package is deployed when its files are in place; whether the app in it lives is another question, as on Azure.
    slot.content.replace({ ...startable, folder }, environmentIn(world, slot, slot));
    if (!slot.running) await slot.content.stop();
    deployment.status = DEPLOYMENT_STATUS.success;
    say('Deployment successful.');
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    deployment.status = DEPLOYMENT_STATUS.failed;
    deployment.statusText = cause instanceof PackageError ? cause.message : `Deployment failed: ${String(cause)}`;
    say(deployment.statusText);
  } finally {
    await rm(zipFile, { force: true });
    deployment.endedAt = world.now();
    slot.modifiedAt = world.now();
    slot.deploying = false;
    world.faults.tell('deployment-settled');
  }
  swapOnItsOwn(world, slot, deployment);
}

/** Auto swap: the service swaps right after a deployment, and asks nobody. Windows sites only. */
function swapOnItsOwn(world: World, slot: Slot, deployment: Deployment): void {
  const wanted = slot.config['autoSwapSlotName'];
  if (deployment.status !== DEPLOYMENT_STATUS.success || slot.site.linux || typeof wanted !== 'string' || wanted === '')
    return;
  const target = findSlot(slot.site, wanted);
  if (target !== undefined && target !== slot && slot.operation === undefined && target.operation === undefined) {
    startSwap(world, slot, target, undefined);
  }
}
