import { makeGraph, type Graph } from '../../graph/graph.ts';
import type { Release, Target } from '../../journal/entry.ts';
import type { HealthCheck, SwapPolicy } from '../way/policy.ts';

export interface PlannedBase {
  readonly name: string;
  /**
   * All services of the graph that it needs, directly or not; also those that this plan does not deploy, so that the
   * plans of several jobs of one run can be laid together.
   */
  readonly dependsOn: readonly string[];
  readonly release: Release;
  readonly pointOfNoReturn: boolean;
}

/** A service as it is planned. What its kind needs beside this is the kind's own: plain data, for the journal. */
export interface PlannedService extends PlannedBase {
  /** As the graph file spells it. */
  readonly kind: string;
}

/** One whose releases users see: it has a target, and is asked for its health. */
export interface PlannedTarget extends PlannedService {
  readonly target: Target;
  readonly health: HealthCheck;
}

/**
 * How much of a run is undone: `dependents` the failed services and those of their dependents that this run changed;
 * `service` the failed ones alone; `run` everything.
 */
export type RollbackScope = 'dependents' | 'service' | 'run';

/**
 * Everything a run will do, resolved: the first entry of its journal. Whoever recovers the run needs nothing else.
 * Holds no secrets: headers of probes come from the graph file, which lies in a repository.
 */
export interface DeploymentPlan {
  readonly schema: 2;
  /** In the order of the graph file. */
  readonly services: readonly PlannedService[];
  readonly parallel: number;
  /** What is undone when a service fails or turns bad. */
  readonly rollbackScope: RollbackScope;
  readonly policy: SwapPolicy;
  /** What other pipelines must have deployed; asked before anything is changed. */
  readonly preconditions: readonly Precondition[];
}

/** What another pipeline must have deployed before this one begins: healthy in production, and in range. */
export interface Precondition {
  readonly service: string;
  readonly needs: string;
  /** npm semver range, or null: any version. */
  readonly range: string | null;
  /** Where it runs; null where its probe has an address of its own. */
  readonly target: Target | null;
  readonly health: HealthCheck;
}

/** The services of a plan with the edges between them; through services that it does not deploy as well. */
export function planGraph({ services }: Pick<DeploymentPlan, 'services'>): Graph {
  const names = new Set(services.map(({ name }) => name));
  return makeGraph(
    services.map(({ name, dependsOn }) => ({ name, dependsOn: dependsOn.filter((one) => names.has(one)) })),
  );
}

/** Where what a graph file names lies, as far as it does not say so itself. */
export interface Account {
  readonly subscription: string;
  /** Where the graph file names no resource group. */
  readonly resourceGroup: string | undefined;
}

export interface PlanRequest extends Account {
  /** Services to deploy; empty: all that the graph file's `deploys` names, or all. */
  readonly services: readonly string[];
  /** Versions said by the user, by service. */
  readonly releases: ReadonlyMap<string, string>;
  /** What the packages say of themselves, by service. */
  readonly packages: ReadonlyMap<string, Release>;
  /** What the files say that kinds have asked for, as plain data, by service. */
  readonly documents: ReadonlyMap<string, unknown>;
  readonly parallel: number;
  readonly rollbackScope: RollbackScope;
  readonly policy: SwapPolicy;
  /** Resolves a package path of the graph file. */
  readonly resolve: (path: string) => string;
}
