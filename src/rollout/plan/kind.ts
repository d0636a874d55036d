import type { Service } from '../../catalogue/model.ts';
import type { Prints, Release, Target } from '../../journal/entry.ts';
import type { RunState } from '../../journal/fold.ts';
import type { Prepared } from '../../journal/short-of-promotion.ts';
import type { Account, DeploymentPlan, PlannedBase, PlannedService, PlannedTarget, PlanRequest } from './plan.ts';
import type { DeployPorts, RolloutPorts } from '../ports.ts';
import type { PromotionContext } from '../way/context.ts';
import type { Sight } from '../promotion/in-place.ts';
import type { PromotionRequest, SwapPolicy } from '../way/policy.ts';
import type { PromotionResult } from '../way/result.ts';
import type { ServiceResult } from '../way/service-result.ts';

/** What of a run a service is deployed in. */
export interface RunAt {
  readonly plan: DeploymentPlan;
  readonly state: RunState;
}

/**
 * One kind of service: how it is planned, read back from a journal, said and deployed. Everything that tells kinds apart
 * is behind this; `table.ts` is the list of them.
 */
export interface Kind {
  /** As the graph file spells it. */
  readonly name: string;
  /** Pure: the service resolved for a run, or all that is wrong with it. */
  plan(service: Service, base: PlannedBase, request: PlanRequest): PlannedService | readonly string[];
  /**
   * Pure: reads a planned service back from a journal. It decides what is sent to Azure, so all that is used is checked.
   * @param service what every kind has of it is checked already
   * @returns the service, or what is wrong with it, to be read after its name
   */
  read(service: Readonly<Record<string, unknown>>): PlannedService | string;
  /** Pure: the service without what a journal must not hold and no recovery needs, such as values that may be secret. */
  journalled?(service: PlannedService): PlannedService;
  /** Pure: what a plan says of it, to be read after its name and release. */
  describe(service: PlannedService): string;
  /** Pure: the file, relative to the graph file, that its release is read from; undefined where there is none. */
  packageOf(service: Service): string | undefined;
  /** Pure: a YAML or JSON file, relative to the graph file, that the plan needs to know; for kinds that have one. */
  documentOf?(service: Service): string | undefined;
  /** Pure: the release of a service that has no package to tell it. @param said the version that the user has said */
  releaseOf?(service: Service, said: string | undefined): Release;
  /** @throws RolloutError, Interrupted */
  deploy(service: PlannedService, run: RunAt, ports: DeployPorts): Promise<ServiceResult>;
  /** For kinds whose releases users see, and which can be undone. */
  readonly exposes: Exposes | undefined;
}

/** How the releases of a kind come before users, and how a person is told of what is in place. */
export interface Exposes {
  /** Pure: where a service of the graph file runs, or why that cannot be said, to be read after its name. */
  target(service: Service, account: Account): Target | string;
  /**
   * The protocol's view of one promotion of this kind. Asks nothing yet.
   * @param before both sides as the promotion found them, where it has got that far
   */
  context(request: PromotionRequest, ports: RolloutPorts, before?: Prints): PromotionContext<unknown>;
  /** Pure: the command by which a person changes by hand what users get. */
  byHand(target: Target): string;
  /** @throws RolloutError when the target cannot be read */
  look(service: Looked, ports: RolloutPorts): Promise<Sight>;
  /**
   * What of a target is between two states right now: traffic that goes two ways, a change that is under way or begun.
   * @returns a sentence for each with the cure where there is one; none when the target is at rest
   * @throws RolloutError when it cannot be read
   */
  unsettled(target: Target, ports: Pick<RolloutPorts, 'host' | 'signal'>): Promise<readonly string[]>;
  /** What this run may have left prepared for a promotion, looked at and taken back. */
  tidy(prepared: Prepared, service: PlannedTarget, plan: DeploymentPlan, ports: RolloutPorts): Promise<Leftover>;
  /** Puts the release that a person names back, where no journal proves what was before; for kinds that can. */
  restore?(
    service: PlannedTarget,
    restoring: { readonly version: string; readonly policy: SwapPolicy; readonly why: string },
    ports: RolloutPorts,
  ): Promise<PromotionResult>;
}

/** What a look at one service needs to know of it. */
export type Looked = Pick<PlannedTarget, 'name' | 'target' | 'health'>;

/** `clean`: Azure shows nothing prepared, or what it shows is none of this run's. */
export type Leftover =
  | { readonly kind: 'clean' }
  | { readonly kind: 'taken-back'; readonly service: string; readonly reason: string }
  | { readonly kind: 'left'; readonly service: string; readonly reason: string };

/** True for a service whose releases users see. */
export function isExposed(service: PlannedService): service is PlannedTarget {
  return 'target' in service && 'health' in service;
}
