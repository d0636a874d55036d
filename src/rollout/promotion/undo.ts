import type { AttemptEnd } from '../fence/attempt.ts';
import { fenced, pauseAfter, type FencedEnd } from '../fence/fenced.ts';
import { longestWatchMs, mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { inPlaceBy, sayWaiting } from '../way/say-waiting.ts';
import { isBusy, type PromotionContext } from '../way/context.ts';
import { decideUndo, type UndoDecision } from './decide-undo.ts';
import { judgeOldRelease, verifyOldRelease, type Undo, type UndoResult } from './old-release.ts';
import type { Refusal } from '../way/refusal.ts';
import type { Way } from '../way/way.ts';

/**
 * Undoes one promotion, once: observes, decides, probes the old release, journals, sends one request, observes until
 * known, verifies that users get the old release.
 * @throws RolloutError when the target cannot be read or the journal not be written before anything was sent
 */
export async function undoPromotion<Seen>(undo: Undo, context: PromotionContext<Seen>): Promise<UndoResult> {
  const { way } = context;
  const { words } = way;
  const { observed, decision } = await observeUntilStill(undo, context);
  switch (decision.kind) {
    case 'wait':
      return { outcome: 'unknown', reason: decision.reason };
    case 'refuse':
      await context.tell(words.back, 'error', decision.reason);
      return { outcome: 'refused', reason: decision.reason };
    case 'nothing-to-undo':
      return await nothingToUndo(undo, context, observed, decision);
    case 'undo':
      break;
  }
  const inTheWay = await way.ready(observed);
  if (inTheWay !== undefined) {
    await context.tell(words.back, 'error', inTheWay);
    return { outcome: 'refused', reason: inTheWay };
  }
  const refusal = await judgeOldRelease(undo, context, observed);
  if (refusal !== undefined) {
    await context.tell(words.back, 'error', refusal);
    return { outcome: 'refused', reason: refusal };
  }
  await context.tell(words.back, 'warning', `${words.acting} back: ${undo.reason}`);
  return await sendAndVerify(undo, context);
}

/** Waits while an operation runs; and, when a request may still be on its way, until nothing moved for the settle time. */
async function observeUntilStill<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
): Promise<{ observed: Seen; decision: UndoDecision }> {
  const { ports, observe, way, request } = context;
  const { clock, signal } = ports;
  const { policy } = request;
  const { settleMs, swapDeadlineMs } = policy;
  let shown = false;
  const begun = clock.monotonic();
  const limit = longestWatchMs(undo.requestedAgoMs, policy);
  const say = sayWaiting(context, { step: 'observe', limitMs: limit, isLong: undo.settleFirst, meanwhile: LEAVE_IT });
  let quietSince = begun;
  let observed = await observe();
  for (;;) {
    const decision = decideUndo(way, undo, observed);
    const unsettled = undo.settleFirst && clock.monotonic() - quietSince < settleMs;
    shown ||= isBusy(way, observed);
    const unseen = { agoMs: undo.requestedAgoMs, watchedMs: clock.monotonic() - begun, shown };
    const hidden = undo.settleFirst && isUnmoved(undo, way, observed) && mayStillCome(unseen, policy);
    if (decision.kind !== 'wait' && !unsettled && !hidden) return { observed, decision };
    const reason =
      decision.kind === 'wait'
        ? decision.reason
        : hidden && !unsettled
          ? tellUnseen(way.words)
          : `an agent ended beside its ${way.words.act}: watching whether ${way.words.seen} stand still before anything is undone`;
    const limitMs = decision.kind === 'wait' ? swapDeadlineMs : undefined;
    await say(reason, inPlaceBy(way, way.standing(undo.before, observed), observed), limitMs);
    if (clock.monotonic() - begun >= swapDeadlineMs) return { observed, decision };
    await clock.sleep(1000, signal);
    const next = await observe();
    if (decision.kind === 'wait' || hasMoved(way, observed, next)) quietSince = clock.monotonic();
    observed = next;
  }
}

const LEAVE_IT =
  'Look as much as you like, and change nothing by hand meanwhile; stopped and run again, it goes on from here';

