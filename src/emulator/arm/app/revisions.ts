import { systemClock } from '../../../time/clock.ts';
import { notImplemented } from '../../server/errors.ts';
import { json, Refusal } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import type { World } from '../../world/world.ts';
import { revisionNotFound } from './errors.ts';
import { replicaResources, revisionResource } from './resource.ts';
import { startRevision, stopRevision } from './revision-run.ts';
import { appRoute, revisionRoute } from './scope.ts';
import type { ContainerApp, Revision } from '../../state/container-app.ts';
import { takeOver } from './update.ts';

/** Revisions of an app: read, list, and the three things that can be done to one. */
export function revisionRoutes(world: World): Route[] {
  return [
    appRoute(world, 'GET /revisions', (app, { query }) => {
      const wanted = filterOf(query.get('$filter'));
      const revisions = app.revisions.filter(wanted);
      return json(200, { value: revisions.map((one) => revisionResource(world, app, one)) });
    }),
    revisionRoute(world, 'GET ', (app, revision) => json(200, revisionResource(world, app, revision))),
    revisionRoute(world, 'GET /replicas', (app, revision) =>
      json(200, { value: replicaResources(world, app, revision) }),
    ),
    revisionRoute(world, 'GET /replicas/:replica', (app, revision, { replica = '' }) => {
      const found = replicaResources(world, app, revision).find(({ name }) => name === replica);
      if (found === undefined) throw revisionNotFound(app, `${revision.name}/replicas/${replica}`);
      return json(200, found);
    }),
    revisionRoute(world, 'POST /activate', (app, revision) => {
      later(world, app, revision, async () => {
        if (revision.active) return;
        revision.active = true;
        await startAgain(world, app, revision);
      });
      return json(200, 'Activate succeeded');
    }),
    revisionRoute(world, 'POST /deactivate', (app, revision) => {
      later(world, app, revision, async () => {
        revision.active = false;
        await stopRevision(revision);
      });
      return json(200, 'Deactivate succeeded');
    }),
    revisionRoute(world, 'POST /restart', (app, revision) => {
      later(world, app, revision, async () => {
        if (revision.active) await startAgain(world, app, revision);
      });
      return json(200, 'Restart succeeded');
    }),
  ];
}

/** The latest revision may become ready only now, and rows for the latest follow. */
async function startAgain(world: World, app: ContainerApp, revision: Revision): Promise<void> {
  const outcome = await startRevision(world, app, revision);
  if (outcome === 'ready' && revision.name === app.latestRevisionName) await takeOver(world, app, revision);
}

/** The answer comes first; that the revision has become so shows itself a while later, as recorded. */
function later(world: World, app: ContainerApp, revision: Revision, act: () => Promise<void>): void {
  void systemClock
    .sleep(world.settings.containerAppMs, world.closing.signal)
    .then(() => (world.containerApp(app.name) === app ? act() : undefined))
    .catch((cause: unknown) => {
      if (!world.closing.signal.aborted) world.settings.log(`${revision.name}: ${String(cause)}`);
    });
}

function filterOf(filter: string | null): (revision: Revision) => boolean {
  if (filter === null) return () => true;
  const active = /^properties\/active eq (true|false)$/i.exec(filter.trim())?.[1]?.toLowerCase();
  if (active === undefined) throw new Refusal(notImplemented(`the filter '${filter}'`));
  return (revision) => revision.active === (active === 'true');
}
