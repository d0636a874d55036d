/** A box to be placed. Heights and widths are in any unit, as long as it is one. */
export interface LayoutNode {
  readonly width: number;
  readonly height: number;
}

/** An arrow from one box to another, by index. Arrows that are not `layered` are drawn, but move no box. */
export interface LayoutEdge {
  readonly from: number;
  readonly to: number;
  readonly layered: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Upper left corners, in the order of the nodes. */
  readonly boxes: readonly Point[];
  /** For each edge the lanes it takes through the columns between its ends: left and right end of each. */
  readonly lanes: readonly (readonly (readonly [Point, Point])[])[];
}

export interface Spacing {
  /** Between columns, for the arrows. */
  readonly columns: number;
  readonly rows: number;
  /** Height of the lane of an arrow that passes a column. */
  readonly lane: number;
}

/** Rounds in which columns are put in the order of their neighbours; more change little. */
const ROUNDS = 12;
/** Above this, arrows are drawn straight: nobody follows that many lanes. */
const MOST_LANES = 4000;

interface Item {
  readonly column: number;
  readonly width: number;
  readonly height: number;
  readonly neighbours: { readonly left: number[]; readonly right: number[] };
  /** Place in its column, from above. */
  order: number;
  /** Centre. */
  y: number;
}

/**
 * Places boxes in columns from left to right, so that every layered arrow goes right; in each column in an order that
 * crosses few arrows, near the boxes that they are joined to. The same input gives the same places.
 * @throws Error when the layered edges have a cycle
 */
export function layOut(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], spacing: Spacing): Layout {
  const columnOf = findColumns(nodes.length, edges);
  const items: Item[] = nodes.map(({ width, height }, at) => item(columnOf[at]!, width, height));
  const chains = makeChains(items, edges, columnOf, spacing.lane);
  const columns = groupColumns(items);
  for (let round = 0; round < ROUNDS; round++) sweep(columns, items, round % 2 === 0 ? 'left' : 'right');
  for (let round = 0; round < ROUNDS; round++) settle(columns, items, spacing, round % 2 === 0 ? 'left' : 'right');
  settle(columns, items, spacing, undefined);
  const top = Math.min(0, ...items.map(({ y, height }) => y - height / 2));
  const starts = columnStarts(columns, items, spacing);
  const boxes = nodes.map(({ height }, at) => ({ x: starts[items[at]!.column]!, y: items[at]!.y - height / 2 - top }));
  const lanes = chains.map((chain) =>
    chain.map((at): [Point, Point] => {
      const { column, y } = items[at]!;
      return [
        { x: starts[column]!, y: y - top },
        { x: starts[column + 1]! - spacing.columns, y: y - top },
      ];
    }),
  );
  const height = Math.max(0, ...items.map(({ y, height: own }) => y + own / 2 - top));
  return { width: Math.max(0, (starts.at(-1) ?? 0) - spacing.columns), height, boxes, lanes };
}

function item(column: number, width: number, height: number): Item {
  return { column, width, height, neighbours: { left: [], right: [] }, order: 0, y: 0 };
}

/** The column of a box is the length of the longest way to it. */
function findColumns(size: number, edges: readonly LayoutEdge[]): number[] {
  const column = Array.from({ length: size }, () => 0);
  const waiting = Array.from({ length: size }, () => 0);
  const next: number[][] = Array.from({ length: size }, () => []);
  for (const { from, to, layered } of edges) {
    if (!layered || from === to) continue;
    next[from]!.push(to);
    waiting[to]!++;
  }
  const ready = waiting.flatMap((count, at) => (count === 0 ? [at] : []));
  for (const at of ready)
    for (const to of next[at]!) {
      column[to] = Math.max(column[to]!, column[at]! + 1);
      if (--waiting[to]! === 0) ready.push(to);
    }
  if (ready.length < size) throw new Error('arrows in a circle have no columns');
  return column;
}

