import type { Prints } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import { watchThroughBake, watchUntilDecided } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import { fenced, pauseAfter } from '../fence/fenced.ts';
import { mayStillCome, tellUnseen } from '../fence/still-to-come.ts';
import { isBusy, watching, type PromotionContext } from './context.ts';
import { decideUndo, type UndoDecision } from './decide-undo.ts';
import { lastLook } from './last-look.ts';
import type { Refusal } from './refusal.ts';
import type { Place, Way } from './way.ts';

/** A promotion to be undone: what it found, and what it left where that is known. */
export interface Undo {
  readonly before: Prints;
  readonly after: Prints | null;
  /** Version that users got before the promotion, where it was told. */
  readonly versionBefore: string | undefined;
  /** Whether it answered healthy before the promotion; undefined where that is not known. */
  readonly healthyBefore: boolean | undefined;
  readonly reason: string;
  /** A request of this promotion may still be on its way: watch the target stand still for the settle time first. */
  readonly settleFirst: boolean;
  /** How long ago that request was announced, by the clock of the journal's store. */
  readonly requestedAgoMs: number;
}

/**
 * `undone`: users get the old release again, verified. `undone-not-yet-healthy`: they get it again, and it is not healthy
 * there, or could not be judged. `refused`: it was not safe, nothing was sent.
 * `not-undone`: Azure did not act. `unknown`: what is in place could not be established.
 */
export type UndoResult =
  | {
      readonly outcome: 'undone' | 'undone-not-yet-healthy';
      readonly reason: string;
      readonly version: string | undefined;
    }
  | { readonly outcome: 'refused' | 'not-undone' | 'unknown'; readonly reason: string };

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
  { ports, observe, tell, way, request }: PromotionContext<Seen>,
): Promise<{ observed: Seen; decision: UndoDecision }> {
  const { clock, signal } = ports;
  const { policy } = request;
  const { settleMs, swapDeadlineMs } = policy;
  let [shown, told] = [false, false];
  const begun = clock.monotonic();
  let quietSince = begun;
  let observed = await observe();
  for (;;) {
    const decision = decideUndo(way, undo, observed);
    const unsettled = undo.settleFirst && clock.monotonic() - quietSince < settleMs;
    shown ||= isBusy(way, observed);
    const unseen = { agoMs: undo.requestedAgoMs, watchedMs: clock.monotonic() - begun, shown };
    const hidden = undo.settleFirst && isUnmoved(undo, way, observed) && mayStillCome(unseen, policy);
    if (decision.kind !== 'wait' && !unsettled && !hidden) return { observed, decision };
    if (hidden && !unsettled && !told) {
      await tell('observe', 'warning', tellUnseen(unseen, policy, way.words));
      told = true;
    }
    if (clock.monotonic() - begun >= swapDeadlineMs) return { observed, decision };
    await clock.sleep(1000, signal);
    const next = await observe();
    if (decision.kind === 'wait' || hasMoved(way, observed, next)) quietSince = clock.monotonic();
    observed = next;
  }
}

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

/**
 * The old release is held to what it was: a probe that the new release brought along (a new path, say) and that the old
 * one never answered cannot be asked of it. It must then answer at its root, with anything but an error of the server.
 */
function oldReleaseProbe<Seen>(
  { healthyBefore, versionBefore }: Undo,
  { way, request: { health } }: PromotionContext<Seen>,
  place: Place,
): ProbeTarget {
  if (healthyBefore !== false) return way.question(health, place, versionBefore);
  const statuses = Array.from({ length: 300 }, (_, index) => 200 + index);
  const root = { ...health, path: '/', statuses, json: {}, contains: undefined, version: undefined };
  return way.question(root, place, undefined);
}

/** @returns why the old release must not be put back, or undefined */
async function judgeOldRelease<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  observed: Seen,
): Promise<string | undefined> {
  const { ports, way, request } = context;
  const { health, policy } = request;
  // It has waited since the promotion and was restarted there, so it gets its startup grace.
  const place = way.waiting(observed);
  const verdict = await watchUntilDecided(
    oldReleaseProbe(undo, context, place),
    { ...health, healthyThreshold: 1 },
    watching(context, place),
    policy.gateLimitMs,
    ports.signal,
  );
  const tolerated = verdict.kind === 'inconclusive' && policy.rollbackTarget === 'running';
  if (verdict.kind !== 'healthy' && !tolerated)
    return `the old release in ${place.name} is ${verdict.kind}: ${verdict.reason}`;
  await way.advise(observed, 'the bad release');
  return undefined;
}

async function sendAndVerify<Seen>(undo: Undo, context: PromotionContext<Seen>): Promise<UndoResult> {
  const { ports, tell, way, request } = context;
  const { policy, health } = request;
  const { words } = way;
  for (let attempt = 1; ; attempt += 1) {
    const end = await fenced(
      {
        action: 'undo',
        evidence: null,
        reason: undo.reason,
        replaced: null,
        mayStayOpen: true,
        recheck: (now) => changedSinceDecision(undo, context, now),
      },
      context,
    );
    if (end.kind === 'refused') return await undoneMeanwhile(undo, context, end.refusal);
    if (end.kind === 'lost-sight')
      return end.done
        ? {
            outcome: 'undone-not-yet-healthy',
            reason: `restored, not yet healthy: ${end.reason}`,
            version: undefined,
          }
        : { outcome: 'unknown', reason: end.reason };
    const { verdict } = end.end;
    if (verdict.kind === 'unknown') return { outcome: 'unknown', reason: verdict.reason };
    if (verdict.kind === 'done') return await verifyOldRelease(undo, context, end.end.observed ?? end.now);
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

async function verifyOldRelease<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  observed: Seen,
): Promise<UndoResult> {
  const { ports, tell, way, request } = context;
  const { policy, health } = request;
  const { words } = way;
  const place = way.facing(observed);
  const verdict = await watchThroughBake(
    oldReleaseProbe(undo, context, place),
    { ...health, startupMs: 0 },
    watching(context, place),
    policy,
    ports.signal,
  );
  const version = verdict.version === undefined ? '' : ` (${verdict.version})`;
  const reason = `${place.name} holds the release from before again${version}, ${verdict.kind}: ${verdict.reason}`;
  const foreign = await lastLookBack(context, observed);
  if (foreign !== undefined) {
    const message = `the release from before was ${words.acted} back, and then ${foreign}`;
    await tell(words.back, 'error', message);
    return { outcome: 'unknown', reason: message };
  }
  await tell(words.back, verdict.kind === 'healthy' ? 'info' : 'error', reason);
  return verdict.kind === 'healthy'
    ? { outcome: 'undone', reason, version: verdict.version }
    : { outcome: 'undone-not-yet-healthy', reason: `restored, not yet healthy: ${reason}`, version: verdict.version };
}

/** What cannot be read once more is no foreign change, and not known to be none. */
async function lastLookBack<Seen>(context: PromotionContext<Seen>, observed: Seen): Promise<string | undefined> {
  try {
    return (await lastLook(context, context.way.prints(observed), observed)).foreign;
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return `it could not be seen once more: ${error.message}`;
  }
}

function changedSinceDecision<Seen>(undo: Undo, { way }: PromotionContext<Seen>, now: Seen): Refusal | undefined {
  const again = decideUndo(way, undo, now);
  if (again.kind === 'undo') return undefined;
  const message = `${way.words.seen} changed while the old release was probed: ${again.reason}`;
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
