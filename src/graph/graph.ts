/**
 * A directed graph over names, in the order they were given. An edge runs from a node to what it depends on. Nodes are
 * kept as indexes, so that every algorithm here is linear and free of recursion.
 */
export interface Graph {
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** For each node the nodes it depends on, in authored order, each once. */
  readonly dependencies: readonly (readonly number[])[];
  /** For each node the nodes that depend on it, in input order. */
  readonly dependants: readonly (readonly number[])[];
}

export interface GraphNode {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/**
 * Builds a graph. Cycles and self-dependencies are allowed here: `findCycles` names them.
 * @throws Error when a name is given twice or an edge leads to an unknown name: the caller checks names first
 */
export function makeGraph(nodes: readonly GraphNode[]): Graph {
  const names = nodes.map(({ name }) => name);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  if (indexOf.size !== names.length) throw new Error('a graph needs distinct names');
  const dependants: number[][] = names.map(() => []);
  const dependencies = nodes.map(({ name, dependsOn }, from) =>
    [...new Set(dependsOn)].map((wanted) => {
      const to = indexOf.get(wanted);
      if (to === undefined) throw new Error(`'${name}' depends on '${wanted}', which the graph does not have`);
      dependants[to]!.push(from);
      return to;
    }),
  );
  return { names, indexOf, dependencies, dependants };
}

/** The index of a name. @throws Error when the graph does not have it */
export function indexIn(graph: Graph, name: string): number {
  const index = graph.indexOf.get(name);
  if (index === undefined) throw new Error(`the graph has no '${name}'`);
  return index;
}
