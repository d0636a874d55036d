import type { Prints } from '../../journal/entry.ts';
import type { Facts } from '../way/way.ts';

/** Pure: may this promotion be undone, seeing what the target holds now? */
export type UndoDecision =
  | { readonly kind: 'undo' }
  /** `swappedBack`: it had happened, and somebody has put back the release from before. */
  | { readonly kind: 'nothing-to-undo'; readonly reason: string; readonly swappedBack: boolean }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Undo only what this promotion did: users' side must hold exactly what was promoted and the other side exactly what was
 * replaced. Anything else was done by somebody else, and is theirs.
 */
export function decideUndo<Seen>(
  { standing, holds, notOurs, words }: Pick<Facts<Seen>, 'standing' | 'holds' | 'notOurs' | 'words'>,
  promotion: { readonly before: Prints; readonly after: Prints | null },
  now: Seen,
): UndoDecision {
  const { before, after } = promotion;
  const { movement, newer, at, busy, what } = standing(before, now);
  if (busy !== null) return { kind: 'wait', reason: `operation ${busy} is changing ${words.seen}` };
  switch (movement) {
    case 'unmoved':
      // Without a time of the server's own, that it had happened is known from the journal alone.
      if (newer === null && after !== null)
        return { kind: 'nothing-to-undo', reason: `it was ${words.acted} back already`, swappedBack: true };
      if (newer !== true)
        return { kind: 'nothing-to-undo', reason: `the ${words.act} never happened`, swappedBack: false };
      // The places are what they were, and two changes lie between: what stands there may be neither old nor ours.
      return holds(before, now) !== 'different'
        ? {
            kind: 'nothing-to-undo',
            reason: `it was ${words.acted} back already at ${at ?? ''}`,
            swappedBack: true,
          }
        : {
            kind: 'refuse',
            reason: `the release of this run is not in place any more, and neither is the one from before: somebody deployed since, and ${words.seen} were last ${words.acted} at ${at ?? ''}`,
          };
    case 'moved': {
      const theirs = notOurs(promotion, now);
      return theirs === undefined ? { kind: 'undo' } : { kind: 'refuse', reason: theirs };
    }
    case 'half':
      return { kind: 'wait', reason: what };
    case 'foreign':
    case 'unreadable':
      return { kind: 'refuse', reason: what };
  }
}
