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

/** What is known of a list of services, whatever is deployed; and what their order asks for, by the packages that are. */
interface Facts {
  readonly byName: ReadonlyMap<string, Service>;
  readonly tangleOf: ReadonlyMap<string, number>;
  readonly packages: readonly string[];
  readonly known: Map<string, Map<string, readonly Requirement[]>>;
}

const facts = new WeakMap<readonly Service[], Facts>();

function factsOf(services: readonly Service[]): Facts {
  const known = facts.get(services);
  if (known !== undefined) return known;
  const tangleOf = new Map<string, number>();
  const graph = dependencyGraph(services.map((service) => ({ ...service, version: undefined })));
  findCycles(graph).forEach(({ members }, at) => {
    for (const member of members) tangleOf.set(member, at);
  });
  const made: Facts = {
    byName: new Map(services.map((service) => [service.name, service])),
    tangleOf,
    packages: services.filter(travelsInside).map(({ name }) => name),
    known: new Map(),
  };
  facts.set(services, made);
  return made;
}

/**
 * What the order of a pipeline has to satisfy. Services inside a cycle of the graph require nothing of each other:
 * the cycle itself is the finding. What is not deployed here is another rule's finding. The same requirement is the same
 * object in every case of a pipeline.
 */
export function findRequirements(services: readonly Service[], matching: Matching): Requirement[] {
  const all = factsOf(services);
  const published = new Set(all.packages.filter((name) => matching.deployments.has(name)));
  const key = [...published].join();
  let known = all.known.get(key);
  if (known === undefined) all.known.set(key, (known = new Map<string, readonly Requirement[]>()));
  const found: Requirement[] = [];
  for (const service of services) {
    if (!matching.deployments.has(service.name)) continue;
    let own = known.get(service.name);
    if (own === undefined) known.set(service.name, (own = requirementsOf(service, all, published)));
    for (const one of own) found.push(one);
  }
  return found;
}

/** @param published packages that some job deploys */
function requirementsOf(
  { name: after, dependsOn }: Service,
  { byName, tangleOf }: Facts,
  published: ReadonlySet<string>,
): readonly Requirement[] {
  // A package is taken in while its consumer is built, at a version that its range names: who publishes it elsewhere,
  // and when, changes nothing here.
  const isPassedThrough = (service: Service): boolean => travelsInside(service) && !published.has(service.name);
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
}
