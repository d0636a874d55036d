import type { RunningApp } from '../../apps/app-process.ts';
import { hostEnvironment } from '../../world/host-environment.ts';
import { stringAt } from '../../json/json.ts';
import type { World } from '../../world/world.ts';
import { environmentOf, secretsOf } from './document.ts';
import { mainContainer, type ContainerApp, type Revision } from '../../state/container-app.ts';

export type RevisionStart = 'ready' | 'failed' | 'overtaken';

/**
 * Starts the process of a revision anew; one that runs drains and ends. A revision is ready when it listens, which is the
 * startup probe that the service gives to every container that brings none.
 */
export async function startRevision(world: World, app: ContainerApp, revision: Revision): Promise<RevisionStart> {
  const before = revision.process;
  const container = mainContainer(revision.template);
  revision.image ??= world.images.find(stringAt(container, 'image') ?? '');
  revision.state = 'provisioning';
  revision.failure = undefined;
  revision.survives = undefined;
  const run = launch(world, app, revision);
  revision.process = run;
  void before?.stop();
  if (run === undefined) {
    revision.state = 'failed';
    revision.failure = 'ImagePullFailure';
    return 'failed';
  }
  const state = await run.ready();
  if (revision.process !== run) return 'overtaken';
  if (state === 'listening') {
    revision.state = 'provisioned';
    return 'ready';
  }
  revision.state = 'failed';
  // The platform ends what does not listen in time.
  revision.failure = state === 'late' ? 'Terminated' : `${stringAt(container, 'name') ?? ''}ContainerCrashing`;
  world.settings.log(`${revision.name}: ${revision.failure}: ${run.output.trim().split('\n').slice(-4).join(' | ')}`);
  return 'failed';
}

export async function stopRevision(revision: Revision): Promise<void> {
  const { process } = revision;
  revision.process = undefined;
  await process?.stop();
}

function launch(world: World, app: ContainerApp, revision: Revision): RunningApp | undefined {
  if (revision.image === undefined || world.closing.signal.aborted) return undefined;
  const { folder, entry } = revision.image;
  const { launch: start, startupMs } = world.settings;
  const environment = environmentIn(world, app, revision);
  const run = start({ folder, entry, environment, lifelineFile: world.lifelineFile, startupMs });
  for (const one of world.processes) if (!one.alive) world.processes.delete(one);
  world.processes.add(run);
  return run;
}

/** Variables of the template, and those that the service adds (documented). PORT comes with the process. */
function environmentIn(world: World, app: ContainerApp, revision: Revision): Record<string, string> {
  const secrets = secretsOf(app.document);
  const wanted = environmentOf(mainContainer(revision.template)).map(({ name, value, secretRef }) => [
    name,
    secretRef === undefined ? value : (secrets.get(secretRef) ?? ''),
  ]);
  return {
    ...hostEnvironment(world),
    ...(Object.fromEntries(wanted) as Record<string, string>),
    CONTAINER_APP_NAME: app.name,
    CONTAINER_APP_REVISION: revision.name,
    CONTAINER_APP_HOSTNAME: `${app.hostName}:${revision.port}`,
    CONTAINER_APP_REPLICA_NAME: replicaName(revision),
  };
}

/** The one replica that a revision has here. */
export function replicaName({ name, createdAt }: Revision): string {
  return `${name}-${createdAt.getTime().toString(36)}-00000`;
}
