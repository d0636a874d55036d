import type { SlotPair } from '../journal/entry.ts';
import { isInterruption, RolloutError } from './errors.ts';
import { pairOf } from './preflight.ts';
import { attemptSwap, type AttemptEnd } from './swap-attempt.ts';
import type { SwapContext } from './swap-context.ts';

/** The request may be under way, and what became of it could not be read or written down. */
export interface LostSight {
  readonly verdict: { readonly kind: 'unknown'; readonly reason: string };
  readonly observed: undefined;
}

/**
 * The one request of a promotion or of its undoing, with its outcome in the journal; the intent is there already.
 * Once the request may be under way, nothing that fails here is a plain failure: it ends as `unknown`.
 */
export async function sendJournalled(
  action: 'swap' | 'swap-back',
  before: SlotPair,
  { request, ports, host, record }: SwapContext,
): Promise<AttemptEnd | LostSight> {
  const slots = { source: request.target.source, target: request.target.destination };
  try {
    const end = await attemptSwap(slots, before, request.policy, { host, clock: ports.clock }, ports.signal);
    const phase = { swapped: 'done', 'not-swapped': 'failed', unknown: 'unknown' } as const;
    const after = end.observed === undefined ? null : pairOf(end.observed);
    await record(action, phase[end.verdict.kind], end.verdict.reason, { before, after });
    return end;
  } catch (error) {
    if (error instanceof RolloutError) {
      const reason = `after the ${action} was requested: ${error.message}`;
      return { verdict: { kind: 'unknown', reason }, observed: undefined };
    }
    // The next one who reads the journal must know that only Azure can tell.
    if (isInterruption(error, ports.signal))
      await record(action, 'unknown', `stopped while the ${action} was being observed`, { before });
    throw error;
  }
}
