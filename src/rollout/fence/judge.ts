import { formatDuration } from '../../time/duration.ts';
import type { MutationReply, OperationReading } from '../ports.ts';
import type { Standing } from '../way/standing.ts';

/** Everything known about one request that was sent. Times in milliseconds since it was sent. */
export interface Evidence {
  readonly reply: MutationReply;
  /** By the newest complete reading of the target, or undefined when there was none since the request. */
  readonly standing: Standing | undefined;
  /** How the operation ended, or undefined: running, unknown or never had. */
  readonly ended: Extract<OperationReading, { kind: 'succeeded' | 'failed' }> | undefined;
  /** The service still knows the operation and says that it runs. */
  readonly running: boolean;
  readonly elapsedMs: number;
  /** For how long the target has been readable and without an operation. */
  readonly quietMs: number;
  /** An operation has been seen on the target since the request. */
  readonly shown: boolean;
}

export interface RequestTimes {
  readonly swapDeadlineMs: number;
  readonly settleMs: number;
  readonly unseenMs: number;
  /** Whether it is of use to know after the settle time that nothing has moved, without knowing that nothing will. */
  readonly mayStayOpen: boolean;
  /** An earlier request for the same has shown no sign so far, and an operation that Azure does not show may be at it. */
  readonly open?: boolean;
}

/** As the kind says it: `swapped`, `the slots`, `neither slot could be read`. */
export interface JudgeWords {
  readonly act: string;
  readonly acted: string;
  readonly seen: string;
  readonly unread: string;
}

/**
 * `retryable`: the service turned the request away for a reason that passes. `unseen`: nothing has moved for the settle
 * time, and an operation that Azure does not show may still be at it: good enough to ask again, and no proof.
 */
export type RequestVerdict =
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'done'; readonly reason: string }
  | { readonly kind: 'not-done'; readonly reason: string; readonly retryable: boolean }
  | { readonly kind: 'unseen'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Pure: what has become of a request. What the target holds decides; replies only say where to look and when waiting may
 * end. Done: the sides are exchanged, the server's own time of it is newer where there is one, nothing runs. Not done: a
 * definite refusal or a failed operation with nothing moved; or nothing moved throughout the settle time after an operation
 * that was seen to end, and throughout the time of the longest change where none was seen. That Azure shows its operations
 * is documented, and was not observed for swaps: so none seen is none running only for as long as one may take.
 */
export function judgeRequest(evidence: Evidence, times: RequestTimes, words: JudgeWords): RequestVerdict {
  const { reply, standing, ended, elapsedMs } = evidence;
  const late = elapsedMs >= times.swapDeadlineMs;
  if (standing === undefined)
    return late
      ? { kind: 'unknown', reason: `${words.unread} for ${lasted(elapsedMs)}` }
      : { kind: 'pending', reason: `${words.seen} could not be read yet` };
  const { busy, newer, what } = standing;
  if (busy !== null)
    return late
      ? { kind: 'unknown', reason: `operation ${busy} has not ended after ${lasted(elapsedMs)}` }
      : { kind: 'pending', reason: `operation ${busy} is under way` };
  const at = standing.at ?? '';
  const when = newer === null ? '' : ` at ${at}`;
  switch (standing.movement) {
    case 'moved':
      if (newer === false)
        return waitOrUnknown(evidence, times, `the contents have moved but the time of the last ${words.act} has not`);
      if (reply.kind === 'refused' && times.open !== true)
        return {
          kind: 'unknown',
          reason: `the request was refused (${reply.message}), and yet ${words.seen} were ${words.acted}${when}: by somebody else`,
        };
      return { kind: 'done', reason: `${words.acted}${newer === null ? '' : `${when} by Azure's clock`}${how(reply)}` };
    case 'unmoved':
      if (newer === true)
        return {
          kind: 'unknown',
          reason: `a ${words.act} ended at ${at} but ${words.seen} hold what they held: it was ${words.acted} there and back`,
        };
      return judgeUnmoved(evidence, times, ended);
    case 'foreign':
      return { kind: 'unknown', reason: what };
    case 'half':
    case 'unreadable':
      return waitOrUnknown(evidence, times, what);
  }
}

function judgeUnmoved(evidence: Evidence, times: RequestTimes, ended: Evidence['ended']): RequestVerdict {
  const { reply, running, quietMs, elapsedMs, shown } = evidence;
  // It did nothing, which tells of the request before it no more than that a change runs, at most.
  const isDefinite = reply.kind === 'refused' && times.open !== true;
  if (isDefinite) return { kind: 'not-done', reason: reply.message, retryable: reply.passing === true };
  if (ended?.kind === 'failed') return { kind: 'not-done', reason: ended.message, retryable: ended.passing };
  const retryable = reply.kind === 'ambiguous' || (reply.kind === 'refused' && reply.passing === true);
  const said =
    reply.kind !== 'accepted' ? reply.message : ended ? 'the operation ended as a success' : 'the operation was lost';
  const reason = `${said}, and nothing moved for ${lasted(quietMs)}`;
  const over = ended !== undefined || shown;
  if (!running && quietMs >= (over ? times.settleMs : times.unseenMs)) return { kind: 'not-done', reason, retryable };
  // Another request is the one question that a running operation answers: Azure turns it away. It has been asked already
  // where the answer says so.
  const asked = reply.kind !== 'ambiguous' || reply.swapRuns;
  if (quietMs >= times.settleMs && !asked && times.mayStayOpen) return { kind: 'unseen', reason };
  if (elapsedMs >= times.swapDeadlineMs)
    return {
      kind: 'unknown',
      reason: `nothing has moved after ${lasted(elapsedMs)}, and the operation has not ended`,
    };
  return { kind: 'pending', reason: running ? 'the operation runs, and nothing has moved' : 'nothing has moved' };
}

/** Once the operation is known to be over, nothing more is to be waited for than what Azure has yet to show. */
function waitOrUnknown(evidence: Evidence, times: RequestTimes, reason: string): RequestVerdict {
  const { elapsedMs, ended, quietMs } = evidence;
  const over = ended !== undefined && quietMs >= times.settleMs;
  return over || elapsedMs >= times.swapDeadlineMs
    ? { kind: 'unknown', reason: `${reason}, after ${lasted(elapsedMs)}` }
    : { kind: 'pending', reason };
}

function how(reply: MutationReply): string {
  if (reply.kind === 'refused') return `, by the request before this one, which was refused (${reply.message})`;
  return reply.kind === 'ambiguous' ? `, though its reply was lost (${reply.message})` : '';
}

function lasted(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000);
}