/** Puts a lane for each edge into every column that it passes, and joins neighbours. @returns lanes by edge */
function makeChains(
  items: Item[],
  edges: readonly LayoutEdge[],
  columnOf: readonly number[],
  lane: number,
): number[][] {
  let room = MOST_LANES;
  return edges.map(({ from, to }) => {
    const [first, last] = columnOf[from]! <= columnOf[to]! ? [from, to] : [to, from];
    const chain: number[] = [];
    room -= Math.max(0, columnOf[last]! - columnOf[first]! - 1);
    for (let column = columnOf[first]! + 1; column < columnOf[last]! && room >= 0; column++)
      chain.push(items.push(item(column, 0, lane)) - 1);
    const way = [first, ...chain, last];
    way.forEach((at, place) => {
      const right = way[place + 1];
      if (right === undefined || items[at]!.column === items[right]!.column) return;
      items[at]!.neighbours.right.push(right);
      items[right]!.neighbours.left.push(at);
    });
    return first === from ? chain : chain.reverse();
  });
}

function groupColumns(items: readonly Item[]): number[][] {
  const columns: number[][] = [];
  items.forEach(({ column }, at) => (columns[column] ??= []).push(at));
  for (const column of columns) column.forEach((at, order) => (items[at]!.order = order));
  return columns;
}

/** Orders each column by the mean place of its neighbours on one side. */
function sweep(columns: readonly number[][], items: readonly Item[], side: 'left' | 'right'): void {
  for (const column of side === 'left' ? columns : columns.toReversed()) {
    const wanted = new Map(
      column.map((at) => {
        const places = items[at]!.neighbours[side].map((other) => items[other]!.order / sizeOf(columns, items, other));
        return [at, places.length === 0 ? items[at]!.order / column.length : mean(places)];
      }),
    );
    column.sort((a, b) => wanted.get(a)! - wanted.get(b)! || items[a]!.order - items[b]!.order);
    column.forEach((at, order) => (items[at]!.order = order));
  }
}

function sizeOf(columns: readonly number[][], items: readonly Item[], at: number): number {
  return columns[items[at]!.column]!.length;
}

/** Moves the items of each column as near to their neighbours as their order and distance allow. */
function settle(
  columns: readonly number[][],
  items: readonly Item[],
  { rows }: Spacing,
  side: 'left' | 'right' | undefined,
): void {
  for (const column of side === 'right' ? columns.toReversed() : columns) {
    // Distances are taken out first: what is left has only to be in order, which pooling does best.
    let below = 0;
    const shift = column.map((at, place) => {
      const { height } = items[at]!;
      if (place > 0) below += items[column[place - 1]!]!.height / 2 + rows + height / 2;
      return below;
    });
    const middle = (shift.at(-1) ?? 0) / 2;
    const wanted = column.map((at, place) => {
      const { neighbours, y } = items[at]!;
      const near = side === undefined ? [...neighbours.left, ...neighbours.right] : neighbours[side];
      const goal = near.length === 0 ? y : mean(near.map((other) => items[other]!.y));
      return goal - shift[place]! + middle;
    });
    const pooled = inOrder(wanted);
    column.forEach((at, place) => (items[at]!.y = pooled[place]! + shift[place]! - middle));
  }
}

/** The nearest values that do not fall (least squares, by pooling neighbours that do). */
function inOrder(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    pools.push({ sum: value, count: 1 });
    for (let last = pools.length - 1; last > 0; last--) {
      const [above, here] = [pools[last - 1]!, pools[last]!];
      if (above.sum / above.count <= here.sum / here.count) break;
      pools.splice(last - 1, 2, { sum: above.sum + here.sum, count: above.count + here.count });
    }
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}

function columnStarts(columns: readonly number[][], items: readonly Item[], spacing: Spacing): number[] {
  const starts = [0];
  for (const column of columns)
    starts.push(starts.at(-1)! + Math.max(0, ...column.map((at) => items[at]!.width)) + spacing.columns);
  return starts;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
