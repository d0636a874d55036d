import { dependencyGraph } from '../../catalogue/edges.ts';
import { travelsInside, type Dependency, type Service } from '../../catalogue/model.ts';
import { findCycles } from '../../graph/cycles.ts';
import type { Matching } from '../match/deployments.ts';

/** `after` has to be deployed after `before`: by an edge of the graph, or by several through packages. */
export interface Requirement {
  readonly after: string;
  readonly before: string;
  /** Packages in between, from `after` to `before`, that no job deploys. */
  readonly through: readonly string[];
}

/**
 * What the order of a pipeline has to satisfy. Services inside a cycle of the graph require nothing of each other:
 * the cycle itself is the finding. What is not deployed here is another rule's finding.
 */
export function findRequirements(services: readonly Service[], matching: Matching): Requirement[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const tangleOf = new Map<string, number>();
  const graph = dependencyGraph(services.map((service) => ({ ...service, version: undefined })));
  findCycles(graph).forEach(({ members }, at) => {
    for (const member of members) tangleOf.set(member, at);
  });
  // A package is taken in while its consumer is built, at a version that its range names: who publishes it elsewhere,
  // and when, changes nothing here.
  const isPassedThrough = (service: Service): boolean =>
    travelsInside(service) && !matching.deployments.has(service.name);
  return services
    .filter(({ name }) => matching.deployments.has(name))
    .flatMap(({ name: after, dependsOn }) => {
      const found: Requirement[] = [];
      const seen = new Set<string>([after]);
      const waiting: { edge: Dependency; through: readonly string[] }[] = [];
      const enqueue = (edges: readonly Dependency[], through: readonly string[]): void => {
        for (const edge of edges) waiting.push({ edge, through });
      };
      enqueue(dependsOn, []);
      for (const { edge, through } of waiting) {
        const before = byName.get(edge.service);
        if (before === undefined || seen.has(before.name)) continue;
        seen.add(before.name);
        if (isPassedThrough(before)) enqueue(before.dependsOn, [...through, before.name]);
        else if (tangleOf.get(after) === undefined || tangleOf.get(after) !== tangleOf.get(before.name))
          found.push({ after, before: before.name, through });
      }
      return found;
    });
}
