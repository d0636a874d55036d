import type { SlotPair } from '../../journal/entry.ts';
import { formatDuration } from '../../time/duration.ts';
import { movement } from '../kinds/app-service/content-print.ts';
import { isInterruption, RolloutError } from '../errors.ts';
import { holdTarget, inTime, lockLost } from './hold-target.ts';
import { pairOf, type Observed, type Refusal } from '../kinds/app-service/preflight.ts';
import { attemptSwap, isBusy, type AttemptEnd } from './attempt.ts';
import { readState, type SwapContext } from '../promotion/context.ts';

/** The release that a promotion replaces: its version where it tells one, and whether it answered healthy. */
export interface Replaced {
  readonly version: string | undefined;
  readonly healthy: boolean;
}

/** A swap that is wanted, forward or back, and what must still be true of the slots right before it is sent. */
export interface Fence {
  readonly action: 'swap' | 'swap-back';
  readonly reason: string;
  /** What it rests on, for the journal alone; null where the reason says it. */
  readonly evidence: string | null;
  /** Whether the attempt may end with nothing more than that nothing has moved so far. */
  readonly mayStayOpen: boolean;
  /** What the target said of itself before a promotion; null for a swap back. */
  readonly replaced: Replaced | null;
  /** Pure: why what the slots hold now forbids the request, or undefined. */
  readonly recheck: (now: Observed) => Refusal | undefined;
}

/**
 * `lost-sight`: the request may be under way, and what became of it could not be read; or it is known to be `swapped`,
 * and that could not be written down.
 */
export type FencedEnd =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lost-sight'; readonly reason: string; readonly swapped: boolean }
  | { readonly kind: 'sent'; readonly end: AttemptEnd; readonly before: SlotPair; readonly now: Observed };

/** How often the lock is taken anew when the way from it to the request took too long. */
const MOST_TURNS = 3;

/**
 * The critical section of every swap: lock, look once more, journal the intent, send one request, observe until it is
 * known, journal the outcome. Nothing else in the product sends a swap.
 * @throws RolloutError before anything was sent; Interrupted, after the journal was told where it stands
 */
