import type { Graph } from './graph.ts';

/** More cycles than this in one tangle help nobody: the first ones have to be cut anyway. */
export const MOST_CYCLES = 20;
/** Each costs a walk through the tangle, and many closing edges may lead to the same few cycles. */
const MOST_SEARCHES = 10 * MOST_CYCLES;

/** One strongly connected component that holds a cycle: a tangle in which everything depends on everything. */
export interface Tangle {
  /** In input order. */
  readonly members: readonly string[];
  /** Distinct shortest cycles, at most `MOST_CYCLES`. Each starts at its earliest member; the way back is implied. */
  readonly cycles: readonly (readonly string[])[];
  /** Edges that close a cycle: without all of them the tangle would be a proper order. */
  readonly closingEdges: number;
}

/** Names every cycle of the graph by its tangle, in the order of the earliest member. Linear but for the cycles shown. */
export function findCycles(graph: Graph): Tangle[] {
  const tangleOf = components(graph);
  const members = new Map<number, number[]>();
  tangleOf.forEach((tangle, node) => {
    const list = members.get(tangle);
    if (list === undefined) members.set(tangle, [node]);
    else list.push(node);
  });
  return [...members.values()]
    .filter(([first, second]) => second !== undefined || graph.dependencies[first!]!.includes(first!))
    .map((nodes) => describe(graph, nodes));
}

function describe(graph: Graph, nodes: readonly number[]): Tangle {
  const inside = new Set(nodes);
  const closing = closingEdges(graph, nodes, inside);
  // Two closing edges can lie on one cycle; it is shown once.
  const shown = new Map<string, readonly number[]>();
  for (const [from, to] of closing.slice(0, MOST_SEARCHES)) {
    if (shown.size === MOST_CYCLES) break;
    const cycle = startAtEarliest(shortestPath(graph, inside, to, from));
    shown.set(cycle.join(' '), cycle);
  }
  const nameOf = (node: number): string => graph.names[node]!;
  return {
    members: nodes.map(nameOf),
    cycles: [...shown.values()].map((cycle) => cycle.map(nameOf)),
    closingEdges: closing.length,
  };
}

/** Edges back to a node that a depth-first walk, begun at the earliest member, is still inside of. */
function closingEdges(graph: Graph, nodes: readonly number[], inside: ReadonlySet<number>): [number, number][] {
  const found: [number, number][] = [];
  const state = new Map<number, 'open' | 'done'>([[nodes[0]!, 'open']]);
  const path: { node: number; next: number }[] = [{ node: nodes[0]!, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const to = graph.dependencies[top.node]![top.next++];
    if (to === undefined) {
      state.set(top.node, 'done');
      path.pop();
    } else if (state.get(to) === 'open') found.push([top.node, to]);
    else if (inside.has(to) && !state.has(to)) {
      state.set(to, 'open');
      path.push({ node: to, next: 0 });
    }
  }
  return found;
}

/** Breadth first, so the first way found is a shortest one; both ends are in the same tangle, so there is one. */
function shortestPath(graph: Graph, inside: ReadonlySet<number>, from: number, to: number): number[] {
  const cameFrom = new Map<number, number>([[from, from]]);
  for (const [node] of cameFrom) {
    if (node === to) break;
    for (const next of graph.dependencies[node]!) if (inside.has(next) && !cameFrom.has(next)) cameFrom.set(next, node);
  }
  const path = [to];
  for (let node = to; node !== from;) path.push((node = cameFrom.get(node)!));
  return path.reverse();
}

function startAtEarliest(cycle: readonly number[]): number[] {
  const start = cycle.reduce((best, node, at) => (node < cycle[best]! ? at : best), 0);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** Tarjan's algorithm with an explicit stack: a chain of thousands of services must not end the call stack. */
function components(graph: Graph): number[] {
  const size = graph.names.length;
  const component = new Array<number>(size).fill(-1);
  const entered = new Array<number>(size).fill(-1);
  const lowest = new Array<number>(size).fill(0);
  const open: number[] = [];
  let clock = 0;
  const enter = (node: number): { node: number; next: number } => {
    entered[node] = lowest[node] = clock++;
    open.push(node);
    return { node, next: 0 };
  };
  for (let root = 0; root < size; root++) {
    if (entered[root] !== -1) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      const to = graph.dependencies[node]![top.next++];
      if (to !== undefined) {
        if (entered[to] === -1) path.push(enter(to));
        else if (component[to] === -1) lowest[node] = Math.min(lowest[node]!, entered[to]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) lowest[parent] = Math.min(lowest[parent]!, lowest[node]!);
      if (lowest[node] !== entered[node]) continue;
      for (let member = -1; member !== node;) component[(member = open.pop()!)] = node;
    }
  }
  return component;
}
