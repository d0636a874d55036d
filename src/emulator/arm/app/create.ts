import type { FaultEffect } from '../../faults/fault.ts';
import { listenAsApp } from '../../front-end/app-hosts.ts';
import type { World } from '../../world/world.ts';
import type { ContainerAppSpec } from '../../state/container-app-spec.ts';
import { readDocument } from './document.ts';
import { badRequest } from './errors.ts';
import type { AppOperation } from '../../state/app-operation.ts';
import { newRevisionName } from './plan.ts';
import { stopRevision } from './revision-run.ts';
import type { ContainerApp } from '../../state/container-app.ts';
import { beginUpdate } from './update.ts';

/** Accepts a new app with its first revision. */
export async function createApp(
  world: World,
  name: string,
  resourceGroup: string,
  body: unknown,
  fault?: FaultEffect,
): Promise<{ operation: AppOperation; done: Promise<void> }> {
  if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name) || name.includes('--'))
    throw badRequest(`The name '${name}' is not one that a container app can have.`);
  if (world.containerApp(name) !== undefined) throw badRequest(`There is already a container app named ${name}.`);
  const document = readDocument(body, { revisions: [], before: [] });
  const revisionName = newRevisionName({ name, revisions: [], latestRevisionName: '' }, document);
  // The host answers for whoever has the name, so that it can be there before the app.
  const listener = await listenAsApp(world, () => world.containerApp(name), { kind: 'app' });
  world.listeners.set(listener.port, listener);
  const app: ContainerApp = {
    name,
    resourceGroup,
    hostName: world.settings.hostName,
    port: listener.port,
    createdAt: world.now(),
    labelPorts: new Map(),
    revisions: [],
    shifts: [],
    document,
    routed: [],
    provisioningState: 'InProgress',
    latestRevisionName: '',
    latestReadyRevisionName: '',
    operation: undefined,
    modifiedAt: world.now(),
    goneUntil: 0,
  };
  world.containerApps.set(name.toLowerCase(), app);
  return beginUpdate(world, app, 'create', { document, revisionName, fault });
}

export async function removeApp(world: World, app: ContainerApp): Promise<void> {
  const ports = [app.port, ...app.labelPorts.values(), ...app.revisions.map(({ port }) => port)];
  for (const one of app.revisions) one.active = false;
  await Promise.all(app.revisions.map(stopRevision));
  for (const port of ports) {
    await world.listeners.get(port)?.close();
    world.listeners.delete(port);
  }
  world.containerApps.delete(app.name);
}

/** An app to begin with; resolves when its first revision is ready, or has failed. */
export async function addContainerApp(world: World, spec: ContainerAppSpec): Promise<ContainerApp> {
  const env = Object.entries(spec.environment ?? {}).map(([name, value]) => ({ name, value }));
  const affinity = spec.sticky === true ? { stickySessions: { affinity: 'sticky' } } : {};
  const body = {
    location: 'West Europe',
    properties: {
      configuration: {
        activeRevisionsMode: spec.mode ?? 'Multiple',
        ingress: { external: true, ...affinity },
      },
      template: {
        revisionSuffix: spec.suffix ?? '',
        containers: [{ name: spec.container ?? spec.name, image: spec.image, env }],
      },
    },
  };
  const { operation, done } = await createApp(world, spec.name, spec.resourceGroup, body);
  await done;
  return operation.app;
}
