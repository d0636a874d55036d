import type { Prints, Target } from './target.ts';

/**
 * What a slot holds, from all that can be read. `null` means that this part could not be read or does not exist for
 * this kind of app; a `null` never counts as equal or as different.
 */
export interface ContentPrint {
  /** Identity of the slot's content store; moves with a swap (recorded traffic). */
  readonly deploymentId: string | null;
  /** Id of the deployment that is active in it; changes with every upload. */
  readonly activeDeployment: string | null;
  /** Container image, for apps that run one. */
  readonly image: string | null;
}

/** Both ends of an intended swap at one moment. `swapStamp` is the server's own time of the last swap, or null. */
export interface SlotPair extends Prints {
  readonly kind: 'appService';
  readonly source: ContentPrint;
  readonly target: ContentPrint;
  readonly swapStamp: string | null;
}

/** One app of App Service, and the two slots between which its releases move. */
export interface SlotTarget extends Target {
  readonly kind: 'appService';
  /** Slot that a new release is uploaded to. */
  readonly source: string;
  /** Slot that users see; `production` unless said otherwise. */
  readonly destination: string;
}

export function isSlotTarget(target: Target | null): target is SlotTarget {
  return target?.kind === 'appService';
}

export function isSlotPair(prints: Prints | null): prints is SlotPair {
  return prints?.kind === 'appService';
}
