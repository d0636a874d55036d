import type { Prints } from '../../journal/entry.ts';
import type { Promotion, RunState } from '../../journal/fold.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchThroughBake, watchUntilDecided } from '../../probe/watch.ts';
import { formatDuration } from '../../time/duration.ts';
import { RolloutError } from '../errors.ts';
import { fenced, pauseAfter, type Replaced } from '../fence/fenced.ts';
import { isBusy, readState, watching, type Desk, type PromotionContext } from './context.ts';
import { decideUndo } from './decide-undo.ts';
import { lastLook } from './last-look.ts';
import type { Refusal } from './refusal.ts';
import type { PromotionResult } from './result.ts';
import { announcedAgo, mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { undoPromotion, type Undo, type UndoResult } from './undo.ts';

/** A release that stands on its target, and what it replaced. */
interface Promoted<Seen> {
  readonly before: Prints;
  readonly after: Prints;
  readonly observed: Seen;
  readonly replaced: Replaced;
  readonly versionAfter: string | undefined;
  /** Whether something else may send users to the release from before: only then is advice on that worth its requests. */
  readonly routed: boolean;
}

/** What the gate says of a release that it lets through. */
export interface Passed {
  /** What the release said of itself: what the target must say of itself afterwards. */
  readonly version: string | undefined;
  readonly reason: string;
  readonly routed: boolean;
}

/**
 * From the gate's pass to the end: journals the intent, sends the request, follows it until it is known, and verifies.
 * @param judged what the gate judged; anything else found right before the request refuses it
 */
export async function promoteAndVerify<Seen>(
  context: PromotionContext<Seen>,
  judged: Seen,
  gate: Passed,
): Promise<PromotionResult> {
  const { request, ports, tell, way } = context;
  const { policy, health } = request;
  const { words } = way;
  const { version: versionAfter, routed } = gate;
  const replaced = await askReplaced(context, judged);
  let open = false;
  for (let attempt = 1; ; attempt += 1) {
    const end = await fenced(
      {
        action: 'promote',
        reason: `${words.intent}, attempt ${attempt}`,
        evidence: `gate: ${gate.reason}`,
        // Of the last one it must be known what became of it: nobody asks after it.
        mayStayOpen: attempt < policy.attempts,
        replaced,
        recheck: (now) => changedSince(context, judged, now),
      },
      context,
    );
    if (end.kind === 'refused') {
      // What has changed since the gate may be the request of an attempt that was without a sign.
      const late = open ? await finishLate(context) : undefined;
      return late ?? (await refuse(context, [end.refusal]));
    }
    if (end.kind === 'lost-sight')
      return end.done
        ? { outcome: 'in-place-not-yet-healthy', reason: end.reason }
        : await unknown(context, end.reason);
    const { end: ended, before, now } = end;
    const { verdict } = ended;
    if (verdict.kind === 'unknown') return await unknown(context, verdict.reason);
    if (verdict.kind === 'done') {
      await tell(words.act, 'info', verdict.reason);
      const observed = ended.observed ?? now;
      return await judge(context, { before, after: way.prints(observed), observed, replaced, versionAfter, routed });
    }
    open = verdict.kind === 'unseen';
    if (verdict.kind === 'not-done') await way.tidy(ended, verdict.reason);
    const retryable = verdict.kind === 'unseen' || verdict.retryable;
    if (!retryable || attempt >= policy.attempts) {
      const message = `Azure did not ${words.act}: ${verdict.reason}. ${words.kept}.`;
      await tell('outcome', 'error', message);
      return { outcome: 'refused', refusals: [{ rule: 'platform', message }] };
    }
    const next = `attempt ${attempt + 1} of ${policy.attempts} follows`;
    await tell(words.act, 'warning', `not ${words.acted} (${verdict.reason}); ${next}`);
    await ports.clock.sleep(pauseAfter(ended, health.intervalMs), ports.signal);
  }
}

async function finishLate<Seen>(context: PromotionContext<Seen>): Promise<PromotionResult | undefined> {
  const state = await readState(context.ports);
  const earlier = state.promotions.find(({ id }) => id === context.request.promotion);
  return earlier === undefined ? undefined : await finishPromotion(context, earlier, state);
}

/** Whatever was judged must still be there right before the request, or somebody else is at work. */
function changedSince<Seen>({ way }: PromotionContext<Seen>, judged: Seen, now: Seen): Refusal | undefined {
  const changed = way.changed(judged, now);
  if (changed === undefined) return undefined;
  const message = `Since the gate ${changed}. Nothing was ${way.words.acted}; run again to judge what is there now.`;
  return { rule: 'content-changed', message };
}

async function unknown<Seen>({ tell, way }: PromotionContext<Seen>, reason: string): Promise<PromotionResult> {
  await tell(way.words.act, 'error', `the state is unknown: ${reason}`);
  return { outcome: 'unknown', reason };
}

/**
 * Finishes a promotion that an earlier attempt left open: waits until the target stands still, and judges the release
 * where it was brought in.
 * @returns undefined when the target holds what it held before, so that the promotion can be begun anew
 */
export async function finishPromotion<Seen>(
  context: PromotionContext<Seen>,
  earlier: Promotion,
  state: RunState,
): Promise<PromotionResult | undefined> {
  try {
    return await observeAndFinish(context, earlier, announcedAgo(earlier, state));
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return {
      outcome: 'unknown',
      reason: `promotion ${earlier.id} was left ${earlier.state}, and now: ${error.message}`,
    };
  }
}

async function observeAndFinish<Seen>(
  context: PromotionContext<Seen>,
  earlier: Promotion,
  agoMs: number,
): Promise<PromotionResult | undefined> {
  const { way } = context;
  const { clock, signal } = context.ports;
  const { policy } = context.request;
  const { settleMs, swapDeadlineMs } = policy;
  const begun = clock.monotonic();
  let [shown, told] = [false, false];
  for (;;) {
    const now = await context.observe();
    const elapsedMs = clock.monotonic() - begun;
    const decision = decideUndo(way, earlier, now);
    const settled = earlier.state === 'promoted' || elapsedMs >= settleMs;
    if (decision.kind === 'refuse' || (decision.kind === 'wait' && elapsedMs > swapDeadlineMs))
      return { outcome: 'unknown', reason: decision.reason };
    shown ||= isBusy(way, now);
    const unseen = { agoMs, watchedMs: elapsedMs, shown };
    const isOpen = earlier.state !== 'promoted' && !(decision.kind === 'nothing-to-undo' && decision.swappedBack);
    if (decision.kind === 'nothing-to-undo' && settled && isOpen && mayStillCome(unseen, policy)) {
      if (!told) await context.tell('observe', 'warning', tellUnseen(unseen, policy, way.words));
      told = true;
    } else if (decision.kind === 'nothing-to-undo' && settled) {
      await context.record('promote', 'failed', `observed later: ${decision.reason}`);
      return undefined;
    }
    if (decision.kind === 'undo' && settled) {
      const promoted = { before: earlier.before, after: way.prints(now) };
      await context.record('promote', 'done', `observed later: the ${way.words.act} had happened`, promoted);
      const replaced = { version: earlier.replaces ?? undefined, healthy: earlier.replacedHealthy ?? true };
      return await judge(context, { ...promoted, observed: now, replaced, versionAfter: undefined, routed: true });
    }
    await clock.sleep(1000, signal);
  }
}

/** Tells why nothing is promoted, and journals it. */
export async function refuse({ record, tell }: Desk, refusals: readonly Refusal[]): Promise<PromotionResult> {
  for (const { message } of refusals) await tell('outcome', 'error', message);
  await record('verify', 'failed', refusals.map(({ message }) => message).join(' '));
  return { outcome: 'refused', refusals };
}

/** The release is on its target: whatever cannot be read or written from here on leaves it there unjudged. */
async function judge<Seen>(context: PromotionContext<Seen>, promoted: Promoted<Seen>): Promise<PromotionResult> {
  try {
    return await verify(context, promoted);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const reason = `the ${context.way.words.act} happened, and then: ${error.message}`;
    // What stands there is known as long as only the journal fails.
    return { outcome: error.facts.code === 'journal-failed' ? 'in-place-not-yet-healthy' : 'unknown', reason };
  }
}

async function verify<Seen>(context: PromotionContext<Seen>, promoted: Promoted<Seen>): Promise<PromotionResult> {
  const { request, ports, record, tell, way } = context;
  const { health, policy, expectedVersion } = request;
  const { before, after, observed, replaced, versionAfter, routed } = promoted;
  const versionBefore = replaced.version;
  // No startup grace here: the target has users, and the platform has warmed the release up before it moved it.
  const place = way.facing(observed);
  const verdict = await watchThroughBake(
    way.question(health, place, expectedVersion ?? versionAfter),
    { ...health, startupMs: 0 },
    { ...watching(context, place), pending: sayBaking(context, place.name) },
    policy,
    ports.signal,
  );
  const lasted = verdict.kind === 'healthy' ? ` after ${formatDuration(policy.bakeMs)}` : ` after the ${way.words.act}`;
  const version = verdict.version === undefined ? '' : ` on ${verdict.version}`;
  const reason = `${place.name} is ${verdict.kind}${version}${lasted}: ${verdict.reason}`;
  const { now, foreign } = await lastLook(context, after, observed);
  if (foreign !== undefined) return await leaveToOthers(context, { before, after }, { now, foreign });
  await record('verify', VERIFIED_AS[verdict.kind], reason, { before, after });
  if (verdict.kind === 'healthy') {
    await tell('verified', 'info', reason);
    if (routed) await way.advise(observed, 'the old release');
    return { outcome: 'promoted', before, after, versionBefore, versionAfter: verdict.version ?? versionAfter, reason };
  }
  await tell('verify', 'error', reason);
  if (verdict.kind !== 'unhealthy') {
    // The probe failed, not the release: undoing would put another release before users just as unseen.
    return { outcome: 'in-place-not-yet-healthy', reason };
  }
  if (policy.onUnhealthy === 'abort')
    return { outcome: 'unhealthy', reason: `${reason}. It was left there, as onUnhealthy: abort says.` };
  const undone = await undoOrSay(
    {
      before,
      after,
      versionBefore,
      healthyBefore: replaced.healthy,
      reason,
      settleFirst: false,
      requestedAgoMs: 0,
    },
    context,
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
      return { outcome: 'unhealthy', reason: `${reason}; not ${way.words.acted} back: ${undone.reason}` };
    case 'unknown':
      return { outcome: 'unknown', reason: `${reason}; ${way.words.acting} back: ${undone.reason}` };
  }
}

/** Another release is in place by now: whatever was found of it says nothing of ours. A hook of this run is none of others. */
async function leaveToOthers<Seen>(
  { request, ports, record, tell, way }: PromotionContext<Seen>,
  prints: { readonly before: Prints; readonly after: Prints },
  { now, foreign }: { readonly now: Seen; readonly foreign: string },
): Promise<PromotionResult> {
  const { promotions } = await readState(ports);
  const state = promotions.find(({ id }) => id === request.promotion)?.state;
  if (state === 'undone' && way.holds(prints.before, now) === 'same') {
    const reason = `restored, not yet healthy: a rollback of this run has put the release from before back on ${way.facing(now).name} while the new one was watched; its own last line says how it is`;
    await tell('verify', 'error', reason);
    return { outcome: 'restored-not-yet-healthy', reason, versionAfter: undefined };
  }
  const by = state === 'undoing' || state === 'undone' ? 'a rollback of this run has begun, and ' : '';
  const reason = `the release was ${way.words.broughtIn}, and then ${by}${foreign}. What users get now was not judged by this run, and was left alone`;
  await record('verify', 'unknown', reason, prints);
  await tell('verify', 'error', reason);
  return { outcome: 'superseded', reason };
}

/** A bake may last an hour: what is watched, and how it stands, is said now and then. */
function sayBaking({ request, tell }: Desk, name: string): (now: Verdict, afterMs: number) => Promise<void> {
  const { policy } = request;
  return (now, afterMs) =>
    tell(
      'verify',
      'info',
      `${name} watched for ${formatDuration(Math.round(afterMs / 1000) * 1000)} of ${formatDuration(policy.bakeMs)}: ${now.reason}`,
    );
}

/** A journal that takes no intent for the way back stops it before anything is sent: what is in place is known. */
async function undoOrSay<Seen>(undo: Undo, context: PromotionContext<Seen>): Promise<UndoResult> {
  try {
    return await undoPromotion(undo, context);
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

/** What users get before the promotion, by its own word: for the record, and as the standard for putting it back. */
async function askReplaced<Seen>({ request, ports, way }: PromotionContext<Seen>, judged: Seen): Promise<Replaced> {
  const { health } = request;
  const once = { ...health, startupMs: 0, healthyThreshold: 1, unhealthyThreshold: 1 };
  const probe = way.question(health, way.facing(judged), undefined);
  const verdict = await watchUntilDecided(probe, once, ports, 0, ports.signal);
  return { version: verdict.version, healthy: verdict.kind === 'healthy' };
}
