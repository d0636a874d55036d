import type { SlotPair } from '../../journal/entry.ts';
import { movement, swappedSince } from '../kinds/app-service/content-print.ts';
import type { MutationReply, OperationReading } from '../ports.ts';
import { pairOf, type Observed } from '../kinds/app-service/preflight.ts';

/** Everything known about one swap that was sent. Times in milliseconds since it was sent. */
export interface SwapEvidence {
  readonly before: SlotPair;
  readonly reply: MutationReply;
  /** Newest complete reading of both slots, or undefined when there was none since the request. */
  readonly observed: Observed | undefined;
  /** How the operation ended, or undefined: running, unknown or never had. */
  readonly ended: Extract<OperationReading, { kind: 'succeeded' | 'failed' }> | undefined;
  /** The service still knows the operation and says that it runs. */
  readonly running: boolean;
  readonly elapsedMs: number;
  /** For how long both slots have been readable and without an operation. */
  readonly quietMs: number;
  /** An operation has been seen on the slots since the request. */
  readonly shown: boolean;
}

export interface SwapTimes {
  readonly swapDeadlineMs: number;
  readonly settleMs: number;
  readonly unseenMs: number;
  /** Whether it is of use to know after the settle time that nothing has moved, without knowing that nothing will. */
  readonly mayStayOpen: boolean;
}

/**
 * `retryable`: the service turned the request away for a reason that passes. `unseen`: nothing has moved for the settle
 * time, and an operation that Azure does not show may still be at it: good enough to ask again, and no proof.
 */
export type SwapVerdict =
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'swapped'; readonly reason: string }
  | { readonly kind: 'not-swapped'; readonly reason: string; readonly retryable: boolean }
  | { readonly kind: 'unseen'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Pure: what has become of a swap. The slots decide; replies only say where to look and when waiting may end.
 * Swapped: contents exchanged, the server's swap stamp newer, nothing running. Not swapped: a definite refusal or a
 * failed operation with nothing moved; or nothing moved throughout the settle time after an operation that was seen to
 * end, and throughout the time of the longest swap where none was seen. That Azure shows its operations is documented,
 * and was not observed: so none seen is none running only for as long as a swap may take.
 */
export function judgeSwap(evidence: SwapEvidence, times: SwapTimes): SwapVerdict {
  const { before, reply, observed, ended, elapsedMs } = evidence;
  const late = elapsedMs >= times.swapDeadlineMs;
  if (observed === undefined)
    return late
      ? { kind: 'unknown', reason: `neither slot could be read for ${seconds(elapsedMs)}` }
      : { kind: 'pending', reason: 'the slots could not be read yet' };
  const now = pairOf(observed);
  const busy = observed.source.operation ?? observed.target.operation;
  if (busy !== null)
    return late
      ? { kind: 'unknown', reason: `operation ${busy} has not ended after ${seconds(elapsedMs)}` }
      : { kind: 'pending', reason: `operation ${busy} is under way` };
  const newer = swappedSince(before.swapStamp, now.swapStamp);
  switch (movement(before, now)) {
    case 'moved':
      if (!newer)
        return waitOrUnknown(evidence, times, 'the contents have moved but the time of the last swap has not');
      if (reply.kind === 'refused')
        return {
          kind: 'unknown',
          reason: `the request was refused (${reply.message}), and yet the slots were swapped at ${now.swapStamp ?? ''}: by somebody else`,
        };
      return { kind: 'swapped', reason: `swapped at ${now.swapStamp ?? ''} by Azure's clock${how(reply)}` };
    case 'unmoved':
      if (newer)
        return {
          kind: 'unknown',
          reason: `a swap ended at ${now.swapStamp ?? ''} but both slots hold what they held: it was swapped there and back`,
        };
      return judgeUnmoved(evidence, times, ended);
    case 'half':
      return waitOrUnknown(evidence, times, 'one slot shows the new content and the other does not');
    case 'foreign':
      return {
        kind: 'unknown',
        reason: 'a slot holds something that was in neither slot before: somebody deployed meanwhile',
      };
    case 'unreadable':
      return waitOrUnknown(evidence, times, 'the slots do not tell what they hold');
  }
}

function judgeUnmoved(evidence: SwapEvidence, times: SwapTimes, ended: SwapEvidence['ended']): SwapVerdict {
  const { reply, running, quietMs, elapsedMs, shown } = evidence;
  if (reply.kind === 'refused') return { kind: 'not-swapped', reason: reply.message, retryable: false };
  if (ended?.kind === 'failed') return { kind: 'not-swapped', reason: ended.message, retryable: ended.passing };
  const retryable = reply.kind === 'ambiguous';
  const said = retryable ? reply.message : ended ? 'the operation ended as a success' : 'the operation was lost';
  const reason = `${said}, and nothing moved for ${seconds(quietMs)}`;
  const over = ended !== undefined || shown;
  if (!running && quietMs >= (over ? times.settleMs : times.unseenMs))
    return { kind: 'not-swapped', reason, retryable };
  // Another request is the one question that a running swap answers: Azure turns it away. It has been asked already
  // where the answer says so.
  const asked = !retryable || reply.swapRuns;
  if (quietMs >= times.settleMs && !asked && times.mayStayOpen) return { kind: 'unseen', reason };
  if (elapsedMs >= times.swapDeadlineMs)
    return {
      kind: 'unknown',
      reason: `nothing has moved after ${seconds(elapsedMs)}, and the operation has not ended`,
    };
  return { kind: 'pending', reason: running ? 'the operation runs, and nothing has moved' : 'nothing has moved' };
}

/** Once the operation is known to be over, nothing more is to be waited for than what Azure has yet to show. */
function waitOrUnknown(evidence: SwapEvidence, times: SwapTimes, reason: string): SwapVerdict {
  const { elapsedMs, ended, quietMs } = evidence;
  const over = ended !== undefined && quietMs >= times.settleMs;
  return over || elapsedMs >= times.swapDeadlineMs
    ? { kind: 'unknown', reason: `${reason}, after ${seconds(elapsedMs)}` }
    : { kind: 'pending', reason };
}

function how(reply: MutationReply): string {
  return reply.kind === 'ambiguous' ? `, though its reply was lost (${reply.message})` : '';
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)}s`;
}
