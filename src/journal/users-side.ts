import type { SlotPair, SlotTarget } from './slots.ts';

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
export function facingUsers(target: SlotTarget): SlotTarget {
  const { source, destination } = target;
  if (isProduction(source) && !isProduction(destination))
    return { ...target, source: destination, destination: PRODUCTION };
  return isProduction(destination) ? { ...target, destination: PRODUCTION } : target;
}

/** Pure: was production named as the source? */
export function isReversed({ source, destination }: SlotTarget): boolean {
  return isProduction(source) && !isProduction(destination);
}

/** Pure: the same two prints the other way round. The stamp of a swap is of both ends. */
export function turned(pair: SlotPair): SlotPair {
  return { ...pair, source: pair.target, target: pair.source };
}
