import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findCycles, MOST_CYCLES } from '../../src/graph/cycles.ts';
import { makeGraph } from '../../src/graph/graph.ts';
import { anyDag, anyGraph, graphOf, RUNS, slowClosure } from './arbitrary.ts';

describe('findCycles', () => {
  const cases: [string[], [string[], string[], number][], string][] = [
    [['a:', 'b: a'], [], 'nothing in a proper order'],
    [['a: a'], [[['a'], ['a'], 1]], 'a self-dependency'],
    [['x: b', 'a: b', 'b: c', 'c: a'], [[['a', 'b', 'c'], ['a b c'], 1]], 'a ring, without what hangs on it'],
    [['c: a', 'a: b', 'b: c'], [[['c', 'a', 'b'], ['c a b'], 1]], 'a ring from its earliest member on'],
    [
      ['a: b', 'b: a', 'c: d', 'd: c'],
      [
        [['a', 'b'], ['a b'], 1],
        [['c', 'd'], ['c d'], 1],
      ],
      'two rings as two tangles',
    ],
    [['a: b c', 'b: a', 'c: a'], [[['a', 'b', 'c'], ['a b', 'a c'], 2]], 'two rings that share a member as one tangle'],
    [['a: b', 'b: c', 'c: a d', 'd: c'], [[['a', 'b', 'c', 'd'], ['a b c', 'c d'], 2]], 'a ring on a ring'],
    [
      ['w: y x', 'y: p w', 'p: q', 'q: x', 'x: y'],
      [[['w', 'y', 'p', 'q', 'x'], ['w x y', 'w y'], 2]],
      'the shortest cycle of each closing edge, though another one passes it',
    ],
    [
      ['w: m x', 'm: n', 'n: y', 'y: p w', 'p: q', 'q: r', 'r: x', 'x: y'],
      [[['w', 'm', 'n', 'y', 'p', 'q', 'r', 'x'], ['w x y'], 2]],
      'a cycle that holds two closing edges once',
    ],
  ];
  for (const [lines, expected, reason] of cases)
    it(`finds ${reason}`, () =>
      assert.deepEqual(
        findCycles(graphOf(...lines)),
        expected.map(([members, cycles, closingEdges]) => ({
          members,
          cycles: cycles.map((cycle) => cycle.split(' ')),
          closingEdges,
        })),
      ));

  it('shows at most twenty of a tangle and says how many edges close one', () => {
    const names = Array.from({ length: 9 }, (_, i) => `n${i}`);
    const [tangle] = findCycles(makeGraph(names.map((name) => ({ name, dependsOn: names.filter((n) => n !== name) }))));
    assert.equal(tangle!.cycles.length, MOST_CYCLES);
    assert.equal(tangle!.closingEdges, 36);
  });

  it('takes a ring of 5,000 and a chain of 5,000 without recursion', () => {
    const ring = Array.from({ length: 5000 }, (_, i) => ({ name: `${i}`, dependsOn: [`${(i + 1) % 5000}`] }));
    assert.equal(findCycles(makeGraph(ring))[0]!.cycles[0]!.length, 5000);
    const chain = ring.map((node, i) => (i === 4999 ? { ...node, dependsOn: [] } : node));
    assert.deepEqual(findCycles(makeGraph(chain)), []);
  });

  it('finds none where there is none', () =>
    fc.assert(
      fc.property(anyDag, (graph) => assert.deepEqual(findCycles(graph), [])),
      RUNS,
    ));

  it('finds exactly the members, real cycles, and enough closing edges to break them all', () =>
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const closed = slowClosure(graph);
        const tangles = findCycles(graph);
        const members = new Set(tangles.flatMap((tangle) => tangle.members));
        graph.names.forEach((name, node) => assert.equal(members.has(name), closed[node]![node], name));
        for (const { cycles, members: own, closingEdges } of tangles) {
          assert.ok(closingEdges >= cycles.length && cycles.length > 0);
          for (const cycle of cycles) {
            const places = cycle.map((name) => graph.indexOf.get(name)!);
            assert.equal(Math.min(...places), places[0]);
            assert.equal(new Set(cycle).size, cycle.length);
            places.forEach((node, at) =>
              assert.ok(graph.dependencies[node]!.includes(places[(at + 1) % places.length]!)),
            );
            assert.ok(cycle.every((name) => own.includes(name)));
          }
        }
      }),
      RUNS,
    ));
});
