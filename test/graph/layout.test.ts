import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layOut, type LayoutEdge } from '../../src/graph/layout.ts';

const SPACING = { columns: 100, rows: 20, lane: 10 };
const anyCase = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    nodes: fc.array(fc.record({ width: fc.integer({ min: 10, max: 90 }), height: fc.integer({ min: 10, max: 90 }) }), {
      minLength: size,
      maxLength: size,
    }),
    edges: fc.array(
      fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.boolean()).map(([a, b, layered]): LayoutEdge => ({
        from: Math.min(a, b),
        to: Math.max(a, b),
        layered: layered && a !== b,
      })),
      { maxLength: 20 },
    ),
  }),
);

describe('layOut', () => {
  it('lets every layered arrow go right, and no two boxes meet', () =>
    fc.assert(
      fc.property(anyCase, ({ nodes, edges }) => {
        const layout = layOut(nodes, edges, SPACING);
        const right = (at: number): number => layout.boxes[at]!.x + nodes[at]!.width;
        for (const { from, to, layered } of edges)
          if (layered) assert.ok(right(from) + SPACING.columns <= layout.boxes[to]!.x + 1e-6);
        layout.boxes.forEach((one, a) =>
          layout.boxes.forEach((other, b) => {
            if (a >= b || one.x !== other.x) return;
            const gap = Math.max(one.y - other.y - nodes[b]!.height, other.y - one.y - nodes[a]!.height);
            assert.ok(gap >= SPACING.rows - 1e-6, `${gap} between ${a} and ${b}`);
          }),
        );
        for (const [at, { x, y }] of layout.boxes.entries())
          assert.ok(
            x >= 0 && y >= -1e-6 && right(at) <= layout.width + 1e-6 && y + nodes[at]!.height <= layout.height + 1e-6,
          );
        assert.deepEqual(layOut(nodes, edges, SPACING), layout);
      }),
      { seed: 20261124, numRuns: 500 },
    ));

  it('refuses layered arrows in a circle', () => {
    const box = { width: 1, height: 1 };
    const edges = [
      { from: 0, to: 1, layered: true },
      { from: 1, to: 0, layered: true },
    ];
    assert.throws(() => layOut([box, box], edges, SPACING), /circle/);
    assert.doesNotThrow(() => layOut([box, box], [edges[0]!, { ...edges[1]!, layered: false }], SPACING));
  });

  it('places nothing, too', () =>
    assert.deepEqual(layOut([], [], SPACING), { width: 0, height: 0, boxes: [], lanes: [] }));
});
