import type { Promotion, RunState } from '../../journal/fold.ts';
import type { SwapPolicy } from '../way/policy.ts';
import type { Words } from '../way/way.ts';

/** What is known of a request that a journal has left open while the target shows no sign of it. Milliseconds. */
export interface Unseen {
  /** How long ago it was announced when the watch began, by the clock of the journal's store. */
  readonly agoMs: number;
  readonly watchedMs: number;
  /** An operation was seen on the target during the watch: Azure shows what it does, and it has ended. */
  readonly shown: boolean;
}

/** Pure: may what was requested still happen? Azure need not show an operation, and real swaps take long. */
export function mayStillCome(
  { agoMs, watchedMs, shown }: Unseen,
  { settleMs, unseenMs }: Pick<SwapPolicy, 'settleMs' | 'unseenMs'>,
): boolean {
  return watchedMs < settleMs || (!shown && agoMs + watchedMs < unseenMs);
}

/** Pure: how long ago the promotion's last request was announced, by the store's clock alone; 0 where it does not tell. */
export function announcedAgo({ requestedAt }: Promotion, { newestAt }: RunState): number {
  return requestedAt === null || newestAt === null ? 0 : Math.max(0, newestAt - requestedAt);
}

/** What is waited for beside such a request, in words. */
export function tellUnseen({ act, seen }: Pick<Words, 'act' | 'seen'>): string {
  return `a ${act} was requested and ${seen} show no sign of it. Azure may still be at it without showing it (unseen)`;
}

/** Pure: how long what was requested is waited for at the most, from the beginning of the watch. */
export function longestWatchMs(
  agoMs: number,
  { settleMs, unseenMs, swapDeadlineMs }: Pick<SwapPolicy, 'settleMs' | 'unseenMs' | 'swapDeadlineMs'>,
): number {
  return Math.min(swapDeadlineMs, Math.max(settleMs, unseenMs - agoMs));
}
