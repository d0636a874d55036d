import type { TrafficShare } from '../../../journal/traffic.ts';
import type { MutationReply, OperationReading } from '../../ports.ts';

/** One revision as its resource tells it. */
export interface RevisionObservation {
  readonly name: string;
  /** When it was created, by the server's clock (ISO), or null where it does not tell. */
  readonly created: string | null;
  /** `https://` and the revision's own host name; null without ingress. */
  readonly url: string | null;
  readonly active: boolean;
  /** Share of the traffic that it has in fact. */
  readonly weight: number;
  /** `Healthy`, `Unhealthy`, `None`; null where it does not tell. */
  readonly health: string | null;
  /** `Provisioning`, `Provisioned`, `Failed` ... */
  readonly provisioning: string | null;
  /** `Running`, `Processing`, `Stopped`, `Degraded`, `Failed` ... */
  readonly running: string | null;
  /** What went wrong, in the service's words. */
  readonly problem: string | null;
  /** Image of each container, by its name. */
  readonly images: Readonly<Record<string, string>>;
}

/** What can be read of one app. */
export interface AppObservation {
  /** `https://` and the app's host name; null without ingress. */
  readonly url: string | null;
  /** `Multiple`, `Single`, or what else the service says. */
  readonly mode: string;
  /** `Running`, `Stopped` ... */
  readonly running: string | null;
  /** The state of a change that is under way on the app, or null. Its name is not told: `InProgress`. */
  readonly operation: string | null;
  /** How the traffic is asked for, in the order of its array. */
  readonly traffic: readonly TrafficShare[];
  readonly latestRevision: string | null;
  readonly latestReadyRevision: string | null;
  /** Who changed the app last and when, by the server's clock, in words; null where it does not tell. */
  readonly lastChange: string | null;
  /** The template that the next revision starts from, as it was read. */
  readonly template: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  readonly revisions: readonly RevisionObservation[];
}

/**
 * One change of an app. `traffic` replaces the array as a whole. `revision` asks for a new one; the array goes with it,
 * so that it cannot gain weight by itself.
 */
export type AppChange =
  | { readonly kind: 'traffic'; readonly traffic: readonly TrafficShare[] }
  | {
      readonly kind: 'revision';
      readonly template: Readonly<Record<string, unknown>>;
      readonly traffic: readonly TrafficShare[];
    }
  | { readonly kind: 'activate' | 'deactivate'; readonly revision: string };

/**
 * One app of Azure Container Apps. Reads are safe to repeat, are retried inside, and throw `RolloutError` when the app
 * cannot be read. A change is sent exactly once a call, and never throws for what the service answers.
 */
export interface ContainerHost {
  observe(signal?: AbortSignal): Promise<AppObservation>;
  /** @param withinMs when to give up on the answer, where that is sooner than the host's own limit for an exchange */
  change(change: AppChange, signal?: AbortSignal, withinMs?: number): Promise<MutationReply>;
  readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading>;
}
