import semver from 'semver';
import { hasApp, isNamedByRun, isOnlyChecked, type Catalogue, type Service } from '../../catalogue/model.ts';
import { dependenciesOf } from '../../graph/order.ts';
import { makeGraph } from '../../graph/graph.ts';
import type { Release } from '../../journal/entry.ts';
import { kindOf } from '../kinds/table.ts';
import type { DeploymentPlan, PlannedService, PlanRequest } from '../plan/plan.ts';
import { isElsewhere, preconditionsOf } from './preconditions.ts';

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
    const kind = kindOf(service.kind);
    if (kind === undefined) {
      problems.push(
        isOnlyChecked(service)
          ? `'${service.name}' has no kind, so that only its place in the order is known: give it a kind to deploy it, or name the other services.`
          : `'${service.name}' is a ${service.kind}, which cannot be deployed by Safe Rollout yet: name the other services, or deploy it in a job of its own and say so with deployedBy.`,
      );
      continue;
    }
    if (hasApp(service) && isNamedByRun(service.app)) {
      problems.push(
        `'${service.name}' has the app '${service.app}', which only a run of its own pipeline knows: write the name of the app to deploy it, or name the other services.`,
      );
      continue;
    }
    const { name, pointOfNoReturn } = service;
    const planned = kind.plan(service, { name, dependsOn, release, pointOfNoReturn }, request);
    if ('kind' in planned) services.push(planned);
    else problems.push(...planned);
  }
  const preconditions = preconditionsOf(catalogue, chosen, request, problems);
  if (problems.length > 0) return { plan: undefined, problems };
  const { parallel, rollbackScope, policy } = request;
  return { plan: { schema: 2, services, parallel, rollbackScope, policy, preconditions }, problems };
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
  const own = kindOf(service.kind)?.releaseOf?.(service, said);
  if (own !== undefined) return own;
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
