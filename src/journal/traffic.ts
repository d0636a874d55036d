import type { Prints, Target } from './target.ts';

/** What one revision of a container app gets of the traffic. Percent, a whole number from 0 to 100. */
export interface TrafficShare {
  /** Name of the revision; null for the symbolic entry that follows whatever revision is the latest. */
  readonly revision: string | null;
  readonly weight: number;
  readonly label: string | null;
}

/**
 * Both sides of an intended shift at one moment: what users get by the app's traffic, and what waits to be written in its
 * place. A shift and its undoing exchange the two, as a swap exchanges two slots.
 */
export interface TrafficPair extends Prints {
  readonly kind: 'containerApp';
  readonly serving: readonly TrafficShare[];
  readonly waiting: readonly TrafficShare[];
  /** When each revision that `waiting` gives traffic to was created, by the server's clock; null where it is not there. */
  readonly created: Readonly<Record<string, string | null>>;
}

/** One app of Azure Container Apps. */
export interface ContainerTarget extends Target {
  readonly kind: 'containerApp';
}

export function isContainerTarget(target: Target | null): target is ContainerTarget {
  return target?.kind === 'containerApp';
}

export function isTrafficPair(prints: Prints | null): prints is TrafficPair {
  return prints?.kind === 'containerApp';
}
