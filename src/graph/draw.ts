import type { Graph } from './graph.ts';

/**
 * The graph as a Mermaid flow chart. Arrows follow time: from a node to what waits for it.
 * @param label text of a node; the default is its name
 */
export function drawMermaid(graph: Graph, label: (name: string) => string = (name) => name): string {
  const nodes = graph.names.map((name, node) => `  n${node}["${escapeMermaid(label(name))}"]`);
  return ['flowchart LR', ...nodes, ...edges(graph).map(([from, to]) => `  n${from} --> n${to}`), ''].join('\n');
}

/** The graph in the DOT language of Graphviz. Arrows as in `drawMermaid`. */
export function drawDot(graph: Graph, label: (name: string) => string = (name) => name): string {
  const nodes = graph.names.map((name, node) => `  n${node} [label="${escapeDot(label(name))}"];`);
  const arrows = edges(graph).map(([from, to]) => `  n${from} -> n${to};`);
  return ['digraph services {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...arrows, '}', ''].join('\n');
}

function edges(graph: Graph): [number, number][] {
  return graph.dependencies.flatMap((list, node) => list.map((dependency): [number, number] => [dependency, node]));
}

/** Text for a quoted label. Mermaid reads `#35;` style entities inside quoted labels; everything that is no plain sign becomes one. */
export function escapeMermaid(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._,:/@()=+-]/gu, (sign) => `#${sign.codePointAt(0)!};`);
}

/** Text for a quoted label. */
export function escapeDot(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\r?\n/g, '\\n');
}
