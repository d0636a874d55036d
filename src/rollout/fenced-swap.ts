import type { SlotPair } from '../journal/entry.ts';
import { isInterruption, RolloutError } from './errors.ts';
import { holdTarget, inTime, lockLost } from './hold-target.ts';
import { pairOf, type Observed, type Refusal } from './preflight.ts';
import { attemptSwap, type AttemptEnd } from './swap-attempt.ts';
import { readState, type SwapContext } from './swap-context.ts';

/** The release that a promotion replaces: its version where it tells one, and whether it answered healthy. */
export interface Replaced {
  readonly version: string | undefined;
  readonly healthy: boolean;
}

/** A swap that is wanted, forward or back, and what must still be true of the slots right before it is sent. */
export interface Fence {
  readonly action: 'swap' | 'swap-back';
  readonly reason: string;
  /** What the target said of itself before a promotion; null for a swap back. */
  readonly replaced: Replaced | null;
  /** Pure: why what the slots hold now forbids the request, or undefined. */
  readonly recheck: (now: Observed) => Refusal | undefined;
}

/** `lost-sight`: the request may be under way, and what became of it could not be read or written down. */
export type FencedEnd =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lost-sight'; readonly reason: string }
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
    const mayStillSend = (): boolean => lock.stillHeld() && inTime(clock.monotonic() - since, context.request.policy);
    try {
      const end = await whileHeld(fence, context, mayStillSend);
      if (end !== 'too-late') return end;
      // Nothing was sent: one slow read is no reason to leave users on a bad release.
      if (turn >= MOST_TURNS) return { kind: 'refused', refusal: lockLost(context.request.target.app) };
    } finally {
      await lock.release();
    }
  }
}

async function whileHeld(
  fence: Fence,
  context: SwapContext,
  mayStillSend: () => boolean,
): Promise<FencedEnd | 'too-late'> {
  const { action, reason, replaced } = fence;
  const { request, ports, record } = context;
  if (action === 'swap') {
    const { rollBackBegun } = await readState(ports);
    if (rollBackBegun !== null) return { kind: 'refused', refusal: rollBackRefusal(rollBackBegun) };
  }
  const now = await context.observe();
  const refusal = fence.recheck(now);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  const before = pairOf(now);
  await record(action, 'intent', reason, {
    before,
    replaces: replaced?.version ?? null,
    replacedHealthy: replaced?.healthy ?? null,
  });
  if (!mayStillSend()) {
    await record(action, 'failed', lockLost(request.target.app).message, { before });
    return 'too-late';
  }
  const end = await send(action, before, context);
  return 'verdict' in end ? { kind: 'sent', end, before, now } : end;
}

/** Once the request may be under way, nothing that fails here is a plain failure. */
async function send(
  action: Fence['action'],
  before: SlotPair,
  { request, ports, host, record }: SwapContext,
): Promise<AttemptEnd | Extract<FencedEnd, { kind: 'lost-sight' }>> {
  const slots = { source: request.target.source, target: request.target.destination };
  try {
    const end = await attemptSwap(slots, before, request.policy, { host, clock: ports.clock }, ports.signal);
    const phase = { swapped: 'done', 'not-swapped': 'failed', unknown: 'unknown' } as const;
    const after = end.observed === undefined ? null : pairOf(end.observed);
    await record(action, phase[end.verdict.kind], end.verdict.reason, { before, after });
    return end;
  } catch (error) {
    if (error instanceof RolloutError)
      return { kind: 'lost-sight', reason: `after the ${action} was requested: ${error.message}` };
    // The next one who reads the journal must know that only Azure can tell.
    if (isInterruption(error, ports.signal))
      await record(action, 'unknown', `stopped while the ${action} was being observed`, { before });
    throw error;
  }
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
