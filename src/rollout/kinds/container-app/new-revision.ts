import { formatDuration } from '../../../time/duration.ts';
import { activate, showEvents, showLog } from './cures.ts';
import { changeApp, type Preparation } from './change-app.ts';
import type { ContainerDesk } from './desk.ts';
import type { PlannedContainer } from './planned.ts';
import type { AppObservation, RevisionObservation } from './ports.ts';
import { revisionName, suffixOf } from './revision-name.ts';
import { revisionOf } from './shift-way.ts';
import { printWeights, weightsOf, withNames, withWeights } from './weights.ts';

/** A revision that is there and has no users, or why there is none. */
export type Prepared =
  | { readonly kind: 'ready'; readonly revision: RevisionObservation }
  | { readonly kind: 'failed'; readonly reason: string };

const SAID_EVERY_MS = 60_000;

/**
 * Writes names in place of what follows the latest revision: otherwise the new one would get that share of users at once,
 * before any gate (recorded).
 */
export function pinTraffic(desk: ContainerDesk): Promise<{ readonly message: string } | undefined> {
  return changeApp(desk, {
    action: 'route',
    reason: `name the revisions in the traffic of '${desk.target.app}', so that a new one gets none of it`,
    change: (now) => {
      const traffic = withNames(now.traffic, now.latestReadyRevision);
      return traffic === undefined ? undefined : { kind: 'traffic', traffic: withWeights(traffic, weightsOf(traffic)) };
    },
    isDone: ({ traffic }) => traffic.every(({ revision }) => revision !== null),
  });
}

/**
 * Puts a release where no user sees it: a new revision at weight 0, by a suffix that no other has, read back by name.
 * What an earlier attempt of this run has made is used again.
 */
export async function prepareRevision(desk: ContainerDesk, service: PlannedContainer): Promise<Prepared> {
  const { target, ports, tell } = desk;
  const { image, container, template } = service;
  const suffix = suffixOf(target.app, service.release, ports.journal.run, { image, container, template });
  const name = revisionName(target.app, suffix);
  const why = await changeApp(desk, creation(service, suffix, name));
  if (why !== undefined) return { kind: 'failed', reason: why.message };
  const now = await desk.host.observe(ports.signal);
  const found = revisionOf(now.revisions, name);
  if (found === undefined) {
    const latest = now.latestRevision ?? 'none';
    return {
      kind: 'failed',
      reason: `Azure took the change and made no revision '${name}' of it (the latest is ${latest}): the release was not deployed`,
    };
  }
  if (!found.active) {
    await tell('upload', 'info', `revision '${name}' of this run is there and inactive: activating it again`);
    const refused = await changeApp(desk, {
      action: 'revision',
      reason: `activate '${name}' again`,
      change: (app) =>
        revisionOf(app.revisions, name)?.active === true ? undefined : { kind: 'activate', revision: name },
      isDone: (app) => revisionOf(app.revisions, name)?.active === true,
    });
    if (refused !== undefined)
      return { kind: 'failed', reason: `${refused.message} Activate it: ${activate(target, name)}` };
  }
  return await untilProvisioned(desk, name);
}

function creation({ image, container, template }: PlannedContainer, suffix: string, name: string): Preparation {
  const reason = `new revision '${name}'${image === null ? '' : ` with ${image}`}, at weight 0`;
  return {
    action: 'upload',
    reason,
    change: (now) => {
      if (revisionOf(now.revisions, name) !== undefined) return undefined;
      const follows = now.traffic.some(({ revision }) => revision === null);
      if (follows) {
        const message = `The traffic follows the latest revision again (${printWeights(weightsOf(now.traffic))}): somebody has written it since. Nothing was deployed; run again.`;
        return { rule: 'content-changed', message };
      }
      const made = withImage(template ?? now.template, image, container);
      if (typeof made === 'string') return { rule: 'platform', message: made };
      return {
        kind: 'revision',
        template: { ...made, revisionSuffix: suffix },
        traffic: withWeights(now.traffic, weightsOf(now.traffic)),
      };
    },
    isDone: (now) => revisionOf(now.revisions, name) !== undefined,
  };
}

