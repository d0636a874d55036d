import { formatDuration } from '../../../time/duration.ts';
import { sayWaiting } from '../../way/say-waiting.ts';
import { activate, setTraffic, showEvents, showLog } from './cures.ts';
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

/**
 * Writes names in place of what follows the latest revision: otherwise the new one would get that share of users at once,
 * before any gate (recorded).
 */
export async function pinTraffic(desk: ContainerDesk): Promise<{ readonly message: string } | undefined> {
  const { host, ports, target } = desk;
  let pinned: string | null = null;
  const refused = await changeApp(desk, {
    action: 'route',
    reason: `name the revisions in the traffic of '${target.app}', so that a new one gets none of it`,
    change: (now) => {
      const traffic = withNames(now.traffic, now.latestReadyRevision);
      if (traffic === undefined) return undefined;
      const weights = weightsOf(traffic);
      const why = notToBePinned(now, weights);
      if (why !== undefined) {
        const message = `The traffic of '${target.app}' follows its latest revision, and ${why}. Its users were left as they are; run again when that has settled.`;
        return { rule: 'content-changed', message };
      }
      pinned = now.latestReadyRevision;
      return { kind: 'traffic', traffic: withWeights(traffic, weights) };
    },
    isDone: ({ traffic }) => traffic.every(({ revision }) => revision !== null),
  });
  if (refused !== undefined || pinned === null) return refused;
  const { latestReadyRevision } = await host.observe(ports.signal);
  if (latestReadyRevision === pinned) return undefined;
  const message = `While the traffic of '${target.app}' was named, revision '${latestReadyRevision ?? 'none'}' of somebody else has become its latest, which would have got the users that '${String(pinned)}' has by name now. Nothing was deployed. To give it to them: ${setTraffic(target, new Map([[latestReadyRevision ?? 'REVISION', 100]]))}`;
  return { message };
}

/** Pure: why names would not give users what they get now: somebody's newer revision is on its way, or the name is not it. */
function notToBePinned(now: AppObservation, weights: ReadonlyMap<string, number>): string | undefined {
  const { latestRevision, latestReadyRevision, revisions } = now;
  const latest = latestRevision === null ? undefined : revisionOf(revisions, latestRevision);
  if (latest !== undefined && latest.name !== latestReadyRevision && !/^failed$/i.test(latest.provisioning ?? ''))
    return `a newer one, '${latest.name}', is coming up (${describeRevision(latest)})`;
  for (const [name, weight] of weights) {
    const revision = revisionOf(revisions, name);
    if (revision?.active !== true) return `'${name}', which it is said to follow, is not active`;
    if (revision.weight !== weight)
      return `'${name}' has ${revision.weight}% and not the ${weight}% that the traffic says`;
  }
  return undefined;
}

/**
 * Puts a release where no user sees it: a new revision at weight 0, by a suffix that no other has, read back by name.
 * What an earlier attempt of this run has made is used again.
 */
export async function prepareRevision(desk: ContainerDesk, service: PlannedContainer): Promise<Prepared> {
  const { target, ports, tell } = desk;
  const { image, container, template } = service;
  const before = await desk.host.observe(ports.signal);
  const { revisionSuffix: _, ...made } = withImage(template ?? before.template, image, container) as Record<
    string,
    unknown
  >;
  const what = { image, container, template, made: typeof made === 'object' ? made : null };
  const suffix = freeSuffix(
    before,
    (attempt) => suffixOf(target.app, service.release, ports.journal.run, { ...what, attempt }),
    target.app,
  );
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

/** Pure: what an earlier attempt has made is used again, unless it has failed: that one would fail for ever. */
function freeSuffix({ revisions }: AppObservation, suffix: (attempt: number) => string, app: string): string {
  for (let attempt = 0; ; attempt += 1) {
    const found = revisionOf(revisions, revisionName(app, suffix(attempt)));
    if (found === undefined || !/^failed$/i.test(found.provisioning ?? '')) return suffix(attempt);
  }
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
async function untilProvisioned(desk: ContainerDesk, name: string): Promise<Prepared> {
  const { host, ports, request, target } = desk;
  const { clock, signal } = ports;
  const limitMs = request.health.startupMs + request.policy.gateLimitMs;
  const say = sayWaiting(desk, { step: 'upload', limitMs });
  const begun = clock.monotonic();
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
    await say(`revision '${name}' is to come up: ${is}`, `app '${target.app}' gives it no users`);
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
