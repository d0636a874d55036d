import { formatDuration } from '../../../time/duration.ts';
import type { Promotion } from '../../../journal/fold.ts';
import { isContainerTarget, isTrafficPair, type ContainerTarget } from '../../../journal/traffic.ts';
import type { Verdict } from '../../../probe/assess.ts';
import { watchUntilDecided } from '../../../probe/watch.ts';
import type { Kind, RunAt } from '../../plan/kind.ts';
import type { DeploymentPlan } from '../../plan/plan.ts';
import { hostOf, type DeployPorts, type RolloutPorts } from '../../ports.ts';
import { promoteAndVerify, refuse, type Passed } from '../../promotion/promote.ts';
import { resume } from '../../promotion/resume.ts';
import { reachHost, seeFacing } from '../../promotion/see.ts';
import { desk, watching, type PromotionContext } from '../../way/context.ts';
import type { PromotionRequest } from '../../way/policy.ts';
import type { Refusal } from '../../way/refusal.ts';
import { resultOf, unchanged, type ServiceResult } from '../../way/service-result.ts';
import { showLog } from './cures.ts';
import { endOld } from './end-old.ts';
import { unsettledTraffic } from './unsettled.ts';
import { lookAtApp } from './look-at-app.ts';
import { describeRevision, isWell, pinTraffic, prepareRevision } from './new-revision.ts';
import { containerOf, planContainer, readContainer, releaseOf, targetOf, type PlannedContainer } from './planned.ts';
import type { AppObservation, ContainerHost, RevisionObservation } from './ports.ts';
import { refusals } from './preflight.ts';
import type { ContainerDesk, ShiftSeen, Sides } from './desk.ts';
import { byHand, revisionOf, revisionPlace, shiftWay } from './shift-way.ts';
import { LATEST, printWeights, weightsOf, withWeights } from './weights.ts';

/**
 * An app of Azure Container Apps: a release is a new revision, asked on its own host at weight 0, given the whole traffic
 * as one array, and verified through the host of the app; undone by giving back the weights of before.
 */
export const containerApp: Kind = {
  name: 'containerApp',
  plan: planContainer,
  read: readContainer,
  // Variables of a template may be secret, and a rollback needs none of it.
  journalled: (service) => ({ ...(service as PlannedContainer), template: null }),
  describe: (service) => {
    const { target, image, template } = service as PlannedContainer;
    return `to ${target.app}, ${image ?? (template === null ? '' : 'by its template')}, as a new revision that gets the traffic`;
  },
  packageOf: () => undefined,
  documentOf: (service) => containerOf(service).template,
  releaseOf,
  deploy: (service, run, ports) => deployContainer(service as PlannedContainer, run, ports),
  exposes: {
    target: targetOf,
    context: (request, ports, before) => {
      const sides =
        before !== undefined && isTrafficPair(before) ? { one: before.serving, other: before.waiting } : undefined;
      return shiftContext(request, ports, sides);
    },
    byHand: (target) => byHand(target as ContainerTarget, []),
    look: lookAtApp,
    unsettled: unsettledTraffic,
    // A shift leaves nothing prepared: a revision at weight 0 is in nobody's way.
    tidy: () => Promise.resolve({ kind: 'clean' }),
  },
};

/** An operation that Azure does not show has ended after this: it gives up on its own after ten minutes (public threads). */
const LONGEST_UNSEEN_MS = 15 * 60_000;

function deskOf(request: PromotionRequest, ports: RolloutPorts): ContainerDesk {
  const { target, policy } = request;
  if (!isContainerTarget(target)) throw new Error(`a target of ${target.kind} is no container app`);
  const own = { ...request, policy: { ...policy, unseenMs: Math.min(policy.unseenMs, LONGEST_UNSEEN_MS) } };
  return { ...desk(own, ports), host: hostOf<ContainerHost>(ports, target), target };
}

function shiftContext(
  request: PromotionRequest,
  ports: RolloutPorts,
  sides: Sides | undefined,
): PromotionContext<ShiftSeen> {
  const own = deskOf(request, ports);
  const way = shiftWay(own, sides);
  return { ...own, way, observe: () => way.observe(ports.signal) };
}

async function deployContainer(
  service: PlannedContainer,
  { plan, state }: RunAt,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const earlier = state.promotions.findLast(({ service: name }) => name === service.name);
  if (earlier !== undefined) {
    const resumed = await resume(contextOf(earlier, service, plan, ports), earlier, state);
    if (resumed !== undefined) return resumed;
  }
  const promotion = `${service.name}-${ports.journal.run}-${ports.clock.now().toString(36)}`;
  const request = requestFor(service, promotion, plan);
  const own = deskOf(request, ports);
  const app = await own.host.observe(ports.signal);
  const found = refusals(app, service.target);
  if (found.length > 0) return resultOf(await refuse(own, found));
  const unseen = await seeFacing(shiftContext(request, ports, undefined), {
    id: service.target.app,
    name: `app '${service.target.app}'`,
    url: app.url ?? '',
  });
  if (unseen !== undefined) return resultOf(await refuse(own, [unseen]));
  const pinned = await pinTraffic(own);
  if (pinned !== undefined) return await failed(own, pinned.message);
  const prepared = await prepareRevision(own, service);
  if (prepared.kind === 'failed') return await failed(own, prepared.reason);
  return await giveTraffic(service, request, prepared.revision, ports);
}

