import type { Prints } from '../../journal/entry.ts';
import type { MutationReply } from '../ports.ts';
import { formatDuration } from '../../time/duration.ts';
import { isInterruption, RolloutError } from '../errors.ts';
import { isBusy, readState, type PromotionContext } from '../way/context.ts';
import type { Refusal } from '../way/refusal.ts';
import { inPlaceBy, sayWaiting } from '../way/say-waiting.ts';
import type { Way } from '../way/way.ts';
import { attempt, type AttemptEnd } from './attempt.ts';
import { holdTarget, inTime, lockLost } from './hold-target.ts';

/** The release that a promotion replaces: its version where it tells one, and whether it answered healthy. */
export interface Replaced {
  readonly version: string | undefined;
  readonly healthy: boolean;
}

/** A request that is wanted, forward or back, and what must still be true of the target right before it is sent. */
export interface Fence<Seen> {
  readonly action: 'promote' | 'undo';
  readonly reason: string;
  /** What it rests on, for the journal alone; null where the reason says it. */
  readonly evidence: string | null;
  /** Whether the attempt may end with nothing more than that nothing has moved so far. */
  readonly mayStayOpen: boolean;
  /** Whether the attempt before it has ended with nothing more than that. */
  readonly open: boolean;
  /** What the target said of itself before a promotion; null for an undoing. */
  readonly replaced: Replaced | null;
  /** Pure: why the target as it is now forbids the request, or undefined. */
  readonly recheck: (now: Seen) => Refusal | undefined;
}

/**
 * `lost-sight`: the request may be under way, and what became of it could not be read; or it is known to be
 * `done`, and that could not be written down.
 */
export type FencedEnd<Seen> =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lost-sight'; readonly reason: string; readonly done: boolean }
  | { readonly kind: 'sent'; readonly end: AttemptEnd<Seen>; readonly before: Prints; readonly now: Seen };

/** How often the lock is taken anew when the way from it to the request took too long. */
const MOST_TURNS = 3;

/**
 * The critical section of every promotion and its undoing: lock, look once more, journal the intent, send one request, observe until it is
 * known, journal the outcome. Nothing else in the product changes what users get.
 * @throws RolloutError before anything was sent; Interrupted, after the journal was told where it stands
 */
export async function fenced<Seen>(fence: Fence<Seen>, context: PromotionContext<Seen>): Promise<FencedEnd<Seen>> {
  const { clock } = context.ports;
  for (let turn = 1; ; turn += 1) {
    const lock = await holdTarget(context);
    if (!('kind' in lock)) return { kind: 'refused', refusal: lock };
    const since = clock.monotonic();
    const held: Held = {
      mayStillSend: () => lock.stillHeld() && inTime(clock.monotonic() - since, context.request.policy),
      rival: () => lock.rival(),
      underWay: false,
    };
    try {
      const end = await whileHeld(fence, context, held);
      if (end !== 'too-late') return end;
      // Nothing was sent: one slow read is no reason to leave users on a bad release.
      if (turn >= MOST_TURNS)
        return { kind: 'refused', refusal: lockLost(context.request.target.app, context.way.words.acted) };
    } finally {
      // Who was stopped beside its request, or lost sight of it, leaves the lock to its end: it lasts as long as a
      // request may be under way, and nobody is to come in before that.
      if (!held.underWay) await lock.release();
    }
  }
}

/** The lock as the critical section sees it. `underWay`: a request was sent, and what became of it is not known yet. */
interface Held {
  readonly mayStillSend: () => boolean;
  readonly rival: () => Promise<string | undefined>;
  underWay: boolean;
}

async function whileHeld<Seen>(
  fence: Fence<Seen>,
  context: PromotionContext<Seen>,
  held: Held,
): Promise<FencedEnd<Seen> | 'too-late'> {
  const { action, reason, evidence, replaced } = fence;
  const { request, ports, record, tell, way } = context;
  const { words } = way;
  if (action === 'promote') {
    const { rollBackBegun } = await readState(ports);
    if (rollBackBegun !== null) return { kind: 'refused', refusal: rollBackRefusal(rollBackBegun, words.acted) };
  }
  const now = await context.observe();
  const refusal = fence.recheck(now);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  const before = way.prints(now);
  await record(action, 'intent', evidence === null ? reason : `${reason}; ${evidence}`, {
    before,
    replaces: replaced?.version ?? null,
    replacedHealthy: replaced?.healthy ?? null,
  });
  if (action === 'promote') await tell(words.act, 'info', `${reason}: the request goes out now, once`);
  if (!held.mayStillSend()) {
    if (action === 'promote')
      await tell(words.act, 'warning', 'it was not sent: the lock was held too long before it could be');
    await record(action, 'failed', lockLost(request.target.app, words.acted).message, { before });
    return 'too-late';
  }
  held.underWay = true;
  const end = await send(fence, before, now, context, held.rival);
  held.underWay = !('verdict' in end);
  return 'verdict' in end ? { kind: 'sent', end, before, now } : end;
}

