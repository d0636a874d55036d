import semver from 'semver';
import type { Position } from '../finding/finding.ts';
import { nearest } from '../finding/nearest.ts';
import { findCycles, MOST_CYCLES, type Tangle } from '../graph/cycles.ts';
import { makeGraph, type Graph } from '../graph/graph.ts';
import type { ServiceNode } from './model.ts';

/** Something wrong with the edges of a service graph. Which rule it is reported under depends on who asks. */
export interface EdgeProblem {
  readonly place: Position;
  readonly message: string;
  readonly services: readonly string[];
}

/** A cycle of thousands is shown by its first members. */
const MOST_MEMBERS = 20;

/** The known edges of the services as a graph; edges to nowhere and to themselves are left out. */
export function dependencyGraph(services: readonly ServiceNode[]): Graph {
  const names = new Set(services.map(({ name }) => name));
  return makeGraph(
    services.map(({ name, dependsOn }) => ({
      name,
      dependsOn: dependsOn.map(({ service }) => service).filter((other) => other !== name && names.has(other)),
    })),
  );
}

/** Looking for the nearest name costs a look at every name; a file that is wrong everywhere needs no more than this. */
const MOST_SUGGESTIONS = 20;

/** Dependencies that no service has the name of. */
export function unknownDependencies(services: readonly ServiceNode[]): EdgeProblem[] {
  const names = new Set(services.map(({ name }) => name));
  let suggestions = 0;
  return services.flatMap(({ name, dependsOn }) =>
    dependsOn
      .filter(({ service }) => !names.has(service))
      .map((edge) => {
        const meant = suggestions++ < MOST_SUGGESTIONS ? nearest(edge.service, names) : undefined;
        const cure = meant === undefined ? `add it under services, or remove the edge` : `did you mean '${meant}'?`;
        return {
          place: edge,
          message: `${name} depends on unknown service '${edge.service}'; ${cure}`,
          services: [name],
        };
      }),
  );
}

/** One problem for each tangle of services that depend on each other, at the edge that begins its first cycle. */
export function dependencyCycles(services: readonly ServiceNode[]): EdgeProblem[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  return findCycles(dependencyGraph(services)).map((tangle) => {
    const [first = '', second = ''] = tangle.cycles[0]!;
    const start = byName.get(first)!;
    const place = start.dependsOn.find(({ service }) => service === second) ?? start;
    return { place, message: describeTangle(tangle), services: tangle.members };
  });
}

function describeTangle({ members, cycles, closingEdges }: Tangle): string {
  const drawn = cycles.map((cycle) => shorten([...cycle, cycle[0]!], ' -> ')).join('; ');
  const cure = 'no order can satisfy it: remove one of these edges';
  if (cycles.length === 1) return `dependency cycle ${drawn}; ${cure}`;
  const all =
    closingEdges > MOST_CYCLES ? ` (${closingEdges} edges close a cycle; ${cycles.length} cycles are shown)` : '';
  const several = 'no order can satisfy them: remove one edge of each';
  return `${cycles.length} dependency cycles among ${shorten(members, ', ')}${all}: ${drawn}; ${several}`;
}

function shorten(names: readonly string[], separator: string): string {
  if (names.length <= MOST_MEMBERS + 1) return names.join(separator);
  const left = names.length - MOST_MEMBERS;
  return [...names.slice(0, MOST_MEMBERS - 1), `... ${left} more ...`, names.at(-1)!].join(separator);
}

/** Edges of a service to itself and edges written twice. */
export function wrongEdges(services: readonly ServiceNode[]): EdgeProblem[] {
  return services.flatMap(({ name, dependsOn }) => {
    const seen = new Set<string>();
    return dependsOn.flatMap((edge): EdgeProblem[] => {
      const { service } = edge;
      if (service === name)
        return [{ place: edge, message: `${name} depends on itself; remove the edge`, services: [name] }];
      if (seen.has(service))
        return [
          { place: edge, message: `${name} depends on ${service} twice; write it once`, services: [name, service] },
        ];
      seen.add(service);
      return [];
    });
  });
}

/**
 * Ranges that the declared version does not satisfy and, where none is declared, ranges of two dependents that no one
 * version can satisfy: only one release of a service is before its users.
 */
export function versionMismatches(services: readonly ServiceNode[]): EdgeProblem[] {
  const versions = new Map(services.map(({ name, version }) => [name, version]));
  const ranges = new Map<string, { readonly name: string; readonly range: string }[]>();
  return services.flatMap(({ name, dependsOn }) =>
    dependsOn.flatMap((edge): EdgeProblem[] => {
      const { service, range } = edge;
      if (range === undefined || service === name) return [];
      const version = versions.get(service);
      if (version !== undefined)
        return semver.satisfies(version, range)
          ? []
          : [
              {
                place: edge,
                message: `${name} needs ${service}@${range}, but ${service} is declared as ${version}`,
                services: [name, service],
              },
            ];
      const others = ranges.get(service) ?? [];
      const other = others.find((one) => !semver.intersects(one.range, range));
      ranges.set(service, [...others, { name, range }]);
      if (other === undefined) return [];
      const message = `${name} needs ${service}@${range}, but ${other.name} needs ${service}@${other.range}: no version is both`;
      return [{ place: edge, message, services: [name, service] }];
    }),
  );
}
