import type { Prints } from '../../journal/entry.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchThroughBake } from '../../probe/watch.ts';
import { formatDuration } from '../../time/duration.ts';
import { RolloutError } from '../errors.ts';
import type { Replaced } from '../fence/fenced.ts';
import { readState, watching, type Desk, type PromotionContext } from '../way/context.ts';
import { lastLook } from './last-look.ts';
import type { PromotionResult } from '../way/result.ts';
import type { Undo, UndoResult } from './old-release.ts';
import { undoPromotion } from './undo.ts';

/** A release that stands on its target, and what it replaced. */
export interface Promoted<Seen> {
  readonly before: Prints;
  readonly after: Prints;
  readonly observed: Seen;
  readonly replaced: Replaced;
  readonly versionAfter: string | undefined;
  /** Whether something else may send users to the release from before: only then is advice on that worth its requests. */
  readonly routed: boolean;
}

/** The release is on its target: whatever cannot be read or written from here on leaves it there unjudged. */
export async function judgePromoted<Seen>(
  context: PromotionContext<Seen>,
  promoted: Promoted<Seen>,
): Promise<PromotionResult> {
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
