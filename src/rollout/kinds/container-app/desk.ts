import type { ContainerTarget, TrafficShare } from '../../../journal/traffic.ts';
import type { Desk } from '../../way/context.ts';
import type { AppObservation, ContainerHost } from './ports.ts';

/** The two arrays between which a promotion moves the traffic of an app. */
export interface Sides {
  readonly one: readonly TrafficShare[];
  readonly other: readonly TrafficShare[];
}

/** An app, and what waits to be written as its traffic. */
export interface ShiftSeen extends AppObservation {
  readonly waiting: readonly TrafficShare[];
}

/** What whoever works on one container app has at hand. */
export interface ContainerDesk extends Desk {
  readonly host: ContainerHost;
  readonly target: ContainerTarget;
}
