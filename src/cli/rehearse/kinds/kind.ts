import type { Emulator } from '../../../emulator/start.ts';
import type { Target } from '../../../journal/entry.ts';
import type { PlannedTarget } from '../../../rollout/plan/plan.ts';
import type { Fault } from '../faults.ts';

/** What the services of a rehearsal are prepared with. */
export interface Props {
  /** Where packages may be kept. */
  readonly folder: string;
  /** Is the package of a service there? */
  readonly isThere: (file: string) => boolean;
}

/** One fault at one service. */
export interface Trouble {
  readonly app: PlannedTarget;
  readonly fault: Fault;
}

/** The Azure of one row, and a way to change it past the journal. */
export interface RowAzure {
  readonly emulator: Emulator;
  readonly hosts: (target: Target) => object;
  readonly signal: AbortSignal;
}

/** Where users get a release, and where it waits for them. */
export type Side = 'users' | 'waiting';

/** One app of a row's Azure, by what the emulator itself shows of it. */
export interface Stage {
  /** Where users ask. */
  url(): string;
  /** At which side an address is, if at any. */
  sideOf(url: string): Side | undefined;
  holds(side: Side): 'old' | 'new';
  /** How often users got something else. */
  promotions(): number;
  /** Undoes the promotion as somebody at the portal would. */
  meddle(): Promise<void>;
}

/** One service as it is rehearsed. */
export interface Part {
  readonly service: PlannedTarget;
  /** Its release is not there, and is played. */
  readonly isStandIn: boolean;
  /**
   * Puts the baseline before users, and the faults on the wire in its way where the trouble is its own.
   * @throws Error when that cannot be done
   */
  enter(azure: RowAzure, trouble: Trouble): Promise<Stage>;
}

/** How the services of one kind are rehearsed. */
export interface RehearsedKind {
  /** As the graph file spells it. */
  readonly name: string;
  /** What can go wrong, in the order in which a deployment meets it. */
  readonly faults: readonly Fault[];
  /** @param services all of the plan that are of this kind, with short times */
  prepare(services: readonly PlannedTarget[], props: Props): Promise<Part[]>;
}