/** Not the least sign of the promotion: neither its content nor a change since. */
function isUnmoved<Seen>({ before }: Undo, way: Way<Seen>, now: Seen): boolean {
  const { movement, newer } = way.standing(before, now);
  return movement === 'unmoved' && newer !== true;
}

/** Was there a change between two looks? By the server's time of it where the kind has one. */
function hasMoved<Seen>(way: Way<Seen>, before: Seen, now: Seen): boolean {
  const { movement, newer, at } = way.standing(way.prints(before), now);
  return newer === null ? movement !== 'unmoved' : at !== way.standing(way.prints(before), before).at;
}

async function sendAndVerify<Seen>(undo: Undo, context: PromotionContext<Seen>): Promise<UndoResult> {
  const { ports, tell, way, request } = context;
  const { policy, health } = request;
  const { words } = way;
  let [open, woken] = [false, false];
  for (let attempt = 1; ; attempt += 1) {
    const end: FencedEnd<Seen> = await fenced(
      {
        action: 'undo',
        evidence: null,
        reason: undo.reason,
        replaced: null,
        mayStayOpen: true,
        open,
        recheck: (now) => changedSinceDecision(undo, context, now),
      },
      context,
    );
    if (end.kind === 'refused') {
      // What was to come back may have been ended since it was made ready: once more, and no oftener.
      const asleep = woken ? undefined : way.asleep(await context.observe());
      woken ||= asleep !== undefined;
      if (asleep !== undefined && (await way.ready(await context.observe())) === undefined) continue;
      return await undoneMeanwhile(undo, context, end.refusal);
    }
    if (end.kind === 'lost-sight')
      return end.done
        ? {
            outcome: 'undone-not-yet-healthy',
            reason: `restored, not yet healthy: ${end.reason}`,
            version: undefined,
          }
        : { outcome: 'unknown', reason: end.reason };
    const { verdict }: AttemptEnd<Seen> = end.end;
    if (verdict.kind === 'unknown') return { outcome: 'unknown', reason: verdict.reason };
    if (verdict.kind === 'done') return await verifyOldRelease(undo, context, end.end.observed ?? end.now);
    open = verdict.kind === 'unseen';
    if (verdict.kind === 'not-done') await way.tidy(end.end, verdict.reason);
    const retryable = verdict.kind === 'unseen' || verdict.retryable;
    if (!retryable || attempt >= policy.attempts) return { outcome: 'not-undone', reason: verdict.reason };
    await tell(
      words.back,
      'warning',
      `not ${words.acted} back (${verdict.reason}); attempt ${attempt + 1} of ${policy.attempts} follows`,
    );
    await ports.clock.sleep(pauseAfter(end.end, health.intervalMs), ports.signal);
  }
}

function changedSinceDecision<Seen>(undo: Undo, { way }: PromotionContext<Seen>, now: Seen): Refusal | undefined {
  const again = decideUndo(way, undo, now);
  const asleep = way.asleep(now);
  if (again.kind === 'undo' && asleep === undefined) return undefined;
  const why = again.kind === 'undo' ? asleep : again.reason;
  const message = `${way.words.seen} changed while the old release was probed: ${why}`;
  return { rule: 'content-changed', message };
}

/** Two hooks may want the same: when the other one was faster, this one has nothing left to do. */
async function undoneMeanwhile<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  refusal: Refusal,
): Promise<UndoResult> {
  const { observed, decision } = await observeUntilStill({ ...undo, settleFirst: false }, context);
  if (decision.kind !== 'nothing-to-undo') return { outcome: 'refused', reason: refusal.message };
  return await nothingToUndo(undo, context, observed, decision);
}

/** What somebody else has put back is judged as what we put back is: nobody has said that it is well. */
async function nothingToUndo<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  observed: Seen,
  { reason, swappedBack }: Extract<UndoDecision, { kind: 'nothing-to-undo' }>,
): Promise<UndoResult> {
  await context.record('undo', 'done', reason, { after: context.way.prints(observed) });
  if (!swappedBack) return { outcome: 'undone', reason, version: undefined };
  const verified = await verifyOldRelease(undo, context, observed);
  return { ...verified, reason: `${reason}; ${verified.reason}` };
}
