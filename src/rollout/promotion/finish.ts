import type { Promotion, RunState } from '../../journal/fold.ts';
import { RolloutError } from '../errors.ts';
import { announcedAgo, longestWatchMs, mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { inPlaceBy, sayWaiting } from '../way/say-waiting.ts';
import { isBusy, type PromotionContext } from '../way/context.ts';
import { decideUndo } from './decide-undo.ts';
import type { PromotionResult } from '../way/result.ts';
import { judgePromoted } from './verify.ts';

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
  let shown = false;
  const say = sayWaiting(context, { step: 'observe', limitMs: longestWatchMs(agoMs, policy), isLong: true });
  for (;;) {
    const now = await context.observe();
    const elapsedMs = clock.monotonic() - begun;
    const decision = decideUndo(way, earlier, now);
    const settled = earlier.state === 'promoted' || elapsedMs >= settleMs;
    if (decision.kind === 'refuse' || (decision.kind === 'wait' && elapsedMs > swapDeadlineMs))
      return { outcome: 'unknown', reason: decision.reason };
    shown ||= isBusy(way, now);
    const unseen = { agoMs, watchedMs: elapsedMs, shown };
    // What was asked for last: the promotion, or its undoing.
    const undoing = earlier.state === 'undoing';
    const isOpen = undoing
      ? decision.kind === 'undo'
      : earlier.state === 'open' && decision.kind === 'nothing-to-undo' && !decision.swappedBack;
    if (settled && isOpen && mayStillCome(unseen, policy)) {
      await say(tellUnseen(way.words), inPlaceBy(way, way.standing(earlier.before, now), now));
    } else if (decision.kind === 'nothing-to-undo' && settled) {
      const reason = `observed later: ${decision.reason}`;
      if (undoing) await context.record('undo', 'done', reason, { after: way.prints(now) });
      else await context.record('promote', 'failed', reason);
      return undefined;
    } else if (decision.kind === 'undo' && settled) {
      if (undoing) await context.record('undo', 'failed', `observed later: the ${way.words.back} never happened`);
      const promoted = { before: earlier.before, after: way.prints(now) };
      await context.record('promote', 'done', `observed later: the ${way.words.act} had happened`, promoted);
      const replaced = { version: earlier.replaces ?? undefined, healthy: earlier.replacedHealthy ?? true };
      return await judgePromoted(context, {
        ...promoted,
        observed: now,
        replaced,
        versionAfter: undefined,
        routed: true,
      });
    }
    if (!settled || decision.kind === 'wait') {
      const reason =
        decision.kind === 'wait'
          ? decision.reason
          : `an earlier attempt ended beside its ${way.words.act}: watching whether ${way.words.seen} stand still`;
      await say(
        reason,
        inPlaceBy(way, way.standing(earlier.before, now), now),
        decision.kind === 'wait' ? swapDeadlineMs : undefined,
      );
    }
    await clock.sleep(1000, signal);
  }
}
