import type { AppService, Catalogue } from '../../catalogue/model.ts';
import { makeGraph } from '../../graph/graph.ts';
import { dependenciesOf } from '../../graph/order.ts';
import type { SlotTarget } from '../../journal/slots.ts';
import { RolloutError } from '../errors.ts';
import { loadEnvironment, type ReadText } from '../planning/load-catalogue.ts';
import type { Precondition } from '../plan/plan.ts';
import { isElsewhere, preconditionsOf } from '../planning/preconditions.ts';

/** What a service graph says of the app whose slots are swapped. */
export interface PlaceInGraph {
  readonly service: string;
  /** All services of the graph that it needs, directly or not. */
  readonly dependsOn: readonly string[];
  /** What other pipelines must have deployed. */
  readonly preconditions: readonly Precondition[];
}

/**
 * Finds the service that a target belongs to, and what it needs of other pipelines.
 * @throws RolloutError `bad-input` when the file is no service graph, no service of it has the app, or a condition could
 *         not be asked
 */
export async function placeInGraph(
  { graphFile, environmentName }: { readonly graphFile: string; readonly environmentName?: string | undefined },
  target: SlotTarget,
  files: ReadText,
): Promise<PlaceInGraph> {
  const catalogue = await loadEnvironment(graphFile, environmentName, files);
  const problems: string[] = [];
  const service = serviceAt(catalogue, target, problems);
  if (service === undefined) throw new RolloutError({ code: 'bad-input', problems });
  if (isElsewhere(catalogue, service.name))
    problems.push(`'${service.name}' is not among the services that deploys of ${catalogue.file} names: add it there.`);
  const { subscription, resourceGroup } = target;
  const preconditions = preconditionsOf(catalogue, [service], { subscription, resourceGroup }, problems);
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  const graph = makeGraph(
    catalogue.services.map(({ name, dependsOn }) => ({ name, dependsOn: dependsOn.map((edge) => edge.service) })),
  );
  return { service: service.name, dependsOn: dependenciesOf(graph, [service.name]), preconditions };
}

/** Names of apps are unique in all of Azure, and in a graph file too. */
function serviceAt(catalogue: Catalogue, target: SlotTarget, problems: string[]): AppService | undefined {
  const apps = catalogue.services.filter((service) => service.kind === 'appService');
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  const service = apps.find(
    ({ app, resourceGroup = target.resourceGroup }) =>
      same(app, target.app) && same(resourceGroup, target.resourceGroup),
  );
  const has = apps.map(({ name, app, resourceGroup }) => `${name} (${[resourceGroup, app].filter(Boolean).join('/')})`);
  if (service === undefined)
    problems.push(
      `No service of ${catalogue.file} is app '${target.app}' in resource group '${target.resourceGroup}'. It has: ${has.length === 0 ? 'no app' : has.join(', ')}.`,
    );
  return service;
}
