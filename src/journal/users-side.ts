import type { Entry, SlotPair, Target } from './entry.ts';

/** The slot that users see without any routing rule. Azure compares names of slots without case. */
export const PRODUCTION = 'production';

export function isProduction(slot: string): boolean {
  return slot.toLowerCase() === PRODUCTION;
}

/**
 * Pure: the same two slots with production as the destination. A swap is symmetric: whichever slot is named first, both
 * exchange what they hold. Which of the releases comes before users is therefore a fact and not an input, and that one
 * is to be judged. Of two slots without production the destination stays as it was named.
 */
export function facingUsers(target: Target): Target {
  const { source, destination } = target;
  if (isProduction(source) && !isProduction(destination))
    return { ...target, source: destination, destination: PRODUCTION };
  return isProduction(destination) ? { ...target, destination: PRODUCTION } : target;
}

/** Pure: was production named as the source? */
export function isReversed({ source, destination }: Target): boolean {
  return isProduction(source) && !isProduction(destination);
}

/** Pure: an entry by whose writer the order of the names was taken as it was given. The stamp of a swap is of both ends. */
export function entryFacingUsers(entry: Entry): Entry {
  const { target, before, after } = entry;
  if (target === null || !isReversed(target)) return entry;
  return { ...entry, target: facingUsers(target), before: turned(before), after: turned(after) };
}

function turned(pair: SlotPair | null): SlotPair | null {
  return pair === null ? null : { ...pair, source: pair.target, target: pair.source };
}
