import type { SlotPair } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import { watchThroughBake, watchUntilDecided } from '../../probe/watch.ts';
import { comparePrints, movement, swappedSince } from '../kinds/app-service/content-print.ts';
import { endPreview, startSlot } from '../kinds/app-service/cures.ts';
import { RolloutError } from '../errors.ts';
import { fencedSwap, pauseAfter, takePreparedBack } from '../fence/fenced.ts';
import { lastLook } from '../kinds/app-service/last-look.ts';
import type { RolloutPorts } from '../ports.ts';
import { foreignPreview, pairOf, type Observed, type Refusal } from '../kinds/app-service/preflight.ts';
import { adviseOnRouting } from '../kinds/app-service/routing-advice.ts';
import { mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { isBusy } from '../fence/attempt.ts';
import { swapContext, watching, type SwapContext } from './context.ts';
import { probeTarget, type SwapRequest } from './policy.ts';

/** A promotion to be undone: what it found, and what it left where that is known. */
export interface Undo extends SwapRequest {
  readonly before: SlotPair;
  readonly after: SlotPair | null;
  /** Version that production reported before the promotion, where it did. */
  readonly versionBefore: string | undefined;
  /** Whether it answered healthy before the promotion; undefined where that is not known. */
  readonly healthyBefore: boolean | undefined;
  readonly reason: string;
  /** A request of this promotion may still be on its way: watch the slots stand still for the settle time first. */
  readonly settleFirst: boolean;
  /** How long ago that request was announced, by the clock of the journal's store. */
  readonly requestedAgoMs: number;
}

/**
 * `undone`: production holds the old release again, verified. `undone-not-yet-healthy`: it holds it again, and it is not
 * healthy there, or could not be judged. `refused`: it was not safe, nothing was sent.
 * `not-undone`: Azure did not swap. `unknown`: what the slots hold could not be established.
 */
export type UndoResult =
  | {
      readonly outcome: 'undone' | 'undone-not-yet-healthy';
      readonly reason: string;
      readonly version: string | undefined;
    }
  | { readonly outcome: 'refused' | 'not-undone' | 'unknown'; readonly reason: string };

/** Pure: may this promotion be undone, seeing what the slots hold now? */
export type UndoDecision =
  | { readonly kind: 'undo' }
  /** `swappedBack`: it had happened, and somebody has put back the release from before. */
  | { readonly kind: 'nothing-to-undo'; readonly reason: string; readonly swappedBack: boolean }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Undo only what this promotion did: the target must hold exactly what was promoted and the source exactly what was
 * replaced. Anything else was done by somebody else, and is theirs.
 */
export function decideUndo(promotion: Pick<Undo, 'before' | 'after'>, observed: Observed): UndoDecision {
  const { before, after } = promotion;
  const now = pairOf(observed);
  const busy = observed.source.operation ?? observed.target.operation;
  if (busy !== null) return { kind: 'wait', reason: `operation ${busy} is changing the slots` };
  switch (movement(before, now)) {
    case 'unmoved':
      if (!swappedSince(before.swapStamp, now.swapStamp))
        return { kind: 'nothing-to-undo', reason: 'the swap never happened', swappedBack: false };
      // The places are what they were, and two swaps lie between: what stands there may be neither old nor ours.
      return comparePrints(before.target, now.target) === 'different'
        ? {
            kind: 'refuse',
            reason: `the release of this run is not in place any more, and neither is the one from before: somebody deployed since, and the slots were last swapped at ${now.swapStamp ?? ''}`,
          }
        : {
            kind: 'nothing-to-undo',
            reason: `it was swapped back already at ${now.swapStamp ?? ''}`,
            swappedBack: true,
          };
    case 'moved':
      break;
    case 'half':
      return { kind: 'wait', reason: 'one slot shows the new content and the other does not' };
    case 'foreign':
      return {
        kind: 'refuse',
        reason: 'a slot holds something that was in neither slot before the promotion: somebody deployed since',
      };
    case 'unreadable':
      return { kind: 'refuse', reason: 'the slots do not tell what they hold' };
  }
  if (after === null) {
    const held = comparePrints(activeOnly(before.source), activeOnly(now.target));
    const replaced = comparePrints(activeOnly(before.target), activeOnly(now.source));
    if (held === 'different' || replaced === 'different')
      return { kind: 'refuse', reason: 'somebody deployed into a slot since the promotion' };
    return { kind: 'undo' };
  }
  if (comparePrints(after.target, now.target) === 'different')
    return { kind: 'refuse', reason: 'the target does not hold any more what was promoted: somebody deployed into it' };
  if (comparePrints(after.source, now.source) === 'different')
    return {
      kind: 'refuse',
      reason: 'the release that was replaced is not there any more: somebody deployed into the source slot',
    };
  if (after.swapStamp !== now.swapStamp)
    return {
      kind: 'refuse',
      reason: `the slots were swapped again since, at ${now.swapStamp ?? 'an unknown time'}: somebody put the release there on purpose`,
    };
  return { kind: 'undo' };
}

/** Across slots only the deployment tells: it travels with the content, as far as it could be read on both sides. */
function activeOnly(print: SlotPair['source']): SlotPair['source'] {
  return { ...print, image: null };
}

/**
 * Swaps one promotion back, once: observes, decides, probes the old release, journals, sends one request, observes
 * until known, verifies the target on the old release.
 * @throws RolloutError when the slots cannot be read or the journal not be written before anything was sent
 */
export async function undoPromotion(undo: Undo, ports: RolloutPorts): Promise<UndoResult> {
  const context = swapContext(undo, ports);
  const { observed, decision } = await observeUntilStill(undo, context);
  switch (decision.kind) {
    case 'wait':
      return { outcome: 'unknown', reason: decision.reason };
    case 'refuse':
      await context.tell('swap-back', 'error', decision.reason);
      return { outcome: 'refused', reason: decision.reason };
    case 'nothing-to-undo':
      return await nothingToUndo(undo, context, observed, decision);
    case 'undo':
      break;
  }
  const inTheWay = stoppedSlots(undo, observed) ?? anotherPreview(undo, observed);
  if (inTheWay !== undefined) {
    await context.tell('swap-back', 'error', inTheWay);
    return { outcome: 'refused', reason: inTheWay };
  }
  const refusal = await judgeOldRelease(undo, context, observed);
  if (refusal !== undefined) {
    await context.tell('swap-back', 'error', refusal);
    return { outcome: 'refused', reason: refusal };
  }
  await context.tell('swap-back', 'warning', `swapping back: ${undo.reason}`);
  return await sendAndVerify(undo, context);
}

/** A slot that somebody has stopped answers 403, which says nothing of the release in it. */
function stoppedSlots({ target: of }: Undo, { source, target }: Observed): string | undefined {
  const stopped = [source, target].filter(({ state }) => state !== 'running');
  if (stopped.length === 0) return undefined;
  const what = stopped.map(({ slot, state }) => `slot '${slot}' is ${state ?? 'in an unknown state'}`).join(', ');
  const start = stopped.map(({ slot }) => startSlot(of, slot)).join('; ');
  return `${what}, and a swap back needs both running. Start it, then roll back again: ${start}`;
}

/** Azure swaps no slot that is prepared for another; whose preview that is, only a person can say. */
function anotherPreview({ target }: Undo, observed: Observed): string | undefined {
  const pair = foreignPreview(observed, target);
  return pair === undefined
    ? undefined
    : `a swap with preview between '${pair.destination}' and '${pair.source}' is pending, and stands in the way of a swap back. End it, then roll back again: ${endPreview('cancel', pair)}`;
}

/** Waits while an operation runs; and, when a request may still be on its way, until nothing moved for the settle time. */
async function observeUntilStill(
  undo: Undo,
  { ports, observe, tell }: SwapContext,
): Promise<{ observed: Observed; decision: UndoDecision }> {
  const { clock, signal } = ports;
  const { settleMs, swapDeadlineMs } = undo.policy;
  let [shown, told] = [false, false];
  const begun = clock.monotonic();
  let quietSince = begun;
  let observed = await observe();
  for (;;) {
    const decision = decideUndo(undo, observed);
    const unsettled = undo.settleFirst && clock.monotonic() - quietSince < settleMs;
    shown ||= isBusy(observed);
    const unseen = { agoMs: undo.requestedAgoMs, watchedMs: clock.monotonic() - begun, shown };
    const hidden = undo.settleFirst && isUnmoved(undo, observed) && mayStillCome(unseen, undo.policy);
    if (decision.kind !== 'wait' && !unsettled && !hidden) return { observed, decision };
    if (hidden && !unsettled && !told) {
      await tell('observe', 'warning', tellUnseen(unseen, undo.policy));
      told = true;
    }
    if (clock.monotonic() - begun >= swapDeadlineMs) return { observed, decision };
    await clock.sleep(1000, signal);
    const next = await observe();
    if (decision.kind === 'wait' || next.target.swapStamp !== observed.target.swapStamp) quietSince = clock.monotonic();
    observed = next;
  }
}

/** Not the least sign of the promotion: neither its content nor a swap since. */
function isUnmoved({ before }: Undo, observed: Observed): boolean {
  const now = pairOf(observed);
  return movement(before, now) === 'unmoved' && !swappedSince(before.swapStamp, now.swapStamp);
}

/**
 * The old release is held to what it was: a probe that the new release brought along (a new path, say) and that the old
 * one never answered cannot be asked of it. It must then answer at its root, with anything but an error of the server.
 */
function oldReleaseProbe({ health, healthyBefore, versionBefore }: Undo, url: string): ProbeTarget {
  if (healthyBefore !== false) return probeTarget(health, url, versionBefore);
  const statuses = Array.from({ length: 300 }, (_, index) => 200 + index);
  return probeTarget(
    { ...health, path: '/', statuses, json: {}, contains: undefined, version: undefined },
    url,
    undefined,
  );
}

/** @returns why the old release must not be put back, or undefined */
async function judgeOldRelease(undo: Undo, context: SwapContext, { source }: Observed): Promise<string | undefined> {
  const { ports } = context;
  const { health, policy, target } = undo;
  // It has stood in the source slot since the swap and was restarted there, so it gets its startup grace.
  const probe = oldReleaseProbe(undo, source.url);
  const verdict = await watchUntilDecided(
    probe,
    { ...health, healthyThreshold: 1 },
    watching(context, target.source),
    policy.gateLimitMs,
    ports.signal,
  );
  const tolerated = verdict.kind === 'inconclusive' && policy.rollbackTarget === 'running';
  if (verdict.kind !== 'healthy' && !tolerated)
    return `the old release in slot '${target.source}' is ${verdict.kind}: ${verdict.reason}`;
  await adviseOnRouting(context, source, 'the bad release');
  return undefined;
}

async function sendAndVerify(undo: Undo, context: SwapContext): Promise<UndoResult> {
  const { ports, tell } = context;
  const { policy, health } = undo;
  for (let attempt = 1; ; attempt += 1) {
    const fenced = await fencedSwap(
      {
        action: 'swap-back',
        evidence: null,
        reason: undo.reason,
        replaced: null,
        mayStayOpen: true,
        recheck: (now) => changedSinceDecision(undo, now),
      },
      context,
    );
    if (fenced.kind === 'refused') return await undoneMeanwhile(undo, context, fenced.refusal);
    if (fenced.kind === 'lost-sight')
      return fenced.swapped
        ? {
            outcome: 'undone-not-yet-healthy',
            reason: `restored, not yet healthy: ${fenced.reason}`,
            version: undefined,
          }
        : { outcome: 'unknown', reason: fenced.reason };
    const { end, now } = fenced;
    const { verdict } = end;
    if (verdict.kind === 'unknown') return { outcome: 'unknown', reason: verdict.reason };
    if (verdict.kind === 'swapped') return await verifyOldRelease(undo, context, end.observed ?? now);
    if (verdict.kind === 'not-swapped') await takePreparedBack(context, end, verdict.reason);
    const retryable = verdict.kind === 'unseen' || verdict.retryable;
    if (!retryable || attempt >= policy.attempts) return { outcome: 'not-undone', reason: verdict.reason };
    await tell(
      'swap-back',
      'warning',
      `not swapped back (${verdict.reason}); attempt ${attempt + 1} of ${policy.attempts} follows`,
    );
    await ports.clock.sleep(pauseAfter(end, health.intervalMs), ports.signal);
  }
}

async function verifyOldRelease(undo: Undo, context: SwapContext, observed: Observed): Promise<UndoResult> {
  const { ports, tell } = context;
  const { target, policy, health } = undo;
  const probe = oldReleaseProbe(undo, observed.target.url);
  const verdict = await watchThroughBake(
    probe,
    { ...health, startupMs: 0 },
    watching(context, target.destination),
    policy,
    ports.signal,
  );
  const version = verdict.version === undefined ? '' : ` (${verdict.version})`;
  const reason = `'${target.destination}' holds the release from before again${version}, ${verdict.kind}: ${verdict.reason}`;
  const foreign = await lastLookBack(context, observed);
  if (foreign !== undefined) {
    const message = `the release from before was swapped back, and then ${foreign}`;
    await tell('swap-back', 'error', message);
    return { outcome: 'unknown', reason: message };
  }
  await tell('swap-back', verdict.kind === 'healthy' ? 'info' : 'error', reason);
  return verdict.kind === 'healthy'
    ? { outcome: 'undone', reason, version: verdict.version }
    : { outcome: 'undone-not-yet-healthy', reason: `restored, not yet healthy: ${reason}`, version: verdict.version };
}

/** What cannot be read once more is no foreign change, and not known to be none. */
async function lastLookBack(context: SwapContext, observed: Observed): Promise<string | undefined> {
  try {
    return (await lastLook(context, pairOf(observed))).foreign;
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return `it could not be seen once more: ${error.message}`;
  }
}

function changedSinceDecision(undo: Undo, now: Observed): Refusal | undefined {
  const again = decideUndo(undo, now);
  if (again.kind === 'undo') return undefined;
  return { rule: 'content-changed', message: `the slots changed while the old release was probed: ${again.reason}` };
}

/** Two hooks may want the same: when the other one was faster, this one has nothing left to do. */
async function undoneMeanwhile(undo: Undo, context: SwapContext, refusal: Refusal): Promise<UndoResult> {
  const { observed, decision } = await observeUntilStill({ ...undo, settleFirst: false }, context);
  if (decision.kind !== 'nothing-to-undo') return { outcome: 'refused', reason: refusal.message };
  return await nothingToUndo(undo, context, observed, decision);
}

/** What somebody else has put back is judged as what we put back is: nobody has said that it is well. */
async function nothingToUndo(
  undo: Undo,
  context: SwapContext,
  observed: Observed,
  { reason, swappedBack }: Extract<UndoDecision, { kind: 'nothing-to-undo' }>,
): Promise<UndoResult> {
  await context.record('swap-back', 'done', reason, { after: pairOf(observed) });
  if (!swappedBack) return { outcome: 'undone', reason, version: undefined };
  const verified = await verifyOldRelease(undo, context, observed);
  return { ...verified, reason: `${reason}; ${verified.reason}` };
}