/** Once the request may be under way, nothing that fails here is a plain failure. */
async function send<Seen>(
  { action, mayStayOpen, open }: Fence<Seen>,
  before: Prints,
  now: Seen,
  context: PromotionContext<Seen>,
  rival: Held['rival'],
): Promise<AttemptEnd<Seen> | Extract<FencedEnd<Seen>, { kind: 'lost-sight' }>> {
  const { request, ports, record, way } = context;
  const what = action === 'promote' ? way.words.act : way.words.back;
  let known: string | undefined;
  try {
    const times = { ...request.policy, mayStayOpen, open };
    const limitMs = request.policy.swapDeadlineMs;
    const say = sayWaiting(context, {
      step: what,
      limitMs,
      meanwhile: 'The request is on its way: change nothing by hand',
    });
    const pending = (reason: string, seen: Seen | undefined): Promise<void> =>
      say(reason, seen === undefined ? undefined : inPlaceBy(way, way.standing(before, seen), seen));
    const sendOnce = (withinMs: number): Promise<MutationReply> => way.send(before, now, ports.signal, withinMs);
    const sent = await attempt(way, before, sendOnce, times, { clock: ports.clock, pending }, ports.signal);
    const end = await besideRival(sent, rival, context);
    const phase = { done: 'done', 'not-done': 'failed', unseen: 'unknown', unknown: 'unknown' } as const;
    const after = end.observed === undefined ? null : way.prints(end.observed);
    if (end.verdict.kind === 'done') known = end.verdict.reason;
    await record(action, phase[end.verdict.kind], end.verdict.reason, { before, after });
    return end;
  } catch (error) {
    if (error instanceof RolloutError)
      return known === undefined
        ? { kind: 'lost-sight', done: false, reason: `after the ${what} was requested: ${error.message}` }
        : { kind: 'lost-sight', done: true, reason: `${known}, and then: ${error.message}` };
    // The next one who reads the journal must know that only Azure can tell.
    if (isInterruption(error, ports.signal))
      await record(action, 'unknown', `stopped while the ${what} was being observed`, { before });
    throw error;
  }
}

/**
 * A lock that is no guarantee may have let another in, whose request may still be under way and would take
 * it back. Then what they hold counts only when they have stood still for as long as a request may take.
 */
async function besideRival<Seen>(
  end: AttemptEnd<Seen>,
  rival: Held['rival'],
  context: PromotionContext<Seen>,
): Promise<AttemptEnd<Seen>> {
  if (end.verdict.kind !== 'done' || end.observed === undefined) return end;
  const other = await rival();
  if (other === undefined) return end;
  const { request, ports, observe, tell, way } = context;
  const { settleMs, swapDeadlineMs } = request.policy;
  const beside = `${other} was let in beside us`;
  await tell(way.words.act, 'warning', `${beside}: watching ${way.words.seen} for ${formatDuration(settleMs)}`);
  const say = sayWaiting(context, { step: way.words.act, limitMs: swapDeadlineMs });
  const begun = ports.clock.monotonic();
  for (let observed: Seen = end.observed; ;) {
    const afterMs = ports.clock.monotonic() - begun;
    const again = changedAgain(way, end.observed, observed, afterMs < swapDeadlineMs);
    if (again !== undefined)
      return { ...end, observed, verdict: { kind: 'unknown', reason: `${beside}, and ${again}` } };
    if (afterMs >= settleMs && !isBusy(way, observed)) return { ...end, observed };
    await say(`${beside}, and may have sent a request of its own`);
    await ports.clock.sleep(1000, ports.signal);
    observed = await observe();
  }
}

/** Pure: what has become of what we did since, in words, or undefined while it stands. */
export function changedAgain<Seen>(
  { prints, standing, words }: Pick<Way<Seen>, 'prints' | 'standing' | 'words'>,
  ours: Seen,
  now: Seen,
  mayWait: boolean,
): string | undefined {
  const before = prints(ours);
  const { busy, movement, newer, at } = standing(before, now);
  if (busy !== null) return mayWait ? undefined : `an operation on ${words.seen} does not end`;
  // A kind with a time of the server's own is asked for it; somebody who deployed into one side has not moved anything.
  const isOurs =
    newer === null
      ? movement === 'unmoved'
      : at === standing(before, ours).at && movement !== 'moved' && movement !== 'half';
  if (isOurs) return undefined;
  return `${words.seen} were ${words.acted} again${newer === null ? '' : ` at ${at ?? 'an unknown time'}`}`;
}

/** How long to wait before another attempt: what Azure asked for, or the probes' own pace. */
export function pauseAfter({ reply }: Pick<AttemptEnd<unknown>, 'reply'>, otherwiseMs: number): number {
  return (reply.kind === 'ambiguous' ? reply.retryAfterMs : undefined) ?? otherwiseMs;
}

function rollBackRefusal(reason: string, acted: string): Refusal {
  const message = `A rollback of this run has begun (${reason}), so nothing more of it is promoted. Nothing was ${acted}.`;
  return { rule: 'rollback-begun', message };
}
