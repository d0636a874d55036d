import type { Prints } from '../../journal/entry.ts';
import type { Refusal } from './refusal.ts';

/**
 * How a promotion ended.
 * `promoted`: the new release is before users and healthy. `refused`: users get what they got; every reason is named.
 * `restored`: it was brought before users, found unhealthy and undone; the old release is verified again.
 * `previewed`: a swap with preview is pending, judged healthy under the target's settings. `cancelled`: none is pending.
 * `unhealthy`: the target holds the new, unhealthy release, and it was not put back, for the reason given.
 * `in-place-not-yet-healthy`: the target holds the new release, which could not be judged there.
 * `restored-not-yet-healthy`: the old release is back on the target, and is not healthy or could not be judged there.
 * `superseded`: it was promoted, and then somebody else changed what users get; theirs was left alone.
 * `unknown`: what is in place could not be established; a person must look before anything else is tried.
 */
export type PromotionResult =
  | {
      readonly outcome: 'promoted';
      readonly before: Prints;
      readonly after: Prints;
      readonly versionBefore: string | undefined;
      readonly versionAfter: string | undefined;
      readonly reason: string;
    }
  | { readonly outcome: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly outcome: 'restored'; readonly reason: string; readonly versionAfter: string | undefined }
  | { readonly outcome: 'previewed' | 'cancelled'; readonly reason: string }
  | { readonly outcome: 'unhealthy' | 'in-place-not-yet-healthy' | 'superseded'; readonly reason: string }
  | { readonly outcome: 'restored-not-yet-healthy'; readonly reason: string; readonly versionAfter: string | undefined }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Exit code of the command line and result of the task: 0 done, 1 nothing changed, 3 restored, 4 a person is needed. */
export function exitCodeOf(outcome: PromotionResult['outcome']): 0 | 1 | 3 | 4 {
  switch (outcome) {
    case 'promoted':
    case 'previewed':
    case 'cancelled':
      return 0;
    case 'refused':
      return 1;
    case 'restored':
      return 3;
    case 'unhealthy':
    case 'in-place-not-yet-healthy':
    case 'restored-not-yet-healthy':
    case 'superseded':
    case 'unknown':
      return 4;
  }
}
