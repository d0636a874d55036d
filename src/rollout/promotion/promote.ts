import type { SlotPair } from '../../journal/entry.ts';
import type { Promotion, RunState } from '../../journal/fold.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchThroughBake, watchUntilDecided } from '../../probe/watch.ts';
import { formatDuration } from '../../time/duration.ts';
import { comparePrints } from '../kinds/app-service/content-print.ts';
import { RolloutError } from '../errors.ts';
import { fencedSwap, pauseAfter, takePreparedBack, type Replaced } from '../fence/fenced.ts';
import type { RolloutPorts, SlotObservation } from '../ports.ts';
import { changedBetween, pairOf, type Observed, type Refusal } from '../kinds/app-service/preflight.ts';
import { decideUndo, undoPromotion, type Undo, type UndoResult } from './undo.ts';
import { lastLook } from '../kinds/app-service/last-look.ts';
import { adviseOnRouting } from '../kinds/app-service/routing-advice.ts';
import { announcedAgo, mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { isBusy } from '../fence/attempt.ts';
import { readState, swapContext, watching, type SwapContext } from './context.ts';
import { probeTarget, type SwapRequest } from './policy.ts';
import type { SwapResult } from './result.ts';

/** A release that stands on its target, and what it replaced. */
interface Promoted {
  readonly before: SlotPair;
  readonly after: SlotPair;
  readonly observed: Observed;
  readonly replaced: Replaced;
  readonly versionAfter: string | undefined;
  /** Whether routing is, or may be, in use on the app: only then can a rule come back that was cleared. */
  readonly routed: boolean;
}

/** What the gate says of a release that it lets through. */
export interface Passed {
  /** What the release said of itself: what the target must say of itself after the swap. */
  readonly version: string | undefined;
  readonly reason: string;
  readonly routed: boolean;
}

/**
 * From the gate's pass to the end: journals the intent, swaps, follows it until it is known, and verifies.
 * @param judged what the gate judged; anything else found right before the request refuses it
 */
export async function swapAndVerify(context: SwapContext, judged: Observed, gate: Passed): Promise<SwapResult> {
  const { request, ports, tell } = context;
  const { target, policy, health } = request;
  const { version: versionAfter, routed } = gate;
  const replaced = await askReplaced(context, judged);
  let open = false;
  for (let attempt = 1; ; attempt += 1) {
    const fenced = await fencedSwap(
      {
        action: 'swap',
        reason: `swap '${target.source}' into '${target.destination}', attempt ${attempt}`,
        evidence: `gate: ${gate.reason}`,
        // Of the last one it must be known what became of it: nobody asks after it.
        mayStayOpen: attempt < policy.attempts,
        replaced,
        recheck: (now) => changedSince(judged, now),
      },
      context,
    );
    if (fenced.kind === 'refused') {
      // What has changed since the gate may be the swap of an attempt that was without a sign.
      const late = open ? await finishLate(context) : undefined;
      return late ?? (await refuse(context, [fenced.refusal]));
    }
    if (fenced.kind === 'lost-sight')
      return fenced.swapped
        ? { outcome: 'in-place-not-yet-healthy', reason: fenced.reason }
        : await unknown(context, fenced.reason);
    const { end, before, now } = fenced;
    const { verdict } = end;
    if (verdict.kind === 'unknown') return await unknown(context, verdict.reason);
    if (verdict.kind === 'swapped') {
      await tell('swap', 'info', verdict.reason);
      const observed = end.observed ?? now;
      return await judge(context, { before, after: pairOf(observed), observed, replaced, versionAfter, routed });
    }
    open = verdict.kind === 'unseen';
    if (verdict.kind === 'not-swapped') await takePreparedBack(context, end, verdict.reason);
    const retryable = verdict.kind === 'unseen' || verdict.retryable;
    if (!retryable || attempt >= policy.attempts) {
      const message = `Azure did not swap: ${verdict.reason}. '${target.destination}' holds what it held.`;
      await tell('outcome', 'error', message);
      return { outcome: 'refused', refusals: [{ rule: 'platform', message }] };
    }
    const next = `attempt ${attempt + 1} of ${policy.attempts} follows`;
    await tell('swap', 'warning', `not swapped (${verdict.reason}); ${next}`);
    await ports.clock.sleep(pauseAfter(end, health.intervalMs), ports.signal);
  }
}

async function finishLate({ request, ports }: SwapContext): Promise<SwapResult | undefined> {
  const state = await readState(ports);
  const earlier = state.promotions.find(({ id }) => id === request.promotion);
  return earlier === undefined ? undefined : await finishPromotion(request, earlier, state, ports);
}

/** Whatever was judged must still be there right before the request, or somebody else is at work. */
function changedSince(judged: Observed, now: Observed): Refusal | undefined {
  const changed = changedBetween(judged, now);
  if (changed === undefined) return undefined;
  const message = `Since the gate ${changed}. Nothing was swapped; run again to judge what is there now.`;
  return { rule: 'content-changed', message };
}

async function unknown({ tell }: SwapContext, reason: string): Promise<SwapResult> {
  await tell('swap', 'error', `the state is unknown: ${reason}`);
  return { outcome: 'unknown', reason };
}

/**
 * Finishes a promotion that an earlier attempt left open: waits until the slots stand still, and judges the release
 * where it was swapped in.
 * @returns undefined when the slots hold what they held before, so that the promotion can be begun anew
 */
export async function finishPromotion(
  request: SwapRequest,
  earlier: Promotion,
  state: RunState,
  ports: RolloutPorts,
): Promise<SwapResult | undefined> {
  try {
    return await observeAndFinish(swapContext(request, ports), earlier, announcedAgo(earlier, state));
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return {
      outcome: 'unknown',
      reason: `promotion ${earlier.id} was left ${earlier.state}, and now: ${error.message}`,
    };
  }
}

async function observeAndFinish(
  context: SwapContext,
  earlier: Promotion,
  agoMs: number,
): Promise<SwapResult | undefined> {
  const { clock, signal } = context.ports;
  const { policy } = context.request;
  const { settleMs, swapDeadlineMs } = policy;
  const begun = clock.monotonic();
  let [shown, told] = [false, false];
  for (;;) {
    const now = await context.observe();
    const elapsedMs = clock.monotonic() - begun;
    const decision = decideUndo(earlier, now);
    const settled = earlier.state === 'promoted' || elapsedMs >= settleMs;
    if (decision.kind === 'refuse' || (decision.kind === 'wait' && elapsedMs > swapDeadlineMs))
      return { outcome: 'unknown', reason: decision.reason };
    shown ||= isBusy(now);
    const unseen = { agoMs, watchedMs: elapsedMs, shown };
    const isOpen = earlier.state !== 'promoted' && !(decision.kind === 'nothing-to-undo' && decision.swappedBack);
    if (decision.kind === 'nothing-to-undo' && settled && isOpen && mayStillCome(unseen, policy)) {
      if (!told) await context.tell('observe', 'warning', tellUnseen(unseen, policy));
      told = true;
    } else if (decision.kind === 'nothing-to-undo' && settled) {
      await context.record('swap', 'failed', `observed later: ${decision.reason}`);
      return undefined;
    }
    if (decision.kind === 'undo' && settled) {
      const promoted = { before: earlier.before, after: pairOf(now) };
      await context.record('swap', 'done', 'observed later: the swap had happened', promoted);
      const replaced = { version: earlier.replaces ?? undefined, healthy: earlier.replacedHealthy ?? true };
      return await judge(context, { ...promoted, observed: now, replaced, versionAfter: undefined, routed: true });
    }
    await clock.sleep(1000, signal);
  }
}

/** Tells why nothing is swapped, and journals it. */
export async function refuse({ record, tell }: SwapContext, refusals: readonly Refusal[]): Promise<SwapResult> {
  for (const { message } of refusals) await tell('outcome', 'error', message);
  await record('verify', 'failed', refusals.map(({ message }) => message).join(' '));
  return { outcome: 'refused', refusals };
}

/** The release is on its target: whatever cannot be read or written from here on leaves it there unjudged. */
async function judge(context: SwapContext, promoted: Promoted): Promise<SwapResult> {
  try {
    return await verify(context, promoted);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const reason = `the swap happened, and then: ${error.message}`;
    // What stands there is known as long as only the journal fails.
    return { outcome: error.facts.code === 'journal-failed' ? 'in-place-not-yet-healthy' : 'unknown', reason };
  }
}

async function verify(context: SwapContext, promoted: Promoted): Promise<SwapResult> {
  const { request, ports, record, tell } = context;
  const { health, policy, target, expectedVersion } = request;
  const { before, after, observed, replaced, versionAfter, routed } = promoted;
  const versionBefore = replaced.version;
  // No startup grace here: the target has users, and the platform has warmed the release up before it moved it.
  const verdict = await watchThroughBake(
    probeTarget(health, observed.target.url, expectedVersion ?? versionAfter),
    { ...health, startupMs: 0 },
    { ...watching(context, target.destination), pending: sayBaking(context) },
    policy,
    ports.signal,
  );
  const lasted = verdict.kind === 'healthy' ? ` after ${formatDuration(policy.bakeMs)}` : ' after the swap';
  const version = verdict.version === undefined ? '' : ` on ${verdict.version}`;
  const reason = `'${target.destination}' is ${verdict.kind}${version}${lasted}: ${verdict.reason}`;
  const { target: now, foreign } = await lastLook(context, after);
  if (foreign !== undefined) return await leaveToOthers(context, { before, after }, { target: now, foreign });
  await record('verify', VERIFIED_AS[verdict.kind], reason, { before, after });
  if (verdict.kind === 'healthy') {
    await tell('verified', 'info', reason);
    if (routed) await adviseOnRouting(context, observed.source, 'the old release');
    return { outcome: 'promoted', before, after, versionBefore, versionAfter: verdict.version ?? versionAfter, reason };
  }
  await tell('verify', 'error', reason);
  if (verdict.kind !== 'unhealthy') {
    // The probe failed, not the release: swapping back would put another release before users just as unseen.
    return { outcome: 'in-place-not-yet-healthy', reason };
  }
  if (policy.onUnhealthy === 'abort')
    return { outcome: 'unhealthy', reason: `${reason}. It was left there, as onUnhealthy: abort says.` };
  const undone = await undoOrSay(
    {
      ...request,
      before,
      after,
      versionBefore,
      healthyBefore: replaced.healthy,
      reason,
      settleFirst: false,
      requestedAgoMs: 0,
    },
    ports,
  );
  switch (undone.outcome) {
    case 'undone':
      return { outcome: 'restored', reason: `${reason}; ${undone.reason}`, versionAfter: undone.version };
    case 'undone-not-yet-healthy': {
      const { version } = undone;
      return { outcome: 'restored-not-yet-healthy', reason: `${reason}; ${undone.reason}`, versionAfter: version };
    }
    case 'refused':
    case 'not-undone':
      return { outcome: 'unhealthy', reason: `${reason}; not swapped back: ${undone.reason}` };
    case 'unknown':
      return { outcome: 'unknown', reason: `${reason}; swapping back: ${undone.reason}` };
  }
}

/** Another release is in place by now: whatever was found of it says nothing of ours. A hook of this run is none of others. */
async function leaveToOthers(
  { request, ports, record, tell }: SwapContext,
  prints: { readonly before: SlotPair; readonly after: SlotPair },
  { target, foreign }: { readonly target: SlotObservation; readonly foreign: string },
): Promise<SwapResult> {
  const { promotions } = await readState(ports);
  const state = promotions.find(({ id }) => id === request.promotion)?.state;
  if (state === 'undone' && comparePrints(prints.before.target, target.print) === 'same') {
    const reason = `restored, not yet healthy: a rollback of this run has put the release from before back on '${target.slot}' while the new one was watched; its own last line says how it is`;
    await tell('verify', 'error', reason);
    return { outcome: 'restored-not-yet-healthy', reason, versionAfter: undefined };
  }
  const by = state === 'undoing' || state === 'undone' ? 'a rollback of this run has begun, and ' : '';
  const reason = `the release was swapped in, and then ${by}${foreign}. What users get now was not judged by this run, and was left alone`;
  await record('verify', 'unknown', reason, prints);
  await tell('verify', 'error', reason);
  return { outcome: 'superseded', reason };
}

/** A bake may last an hour: what is watched, and how it stands, is said now and then. */
function sayBaking({ request, tell }: SwapContext): (now: Verdict, afterMs: number) => Promise<void> {
  const { target, policy } = request;
  return (now, afterMs) =>
    tell(
      'verify',
      'info',
      `'${target.destination}' watched for ${formatDuration(Math.round(afterMs / 1000) * 1000)} of ${formatDuration(policy.bakeMs)}: ${now.reason}`,
    );
}

/** A journal that takes no intent for the way back stops it before anything is sent: what is in place is known. */
async function undoOrSay(undo: Undo, ports: RolloutPorts): Promise<UndoResult> {
  try {
    return await undoPromotion(undo, ports);
  } catch (error) {
    if (!(error instanceof RolloutError) || error.facts.code !== 'journal-failed') throw error;
    return { outcome: 'refused', reason: error.message };
  }
}

/** A probe that could not tell says nothing against the release: only `failed` is what onUnhealthy speaks of. */
export const VERIFIED_AS = {
  healthy: 'done',
  unhealthy: 'failed',
  inconclusive: 'unknown',
  pending: 'unknown',
} as const;

/** What production says of itself before the swap: for the record, and as the standard for putting it back. */
async function askReplaced({ request, ports }: SwapContext, { target }: Observed): Promise<Replaced> {
  const { health } = request;
  const once = { ...health, startupMs: 0, healthyThreshold: 1, unhealthyThreshold: 1 };
  const probe = probeTarget(health, target.url, undefined);
  const verdict = await watchUntilDecided(probe, once, ports, 0, ports.signal);
  return { version: verdict.version, healthy: verdict.kind === 'healthy' };
}
