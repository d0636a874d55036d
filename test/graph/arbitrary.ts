import fc from 'fast-check';
import { makeGraph, type Graph, type GraphNode } from '../../src/graph/graph.ts';

/** Same graphs in every run: a failure can be looked at again. */
export const RUNS = { seed: 20260105, numRuns: 300 };

/** `a: b c` is one node and what it depends on. */
export function graphOf(...lines: string[]): Graph {
  return makeGraph(
    lines.map((line): GraphNode => {
      const [name = '', rest = ''] = line.split(':');
      return { name: name.trim(), dependsOn: rest.split(' ').filter((word) => word !== '') };
    }),
  );
}

/** Any graph, with cycles and self-dependencies. */
export const anyGraph = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc
      .array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: size * 3 })
      .map((edges) => fromEdges(size, edges)),
  );

/** A graph without cycles whose input order says nothing about its edges. */
export const anyDag = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: size * 2 }),
    )
    .map(([place, edges]) =>
      fromEdges(
        size,
        edges
          .filter(([a, b]) => a !== b)
          .map(([a, b]): [number, number] => [place[Math.max(a, b)]!, place[Math.min(a, b)]!]),
      ),
    ),
);

function fromEdges(size: number, edges: readonly (readonly [number, number])[]): Graph {
  return makeGraph(
    Array.from({ length: size }, (_, node) => ({
      name: `n${node}`,
      dependsOn: edges.filter(([from]) => from === node).map(([, to]) => `n${to}`),
    })),
  );
}

/** The plainest transitive closure there is, to judge the quick ones by. */
export function slowClosure(graph: Graph): boolean[][] {
  const closed = graph.names.map((_, from) => graph.names.map((__, to) => graph.dependencies[from]!.includes(to)));
  graph.names.forEach((_, middle) =>
    closed.forEach((row) => {
      if (row[middle]!) closed[middle]!.forEach((yes, to) => (row[to] ||= yes));
    }),
  );
  return closed;
}
