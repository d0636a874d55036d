import { indexIn, type Graph } from './graph.ts';

/**
 * Groups the names so that each depends only on earlier groups; as few groups as possible, input order inside each.
 * @throws Error when the graph has a cycle
 */
export function waves(graph: Graph): string[][] {
  const waiting = graph.dependencies.map((list) => list.length);
  const found: string[][] = [];
  let current = graph.names.map((_, node) => node).filter((node) => waiting[node] === 0);
  let placed = 0;
  while (current.length > 0) {
    placed += current.length;
    found.push(current.map((node) => graph.names[node]!));
    const next: number[] = [];
    for (const node of current)
      for (const dependant of graph.dependants[node]!) if (--waiting[dependant]! === 0) next.push(dependant);
    current = next.sort((a, b) => a - b);
  }
  if (placed < graph.names.length) throw new Error('a graph with a cycle has no order');
  return found;
}

/** Every name after all it depends on; deterministic. @throws Error when the graph has a cycle */
export function topologicalOrder(graph: Graph): string[] {
  return waves(graph).flat();
}

/** All that the given names depend on, directly or not, without the names themselves; in input order. */
export function dependenciesOf(graph: Graph, names: readonly string[]): string[] {
  return reach(graph, names, graph.dependencies);
}

/** All that depends on the given names, directly or not, without the names themselves; in input order. */
export function dependantsOf(graph: Graph, names: readonly string[]): string[] {
  return reach(graph, names, graph.dependants);
}

function reach(graph: Graph, names: readonly string[], edges: Graph['dependencies']): string[] {
  const starts = names.map((name) => indexIn(graph, name));
  const seen = new Set(starts);
  // A set grows while it is walked: this visits each node once, in the order it was found.
  for (const node of seen) for (const next of edges[node]!) seen.add(next);
  for (const start of starts) seen.delete(start);
  return [...seen].sort((a, b) => a - b).map((node) => graph.names[node]!);
}

/** Sources treated at once by `findPaths`: one word of 32 for each, so that memory stays linear in the graph. */
const BLOCK_WORDS = 32;

/**
 * Answers for each pair whether `to` depends on `from`, directly or not; a node does not depend on itself.
 * Bit sets run once through the graph for each thousand distinct sources: a few milliseconds for thousands of pairs.
 * @throws Error when the graph has a cycle
 */
export function findPaths(graph: Graph, pairs: readonly { readonly from: string; readonly to: string }[]): boolean[] {
  if (pairs.length === 0) return [];
  const order = topologicalOrder(graph).map((name) => indexIn(graph, name));
  const answers = pairs.map(() => false);
  const sources = [...new Set(pairs.map(({ from }) => indexIn(graph, from)))];
  const perBlock = BLOCK_WORDS * 32;
  for (let begin = 0; begin < sources.length; begin += perBlock) {
    const bitOf = new Map(sources.slice(begin, begin + perBlock).map((node, bit) => [node, bit]));
    const reached = spread(graph, order, bitOf);
    pairs.forEach(({ from, to }, at) => {
      const bit = bitOf.get(indexIn(graph, from));
      if (bit === undefined) return;
      const word = reached[indexIn(graph, to) * BLOCK_WORDS + (bit >>> 5)]!;
      answers[at] = ((word >>> (bit & 31)) & 1) === 1;
    });
  }
  return answers;
}

/** For each node, `BLOCK_WORDS` words whose bits are the sources that it depends on. */
function spread(graph: Graph, order: readonly number[], bitOf: ReadonlyMap<number, number>): Uint32Array {
  const reached = new Uint32Array(graph.names.length * BLOCK_WORDS);
  const words = Math.ceil(bitOf.size / 32);
  for (const node of order) {
    const at = node * BLOCK_WORDS;
    for (const dependency of graph.dependencies[node]!) {
      const from = dependency * BLOCK_WORDS;
      for (let word = 0; word < words; word++) reached[at + word]! |= reached[from + word]!;
      const bit = bitOf.get(dependency);
      if (bit !== undefined) reached[at + (bit >>> 5)]! |= 1 << (bit & 31);
    }
  }
  return reached;
}
