import { indexIn, type Graph } from './graph.ts';
import { topologicalOrder } from './order.ts';

/** How one node of a walk ended. */
export type Walked<T> =
  | { readonly name: string; readonly state: 'succeeded'; readonly value: T }
  | { readonly name: string; readonly state: 'failed'; readonly value: T }
  /** `visit` rejected. Counts as failed. */
  | { readonly name: string; readonly state: 'threw'; readonly error: unknown }
  /** Never started, because of the failed nodes `causes` (in input order) among what it depends on. */
  | { readonly name: string; readonly state: 'skipped'; readonly causes: readonly string[] }
  /** Never started, because the walk was stopped first. */
  | { readonly name: string; readonly state: 'stopped' };

export interface Walk<T> {
  /** At most this many nodes run at once; a whole number of at least 1. */
  readonly parallel: number;
  /** Once aborted, nothing more is started; what runs is waited for, and can listen to the same signal. */
  readonly signal?: AbortSignal;
  readonly visit: (name: string) => Promise<T>;
  /** Whether what depends on the node may go on. Default: always, unless `visit` rejects. */
  readonly succeeded?: (value: T, name: string) => boolean;
}

/**
 * Visits every node once, each as soon as all it depends on succeeded; when more are ready than may run, those with the
 * longest chain behind them first. Nodes below a failure are skipped; the rest goes on. Results in input order.
 * @throws RangeError for a bad `parallel`, Error when the graph has a cycle; never rejects because of `visit`
 */
export async function walk<T>(graph: Graph, options: Walk<T>): Promise<Walked<T>[]> {
  if (!Number.isInteger(options.parallel) || options.parallel < 1)
    throw new RangeError(`parallel must be a whole number of at least 1, not ${options.parallel}`);
  const rank = ranks(graph);
  const results = new Array<Walked<T> | undefined>(graph.names.length).fill(undefined);
  const waiting = graph.dependencies.map((list) => list.length);
  const ready = graph.names.map((_, node) => node).filter((node) => waiting[node] === 0);
  const byRank = (a: number, b: number): number => rank[a]! - rank[b]!;
  ready.sort(byRank);
  const running = new Set<Promise<void>>();

  const finish = (node: number, result: Walked<T>): void => {
    results[node] = result;
    if (result.state !== 'succeeded') return;
    for (const dependant of graph.dependants[node]!) if (--waiting[dependant]! === 0) insert(ready, dependant, byRank);
  };
  for (;;) {
    while (running.size < options.parallel && ready.length > 0 && options.signal?.aborted !== true) {
      const node = ready.shift()!;
      const run: Promise<void> = visitOne(options, graph.names[node]!).then((result) => {
        running.delete(run);
        finish(node, result);
      });
      running.add(run);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  return explain(graph, results);
}

async function visitOne<T>({ visit, succeeded }: Walk<T>, name: string): Promise<Walked<T>> {
  try {
    const value = await visit(name);
    return { name, state: succeeded?.(value, name) === false ? 'failed' : 'succeeded', value };
  } catch (error) {
    return { name, state: 'threw', error };
  }
}

/** Nodes without a result were skipped when a failure is above them, and stopped otherwise. */
function explain<T>(graph: Graph, results: readonly (Walked<T> | undefined)[]): Walked<T>[] {
  const causes = new Map<number, ReadonlySet<number>>();
  for (const name of topologicalOrder(graph)) {
    const node = indexIn(graph, name);
    if (results[node] !== undefined) continue;
    const above = new Set<number>();
    for (const dependency of graph.dependencies[node]!) {
      const state = results[dependency]?.state;
      if (state === 'failed' || state === 'threw') above.add(dependency);
      for (const cause of causes.get(dependency) ?? []) above.add(cause);
    }
    causes.set(node, above);
  }
  return graph.names.map((name, node) => {
    const above = [...(causes.get(node) ?? [])].sort((a, b) => a - b).map((cause) => graph.names[cause]!);
    return results[node] ?? (above.length > 0 ? { name, state: 'skipped', causes: above } : { name, state: 'stopped' });
  });
}

/** Order in which ready nodes start: by the longest chain of dependants, so that the critical path never waits. */
function ranks(graph: Graph): number[] {
  const height = graph.names.map(() => 0);
  for (const name of topologicalOrder(graph).reverse()) {
    const node = indexIn(graph, name);
    for (const dependant of graph.dependants[node]!) height[node] = Math.max(height[node]!, height[dependant]! + 1);
  }
  const order = graph.names.map((_, node) => node).sort((a, b) => height[b]! - height[a]! || a - b);
  const rank = order.slice();
  order.forEach((node, place) => (rank[node] = place));
  return rank;
}

function insert(sorted: number[], value: number, compare: (a: number, b: number) => number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]!, value) < 0) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
