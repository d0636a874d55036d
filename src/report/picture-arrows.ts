import { xmlAttribute } from '../finding/xml.ts';
import type { Point } from '../graph/layout.ts';

/** Room between boxes, in pixels, for the arrows that run there. */
export const SPACING = { columns: 104, rows: 26, lane: 20 };

/** Where arrows of a box begin and end: at its head, or at a service in it. */
export interface Port {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** A smooth way from one port to another, through the lanes in between. */
export function curve(
  from: Port,
  to: Port,
  lanes: readonly (readonly [Point, Point])[],
): { path: string; middle: Point } {
  const forward = from.right <= to.left;
  const backward = to.right <= from.left;
  if (!forward && !backward) return loop(from, to);
  const bend = Math.min(48, SPACING.columns * 0.46) * (forward ? 1 : -1);
  const start = { x: forward ? from.right : from.left, y: from.y };
  const end = { x: (forward ? to.left : to.right) - Math.sign(bend) * 3, y: to.y };
  const points = [start, ...lanes.flatMap(([left, right]) => (forward ? [left, right] : [right, left])), end];
  const parts = [`M${place(start)}`];
  points.slice(1).forEach((point, index) => {
    const last = points[index]!;
    const isLane = index % 2 === 1;
    if (isLane) parts.push(`L${place(point)}`);
    else
      parts.push(
        `C${place({ x: last.x + bend, y: last.y })} ${place({ x: point.x - bend, y: point.y })} ${place(point)}`,
      );
  });
  const [a, b] = [points[points.length - 2]!, end];
  return { path: parts.join(' '), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

/** Between two that stand above each other: out to the right and back. */
function loop(from: Port, to: Port): { path: string; middle: Point } {
  const side = Math.max(from.right, to.right);
  const out = side + 34 + Math.min(20, Math.abs(to.y - from.y) / 12);
  const end = { x: to.right + 3, y: to.y };
  const path = `M${place({ x: from.right, y: from.y })} C${place({ x: out, y: from.y })} ${place({ x: out, y: to.y })} ${place(end)}`;
  return { path, middle: { x: (from.right + 6 * (out - 0) + to.right) / 8, y: (from.y + to.y) / 2 } };
}

/** The head of an arrow, by the name of its kind. */
export function marker(name: string): string {
  return `<marker id="${name}" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head ${xmlAttribute(name)}" d="M0.5 0.5 L7.5 4 L0.5 7.5 Z"/></marker>`;
}

/** A point as paths and transforms write it. */
export function place({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
