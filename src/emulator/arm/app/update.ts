import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../time/clock.ts';
import type { FaultEffect } from '../../faults/fault.ts';
import { listenAsApp } from '../../front-end/app-hosts.ts';
import { stringAt } from '../../json/json.ts';
import type { World } from '../../world/world.ts';
import { withoutSuffix } from './document.ts';
import { EXPIRED, noSuchImage, OPERATION_ERROR, provisioningFailed } from './errors.ts';
import type { AppOperation, AppOperationEnd } from '../../state/app-operation.ts';
import { startRevision, stopRevision } from './revision-run.ts';
import {
  findRevision,
  mainContainer,
  weightsOf,
  type AppDocument,
  type ContainerApp,
  type Revision,
} from '../../state/container-app.ts';

export interface Change {
  readonly document: AppDocument;
  /** Of the revision that the change makes, if it makes one. */
  readonly revisionName: string | undefined;
  readonly fault: FaultEffect | undefined;
}

/**
 * Accepts a change. What was asked for is shown at once, and comes to be in the course of the operation (that the service
 * shows it so early is inferred from its answer to PUT). What follows runs on its own.
 */
export function beginUpdate(
  world: World,
  app: ContainerApp,
  kind: 'create' | 'update',
  change: Change,
): { operation: AppOperation; done: Promise<void> } {
  const before = kind === 'create' ? undefined : app.document;
  const operation = openOperation(world, app, kind);
  app.document = change.document;
  app.provisioningState = 'InProgress';
  app.modifiedAt = world.now();
  const done = carryOut(world, operation, change, before).catch((cause: unknown) => {
    if (world.closing.signal.aborted) return;
    world.settings.log(`update of ${app.name}: ${String(cause)}`);
    settle(world, operation, failed(app, 'There was an unexpected InternalServerError.'));
  });
  return { operation, done };
}

export function openOperation(world: World, app: ContainerApp, kind: AppOperation['kind']): AppOperation {
  const operation: AppOperation = { id: randomUUID(), kind, app, startedAt: world.now(), end: { state: 'running' } };
  world.appOperations.set(operation.id, operation);
  app.operation = operation;
  world.faults.tell('app-update-accepted');
  return operation;
}

export function settle(world: World, operation: AppOperation, end: AppOperationEnd): void {
  const { app } = operation;
  operation.end = end;
  app.operation = undefined;
  app.provisioningState = end.state === 'failed' ? 'Failed' : 'Succeeded';
  world.faults.tell('app-update-settled');
}

/**
 * A revision begins to start a moment after the request. Weights hold when the time of an operation has passed; a row for
 * the latest revision follows once that is ready, and only then is the operation over.
 */
async function carryOut(
  world: World,
  operation: AppOperation,
  { document, revisionName, fault }: Change,
  before: AppDocument | undefined,
): Promise<void> {
  const { app } = operation;
  const { signal } = world.closing;
  const { containerAppMs } = world.settings;
  const lastsMs = fault?.kind === 'app-update-slow' ? fault.ms : containerAppMs;
  const dueAt = systemClock.monotonic() + lastsMs;
  if (fault?.kind === 'app-update-never-ends' && fault.applied !== true) return;
  await systemClock.sleep(containerAppMs / 4, signal);
  if (fault?.kind === 'app-update-fails') {
    await systemClock.sleep(dueAt - systemClock.monotonic(), signal);
    app.document = before ?? app.document;
    const message = fault.message ?? provisioningFailed(app.name, EXPIRED);
    return settle(world, operation, { state: 'failed', code: fault.code ?? OPERATION_ERROR, message });
  }
  const makes = fault?.kind === 'app-no-revision' ? undefined : revisionName;
  const revision = makes === undefined ? undefined : await addRevision(world, app, makes, document);
  const started = revision === undefined ? undefined : start(world, app, revision, fault);
  await systemClock.sleep(dueAt - systemClock.monotonic(), signal);
  await route(world, app, revision, fault);
  const outcome = await started;
  if (revision !== undefined && outcome === 'ready') await takeOver(world, app, revision, fault);
  else if (document.mode === 'Single') await leaveOne(world, app);
  if (fault?.kind === 'app-update-never-ends') return;
  settle(
    world,
    operation,
    outcome === 'failed' && revision !== undefined ? notStarted(app, revision) : { state: 'succeeded' },
  );
}

