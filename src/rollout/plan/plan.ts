import semver from 'semver';
import type { AppService, Catalogue, Service } from '../../catalogue/model.ts';
import { dependenciesOf } from '../../graph/order.ts';
import { makeGraph, type Graph } from '../../graph/graph.ts';
import type { Release, Target } from '../../journal/entry.ts';
import { isElsewhere, preconditionsOf, type Precondition } from './preconditions.ts';
import type { HealthCheck, SwapPolicy } from '../promotion/policy.ts';

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

export interface PlannedApp extends PlannedBase {
  readonly kind: 'appService';
  readonly target: Target;
  /** The zip to upload, or null: the slot already holds what is to be promoted. */
  readonly file: string | null;
  readonly health: HealthCheck;
}

export interface PlannedCommand extends PlannedBase {
  readonly kind: 'command';
  readonly run: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

export interface PlannedPackage extends PlannedBase {
  readonly kind: 'package';
}

/**
 * How much of a run is undone: `dependents` the failed services and those of their dependents that this run changed;
 * `service` the failed ones alone; `run` everything.
 */
export type RollbackScope = 'dependents' | 'service' | 'run';

export type PlannedService = PlannedApp | PlannedCommand | PlannedPackage;

/**
 * Everything a run will do, resolved: the first entry of its journal. Whoever recovers the run needs nothing else.
 * Holds no secrets: headers of probes come from the graph file, which lies in a repository.
 */
export interface DeploymentPlan {
  readonly schema: 1;
  /** In the order of the graph file. */
  readonly services: readonly PlannedService[];
  readonly parallel: number;
  /** What is undone when a service fails or turns bad. */
  readonly rollbackScope: RollbackScope;
  readonly policy: SwapPolicy;
  /** What other pipelines must have deployed; asked before anything is changed. */
  readonly preconditions: readonly Precondition[];
}

/** The services of a plan with the edges between them; through services that it does not deploy as well. */
export function planGraph({ services }: Pick<DeploymentPlan, 'services'>): Graph {
  const names = new Set(services.map(({ name }) => name));
  return makeGraph(
    services.map(({ name, dependsOn }) => ({ name, dependsOn: dependsOn.filter((one) => names.has(one)) })),
  );
}

export interface PlanRequest {
  /** Services to deploy; empty: all that the graph file's `deploys` names, or all. */
  readonly services: readonly string[];
  /** Versions said by the user, by service. */
  readonly releases: ReadonlyMap<string, string>;
  /** What the packages say of themselves, by service. */
  readonly packages: ReadonlyMap<string, Release>;
  readonly subscription: string;
  /** Where the graph file names no resource group. */
  readonly resourceGroup: string | undefined;
  readonly parallel: number;
  readonly rollbackScope: RollbackScope;
  readonly policy: SwapPolicy;
  /** Resolves a package path of the graph file. */
  readonly resolve: (path: string) => string;
}

/** Pure: from the graph file and a request to a plan, or all that is wrong with it. */
export function planDeployment(
  catalogue: Catalogue,
  request: PlanRequest,
): { readonly plan: DeploymentPlan | undefined; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const known = new Map(catalogue.services.map((service) => [service.name, service]));
  for (const name of [...request.services, ...request.releases.keys()])
    if (!known.has(name))
      problems.push(`'${name}' is not a service of ${catalogue.file}. It has: ${[...known.keys()].join(', ')}.`);
  for (const name of request.services)
    if (known.has(name) && isElsewhere(catalogue, name))
      problems.push(`'${name}' is not among the services that deploys of ${catalogue.file} names: add it there.`);
  const chosen = chosenServices(catalogue, request.services);
  const releases = new Map(catalogue.services.map((service) => [service.name, releaseOf(service, request, problems)]));
  const graph = makeGraph(
    catalogue.services.map(({ name, dependsOn }) => ({ name, dependsOn: dependsOn.map((edge) => edge.service) })),
  );
  const services: PlannedService[] = [];
  const chosenNames = new Set(chosen.map(({ name }) => name));
  for (const service of catalogue.services) checkRanges(service, chosenNames, releases, catalogue, problems);
  for (const service of chosen) {
    const dependsOn = dependenciesOf(graph, [service.name]);
    const release = releases.get(service.name) ?? { version: null, digest: null };
    const planned = planService(
      service,
      { name: service.name, dependsOn, release, pointOfNoReturn: service.pointOfNoReturn },
      request,
      problems,
    );
    if (planned !== undefined) services.push(planned);
  }
  const preconditions = preconditionsOf(catalogue, chosen, request, problems);
  if (problems.length > 0) return { plan: undefined, problems };
  const { parallel, rollbackScope, policy } = request;
  return { plan: { schema: 1, services, parallel, rollbackScope, policy, preconditions }, problems };
}

/** The services that a request means, in the order of the graph file. */
export function chosenServices(catalogue: Catalogue, names: readonly string[]): readonly Service[] {
  return catalogue.services.filter(({ name }) =>
    names.length === 0 ? !isElsewhere(catalogue, name) : names.includes(name),
  );
}

function releaseOf(service: Service, request: PlanRequest, problems: string[]): Release {
  const said = request.releases.get(service.name);
  const found = request.packages.get(service.name) ?? { version: null, digest: null };
  if (service.kind === 'package') return { version: said ?? service.version, digest: null };
  if (said !== undefined && found.version !== null && said !== found.version)
    problems.push(
      `--release ${service.name}=${said} contradicts the package, whose package.json says ${found.version}. Deploy the other package or leave the version out.`,
    );
  return { version: said ?? found.version, digest: found.digest };
}

/**
 * A range whose dependency has no version known cannot be proven, and what is not proven does not pass. Also the ranges
 * of services that stay as they are: they get the new release all the same.
 */
function checkRanges(
  service: Service,
  chosen: ReadonlySet<string>,
  releases: ReadonlyMap<string, Release>,
  catalogue: Catalogue,
  problems: string[],
): void {
  for (const { service: dependency, range } of service.dependsOn) {
    if (range === undefined || !(chosen.has(service.name) || chosen.has(dependency))) continue;
    const version = releases.get(dependency)?.version ?? null;
    // What another pipeline deploys is asked for its version when the run begins.
    if (version === null && isElsewhere(catalogue, dependency)) continue;
    if (version === null)
      problems.push(
        `'${service.name}' needs ${dependency}@${range}, but the version of '${dependency}' is not known. Say it: --release ${dependency}=VERSION.`,
      );
    else if (!semver.satisfies(version, range, { includePrerelease: false }))
      problems.push(`'${service.name}' needs ${dependency}@${range}, but this run has ${dependency} ${version}.`);
  }
}

function planService(
  service: Service,
  base: PlannedBase,
  request: PlanRequest,
  problems: string[],
): PlannedService | undefined {
  switch (service.kind) {
    case 'containerApp':
    case 'staticWebApp':
    case 'database':
    case 'pipeline':
      problems.push(
        `'${service.name}' is a ${service.kind}, which cannot be deployed by Safe Rollout yet: name the other services, or deploy it in a job of its own and say so with deployedBy.`,
      );
      return undefined;
    case 'package':
      return { ...base, kind: 'package' };
    case 'command':
      return { ...base, kind: 'command', run: service.run, timeoutMs: service.timeoutMs };
    case 'appService': {
      const resourceGroup = service.resourceGroup ?? request.resourceGroup;
      if (resourceGroup === undefined)
        problems.push(`'${service.name}' has no resource group: add resourceGroup to it or to defaults.`);
      if (service.package === undefined)
        problems.push(`'${service.name}' has no package to deploy: add package: PATH to it.`);
      if (resourceGroup === undefined || service.package === undefined) return undefined;
      return plannedApp(service, base, request.subscription, resourceGroup, request.resolve(service.package));
    }
  }
}

/** An app as the state machines know it. @param file the zip to upload, or null: the slots are taken as they are */
export function plannedApp(
  service: AppService,
  base: PlannedBase,
  subscription: string,
  resourceGroup: string,
  file: string | null,
): PlannedApp {
  const { url, path, ...probe } = service.probe;
  const target = { subscription, resourceGroup, app: service.app, source: service.slot, destination: 'production' };
  return {
    ...base,
    kind: 'appService',
    target,
    file,
    health: { ...probe, path: url ?? path, version: service.version },
  };
}