export async function fencedSwap(fence: Fence, context: SwapContext): Promise<FencedEnd> {
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
      if (turn >= MOST_TURNS) return { kind: 'refused', refusal: lockLost(context.request.target.app) };
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

async function whileHeld(fence: Fence, context: SwapContext, held: Held): Promise<FencedEnd | 'too-late'> {
  const { action, reason, evidence, replaced } = fence;
  const { request, ports, record, tell } = context;
  if (action === 'swap') {
    const { rollBackBegun } = await readState(ports);
    if (rollBackBegun !== null) return { kind: 'refused', refusal: rollBackRefusal(rollBackBegun) };
  }
  const now = await context.observe();
  const refusal = fence.recheck(now);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  const before = pairOf(now);
  await record(action, 'intent', evidence === null ? reason : `${reason}; ${evidence}`, {
    before,
    replaces: replaced?.version ?? null,
    replacedHealthy: replaced?.healthy ?? null,
  });
  if (action === 'swap') await tell('swap', 'info', `${reason}: the request goes out now, once`);
  if (!held.mayStillSend()) {
    if (action === 'swap')
      await tell('swap', 'warning', 'it was not sent: the lock was held too long before it could be');
    await record(action, 'failed', lockLost(request.target.app).message, { before });
    return 'too-late';
  }
  held.underWay = true;
  const end = await send(fence, before, context, held.rival);
  held.underWay = !('verdict' in end);
  return 'verdict' in end ? { kind: 'sent', end, before, now } : end;
}

/** Once the request may be under way, nothing that fails here is a plain failure. */
async function send(
  { action, mayStayOpen }: Fence,
  before: SlotPair,
  context: SwapContext,
  rival: Held['rival'],
): Promise<AttemptEnd | Extract<FencedEnd, { kind: 'lost-sight' }>> {
  const { request, ports, host, record } = context;
  const slots = { source: request.target.source, target: request.target.destination };
  let known: string | undefined;
  try {
    const times = { ...request.policy, mayStayOpen };
    const pending = sayWhatIsWaitedFor(action, context);
    const sent = await attemptSwap(slots, before, times, { host, clock: ports.clock, pending }, ports.signal);
    const end = await besideRival(sent, rival, context);
    const phase = { swapped: 'done', 'not-swapped': 'failed', unseen: 'unknown', unknown: 'unknown' } as const;
    const after = end.observed === undefined ? null : pairOf(end.observed);
    if (end.verdict.kind === 'swapped') known = end.verdict.reason;
    await record(action, phase[end.verdict.kind], end.verdict.reason, { before, after });
    return end;
  } catch (error) {
    if (error instanceof RolloutError)
      return known === undefined
        ? { kind: 'lost-sight', swapped: false, reason: `after the ${action} was requested: ${error.message}` }
        : { kind: 'lost-sight', swapped: true, reason: `${known}, and then: ${error.message}` };
    // The next one who reads the journal must know that only Azure can tell.
    if (isInterruption(error, ports.signal))
      await record(action, 'unknown', `stopped while the ${action} was being observed`, { before });
    throw error;
  }
}

/** A swap may take twenty minutes and a stuck one the whole deadline: nobody should have to guess what is going on. */
const SAID_EVERY_MS = 60_000;

function sayWhatIsWaitedFor(
  action: Fence['action'],
  { request, tell }: SwapContext,
): (reason: string, elapsedMs: number) => Promise<void> {
  let saidAt = 0;
  return async (reason, elapsedMs) => {
    if (elapsedMs - saidAt < SAID_EVERY_MS) return;
    saidAt = elapsedMs;
    const limit = `watched for up to ${formatDuration(request.policy.swapDeadlineMs)}`;
    await tell(action, 'info', `waiting, ${formatDuration(Math.round(elapsedMs / 1000) * 1000)}: ${reason} (${limit})`);
  };
}

/**
 * A lock that is no guarantee may have let another in, whose request may still be under way and would swap the slots
 * back. Then what they hold counts only when they have stood still for as long as a request may take.
 */
async function besideRival(end: AttemptEnd, rival: Held['rival'], context: SwapContext): Promise<AttemptEnd> {
  if (end.verdict.kind !== 'swapped' || end.observed === undefined) return end;
  const other = await rival();
  if (other === undefined) return end;
  const { request, ports, observe, tell } = context;
  const { settleMs, swapDeadlineMs } = request.policy;
  const beside = `${other} was let in beside us`;
  await tell('swap', 'warning', `${beside}: watching the slots for ${formatDuration(settleMs)}`);
  const begun = ports.clock.monotonic();
  for (let observed = end.observed; ;) {
    const afterMs = ports.clock.monotonic() - begun;
    const again = swappedAgain(end.observed, observed, afterMs < swapDeadlineMs);
    if (again !== undefined)
      return { ...end, observed, verdict: { kind: 'unknown', reason: `${beside}, and ${again}` } };
    if (afterMs >= settleMs && !isBusy(observed)) return { ...end, observed };
    await ports.clock.sleep(1000, ports.signal);
    observed = await observe();
  }
}

/** Pure: what has become of our own swap since, in words, or undefined while it stands. */
export function swappedAgain(ours: Observed, now: Observed, mayWait: boolean): string | undefined {
  if (isBusy(now)) return mayWait ? undefined : 'an operation on the slots does not end';
  const moved = movement(pairOf(ours), pairOf(now));
  return ours.target.swapStamp !== now.target.swapStamp || moved === 'moved' || moved === 'half'
    ? `the slots were swapped again at ${now.target.swapStamp ?? 'an unknown time'}`
    : undefined;
}

/**
 * A swap that failed leaves the source prepared with the target's settings, and blocks every settings write. Not for one
 * that never began: it restarts the slot, and is a right of its own.
 */
export async function takePreparedBack(
  { request, host, ports, record, tell }: SwapContext,
  { reply, observed }: AttemptEnd,
  why: string,
): Promise<void> {
  if (reply.kind !== 'accepted' && (observed?.source.previewWith ?? null) === null) return;
  const { source } = request.target;
  await record('reset-slot-config', 'intent', `after a swap that did not happen: ${why}`);
  const answer = await host.change({ kind: 'reset-slot-config', slot: source }, ports.signal);
  const done = answer.kind === 'accepted';
  await record('reset-slot-config', done ? 'done' : 'failed', done ? 'settings taken back' : answer.message);
  if (!done)
    await tell(
      'swap',
      'warning',
      `the prepared settings of slot '${source}' could not be taken back: ${answer.message}`,
    );
}

/** How long to wait before another attempt: what Azure asked for, or the probes' own pace. */
export function pauseAfter({ reply }: AttemptEnd, otherwiseMs: number): number {
  return (reply.kind === 'ambiguous' ? reply.retryAfterMs : undefined) ?? otherwiseMs;
}

function rollBackRefusal(reason: string): Refusal {
  const message = `A rollback of this run has begun (${reason}), so nothing more of it is promoted. Nothing was swapped.`;
  return { rule: 'rollback-begun', message };
}
