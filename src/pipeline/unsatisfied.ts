import type { Position } from '../finding/finding.ts';
import { findCycles } from '../graph/cycles.ts';
import { makeGraph } from '../graph/graph.ts';
import { foldedName } from './folded-name.ts';
import type { Reference } from './model.ts';

/** A stage among stages or a job among the jobs of a stage. */
export interface Node extends Position {
  readonly name: string;
  readonly named: boolean;
  readonly dependsOn: readonly Reference[];
}

/** The service's sentences about one list of nodes, word for word. */
export interface Sentences {
  readonly noStart: string;
  readonly unknown: (node: string, on: string) => string;
  readonly cycle: (node: string, on: string) => string;
  readonly twice: (node: string) => string;
  readonly invalid: (node: string) => string;
  /** What is known of a name that no node of the list has. */
  readonly elsewhere: (name: string) => string | undefined;
}

/** For each node, whether it can ever start. */
export function satisfiable(nodes: readonly Node[], index: ReadonlyMap<string, number>): boolean[] {
  const dependants: number[][] = nodes.map(() => []);
  const waiting = nodes.map(({ dependsOn }, at) => {
    // The service keeps dependencies as a set of names without case.
    const names = new Set(dependsOn.map(foldedName));
    for (const name of names) dependants[index.get(name) ?? -1]?.push(at);
    return names.size;
  });
  const reached = nodes.map((_, at) => at).filter((at) => waiting[at] === 0);
  for (const node of reached) for (const next of dependants[node]!) if (--waiting[next]! === 0) reached.push(next);
  const satisfied = nodes.map(() => false);
  for (const node of reached) satisfied[node] = true;
  return satisfied;
}

export type Cause = (from: number, to: number) => string;

/** Why an edge stays unsatisfied: a cycle it is part of, or what the node it leads to waits for in the end. */
export function causes(
  nodes: readonly Node[],
  index: ReadonlyMap<string, number>,
  satisfied: readonly boolean[],
  say: Sentences,
): Cause {
  const tangles = tanglesOf(nodes, index);
  const roots = new Map<number, string>();
  const rootOf = (start: number): string => {
    const path: number[] = [];
    let at = start;
    // Follow the first unsatisfied edge until a node is itself at fault; this ends, since a way round is a tangle.
    for (;;) {
      const known = roots.get(at) ?? fault(at);
      path.push(at);
      if (known === undefined) {
        at = nodes[at]!.dependsOn.map((edge) => index.get(foldedName(edge))!).find((to) => !satisfied[to]!)!;
        continue;
      }
      for (const node of path) roots.set(node, known);
      return known;
    }
  };
  const fault = (at: number): string | undefined => {
    const tangle = tangles.get(at);
    if (tangle !== undefined) return `the cycle ${tangle.cycle}`;
    const unknown = nodes[at]!.dependsOn.find((edge) => !index.has(foldedName(edge)));
    return (
      unknown &&
      `${nodes[at]!.name}, of which the service says: ${say.unknown(nodes[at]!.name, unknown.name).slice(0, -1)}`
    );
  };
  return (from, to) => {
    const tangle = tangles.get(to);
    if (tangle !== undefined && tangles.get(from) === tangle) return `the cycle ${tangle.cycle}`;
    return `${nodes[from]!.name} is in no cycle with ${nodes[to]!.name}; it waits for ${rootOf(to)}`;
  };
}

export function tanglesOf(
  nodes: readonly Node[],
  index: ReadonlyMap<string, number>,
): ReadonlyMap<number, { readonly cycle: string }> {
  const graph = makeGraph(
    nodes.map(({ dependsOn }, at) => ({
      name: String(at),
      dependsOn: dependsOn.flatMap((edge) => index.get(foldedName(edge)) ?? []).map(String),
    })),
  );
  const found = new Map<number, { readonly cycle: string }>();
  for (const { members, cycles } of findCycles(graph)) {
    const first = cycles[0]!;
    const names = [...first, first[0]!].map((at) => nodes[Number(at)]!.name);
    const tangle = {
      cycle: names.length > 20 ? [...names.slice(0, 19), '...', names[0]!].join(' -> ') : names.join(' -> '),
    };
    for (const member of members) found.set(Number(member), tangle);
  }
  return found;
}