/** The new revision is there: gate, shift, verify, as long as nobody has given it users meanwhile. */
async function giveTraffic(
  service: PlannedContainer,
  request: PromotionRequest,
  { name }: RevisionObservation,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const own = deskOf(request, ports);
  const app = await own.host.observe(ports.signal);
  const early = usersAlready(app, name);
  if (early !== undefined) return await leaveToOthers(own, early);
  const sides = {
    one: withWeights(app.traffic, weightsOf(app.traffic)),
    other: withWeights(app.traffic, new Map([[name, 100]])),
  };
  const context = shiftContext(request, ports, sides);
  const judged = await context.observe();
  const gate = await passGate(context, judged, name);
  const late = usersAlready(await own.host.observe(ports.signal), name);
  if (late !== undefined) return await leaveToOthers(own, late);
  if ('rule' in gate) return resultOf(await refuse(context, [gate]));
  const result = await promoteAndVerify(context, judged, gate);
  if (result.outcome === 'promoted' && service.deactivateOld) await endOld(own, sides.one);
  return resultOf(result);
}

/** Pure: that the new revision has users, or will have them when it is ready, though no gate has let it through. */
function usersAlready({ traffic, revisions }: AppObservation, name: string): string | undefined {
  const asked = weightsOf(traffic);
  const held = revisionOf(revisions, name)?.weight ?? 0;
  if (!asked.has(name) && !asked.has(LATEST) && held === 0) return undefined;
  return `the traffic is ${printWeights(asked)} now, by which '${name}' has users, or gets them, that no gate has let through`;
}

/** Somebody else has written the traffic: what users get is theirs to decide, and was not judged by this run. */
async function leaveToOthers({ record, tell, target }: ContainerDesk, what: string): Promise<ServiceResult> {
  const reason = `while the new revision of '${target.app}' was prepared, somebody else changed its traffic: ${what}. It was left alone. To give it by hand: ${byHand(target, [])}`;
  await record('verify', 'unknown', reason);
  await tell('outcome', 'error', reason);
  return resultOf({ outcome: 'superseded', reason });
}

async function passGate(
  context: PromotionContext<ShiftSeen>,
  judged: ShiftSeen,
  name: string,
): Promise<Passed | Refusal> {
  const { request, ports, tell, way } = context;
  const { health, expectedVersion, policy } = request;
  const target = request.target as ContainerTarget;
  const place = revisionPlace(revisionOf(judged.revisions, name) ?? { name, url: null });
  await reachHost(context, place);
  const pending = (now: Verdict, afterMs: number): Promise<void> =>
    tell('gate', 'info', `waiting for ${place.name}, ${formatDuration(afterMs)}: ${now.reason}`);
  const verdict = await watchUntilDecided(
    way.question(health, place, expectedVersion),
    health,
    { ...watching(context, place), pending },
    policy.gateLimitMs,
    ports.signal,
  );
  // What answers well may still be called unhealthy by Azure, by probes of the template that are stricter than ours.
  const now = await context.observe();
  const revision = revisionOf(now.revisions, name);
  const well = isWell(now, name);
  const passed = verdict.kind === 'healthy' && well;
  const azure = revision === undefined ? 'it is not there any more' : `Azure says ${describeRevision(revision)}`;
  await tell('gate', passed ? 'info' : 'error', `${place.name} is ${verdict.kind}: ${verdict.reason}; ${azure}`);
  if (passed) return { version: verdict.version, reason: verdict.reason, routed: false };
  const why =
    verdict.kind === 'healthy' ? `it answers well, and ${azure}` : `${verdict.kind}, ${verdict.reason}; ${azure}`;
  const message = `The release in ${place.name} did not pass its gate: ${why}. No user got it; it stays at weight 0. Its log: ${showLog(target, name)}`;
  return { rule: 'gate', message };
}

async function failed({ tell }: ContainerDesk, reason: string): Promise<ServiceResult> {
  await tell('upload', 'error', reason);
  return unchanged('failed', reason);
}

function contextOf(
  { id, before }: Promotion,
  service: PlannedContainer,
  plan: DeploymentPlan,
  ports: DeployPorts,
): PromotionContext<unknown> {
  return containerApp.exposes!.context(requestFor(service, id, plan), ports, before);
}

function requestFor(
  { name, target, release, health }: PlannedContainer,
  promotion: string,
  plan: DeploymentPlan,
): PromotionRequest {
  // The version is demanded only where the service tells one.
  const expectedVersion = health.version === undefined ? undefined : (release.version ?? undefined);
  return { promotion, service: name, target, release, health, expectedVersion, policy: plan.policy };
}