async function addRevision(world: World, app: ContainerApp, name: string, document: AppDocument): Promise<Revision> {
  const listener = await listenAsApp(world, () => app, { kind: 'revision', name });
  world.listeners.set(listener.port, listener);
  const template = withoutSuffix(document.template);
  const revision: Revision = {
    name,
    port: listener.port,
    createdAt: world.now(),
    template,
    image: undefined,
    active: true,
    state: 'provisioning',
    failure: undefined,
    process: undefined,
    survives: undefined,
  };
  app.revisions.push(revision);
  app.latestRevisionName = name;
  return revision;
}

async function start(
  world: World,
  app: ContainerApp,
  revision: Revision,
  fault: FaultEffect | undefined,
): Promise<'ready' | 'failed' | 'overtaken'> {
  if (fault?.kind === 'app-revision-slow') {
    try {
      await systemClock.sleep(fault.ms, world.closing.signal);
    } catch {
      return 'overtaken';
    }
    if (!revision.active) return 'overtaken';
  }
  return startRevision(world, app, revision);
}

/** A revision that has become ready: rows for the latest mean it from now on; in single mode it is the only one. */
export async function takeOver(
  world: World,
  app: ContainerApp,
  revision: Revision,
  fault?: FaultEffect,
): Promise<void> {
  const before = weightsOf(app);
  app.latestReadyRevisionName = revision.name;
  if (fault?.kind === 'app-revision-crashes') revision.survives = fault.requests ?? 1;
  noteShift(world, app, before, fault);
  if (app.document.mode === 'Single') await leaveOne(world, app);
}

async function route(
  world: World,
  app: ContainerApp,
  made: Revision | undefined,
  fault: FaultEffect | undefined,
): Promise<void> {
  const before = weightsOf(app);
  for (const { label } of app.document.traffic) {
    if (label === undefined || app.labelPorts.has(label)) continue;
    const listener = await listenAsApp(world, () => app, { kind: 'label', name: label });
    world.listeners.set(listener.port, listener);
    app.labelPorts.set(label, listener.port);
  }
  app.routed = app.document.traffic;
  if (fault?.kind === 'app-revision-crashes' && made === undefined) {
    const gained = mostGained(before, weightsOf(app));
    const revision = gained === undefined ? undefined : findRevision(app, gained);
    if (revision !== undefined) revision.survives = fault.requests ?? 1;
  }
  noteShift(world, app, before, fault);
}

function noteShift(
  world: World,
  app: ContainerApp,
  before: ReadonlyMap<string, number>,
  fault: FaultEffect | undefined,
): void {
  const weights = weightsOf(app);
  if (mostGained(before, weights) === undefined) return;
  app.shifts.push({ at: new Date().toISOString(), weights: Object.fromEntries(weights) });
  if (fault?.kind === 'app-host-gone') app.goneUntil = systemClock.monotonic() + fault.ms;
  world.faults.tell('app-shifted');
}

/** Undefined when no revision has more weight than before, which means that nothing has moved. */
function mostGained(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string | undefined {
  const gains = [...after].map(([name, weight]) => ({ name, gain: weight - (before.get(name) ?? 0) }));
  return gains.filter(({ gain }) => gain > 0).toSorted((a, b) => b.gain - a.gain)[0]?.name;
}

/** Single mode: all but the latest that is ready are deactivated, and the one that is coming. */
async function leaveOne(world: World, app: ContainerApp): Promise<void> {
  if (app.latestReadyRevisionName === '' || world.closing.signal.aborted) return;
  const stays = [app.latestReadyRevisionName, app.latestRevisionName];
  const others = app.revisions.filter((one) => one.active && !stays.includes(one.name));
  for (const one of others) one.active = false;
  await Promise.all(others.map(stopRevision));
}

function notStarted(app: ContainerApp, revision: Revision): AppOperationEnd {
  const container = mainContainer(revision.template);
  const name = stringAt(container, 'name') ?? '';
  const details = revision.image === undefined ? noSuchImage(name, stringAt(container, 'image') ?? '') : EXPIRED;
  return failed(app, details);
}

function failed(app: ContainerApp, details: string): AppOperationEnd {
  return { state: 'failed', code: OPERATION_ERROR, message: provisioningFailed(app.name, details) };
}