/** Pure: the template with the image in its container, or why it cannot be said in which. */
export function withImage(
  template: Readonly<Record<string, unknown>>,
  image: string | null,
  container: string | null,
): Readonly<Record<string, unknown>> | string {
  if (image === null) return template;
  const containers = (Array.isArray(template['containers']) ? template['containers'] : []) as Record<string, unknown>[];
  const names = containers.map((one) => String(one['name']));
  const at = container === null ? (containers.length === 1 ? 0 : -1) : names.indexOf(container);
  if (at < 0)
    return container === null
      ? `The app has ${containers.length} containers (${names.join(', ') || 'none'}): say which gets the image, with container: NAME.`
      : `The app has no container '${container}'. It has: ${names.join(', ') || 'none'}.`;
  return { ...template, containers: containers.map((one, index) => (index === at ? { ...one, image } : one)) };
}

/** A revision that cannot pull its image, or falls again and again, never gets to its gate. */
async function untilProvisioned(
  { host, ports, request, tell, target }: ContainerDesk,
  name: string,
): Promise<Prepared> {
  const { clock, signal } = ports;
  const limitMs = request.health.startupMs + request.policy.gateLimitMs;
  const begun = clock.monotonic();
  let saidAt = 0;
  for (;;) {
    const revision = revisionOf((await host.observe(signal)).revisions, name);
    if (revision === undefined)
      return { kind: 'failed', reason: `revision '${name}' is not there any more: somebody has deleted it` };
    const elapsedMs = clock.monotonic() - begun;
    const is = describeRevision(revision);
    if (/^failed$/i.test(revision.provisioning ?? '') || /^failed$/i.test(revision.running ?? ''))
      return {
        kind: 'failed',
        reason: `revision '${name}' (${imagesOf(revision)}) does not come up: ${is}. It has no users, and stays active at weight 0. Azure's log of the app: ${showEvents(target)}; that of the revision: ${showLog(target, name)}`,
      };
    // Scaled to nothing it waits for its first request: the gate brings it up.
    if (/^provisioned$/i.test(revision.provisioning ?? '')) return { kind: 'ready', revision };
    if (elapsedMs >= limitMs)
      return {
        kind: 'failed',
        reason: `revision '${name}' is not provisioned after ${formatDuration(limitMs)}: ${is}. It has no users. Its log: ${showLog(target, name)}`,
      };
    if (elapsedMs - saidAt >= SAID_EVERY_MS || (saidAt === 0 && elapsedMs >= 10_000)) {
      saidAt = elapsedMs;
      const lasted = formatDuration(Math.round(elapsedMs / 1000) * 1000);
      await tell(
        'upload',
        'info',
        `waiting for revision '${name}', ${lasted}: ${is} (for up to ${formatDuration(limitMs)})`,
      );
    }
    await clock.sleep(1000, signal);
  }
}

function imagesOf({ images }: RevisionObservation): string {
  return Object.values(images).join(', ') || 'of no known image';
}

/** Pure: how a revision is, in the service's words. */
export function describeRevision({ provisioning, running, health, problem }: RevisionObservation): string {
  const parts = [provisioning, running, health === 'None' ? null : health].filter((part) => part !== null);
  return `${[...new Set(parts)].join(', ') || 'it tells nothing'}${problem === null ? '' : ` (${problem})`}`;
}

/** Pure: whether the revision can be given users, by what Azure says of it beside its answers. */
export function isWell(app: AppObservation, name: string): boolean {
  const revision = revisionOf(app.revisions, name);
  return revision !== undefined && revision.active && !/^(unhealthy)$/i.test(revision.health ?? '');
}
