import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeGraph } from '../../src/graph/graph.ts';
import { dependantsOf, dependenciesOf, findPaths, topologicalOrder, waves } from '../../src/graph/order.ts';
import { anyDag, anyGraph, graphOf, RUNS, slowClosure } from './arbitrary.ts';

const CONTOSO = graphOf('core:', 'db:', 'payments: core db', 'notify: core', 'store: payments');

describe('graph order', () => {
  it('puts each name into the earliest wave it can be in', () =>
    assert.deepEqual(waves(CONTOSO), [['core', 'db'], ['payments', 'notify'], ['store']]));

  it('finds what is above and below, in input order, without the start', () => {
    assert.deepEqual(dependenciesOf(CONTOSO, ['store']), ['core', 'db', 'payments']);
    assert.deepEqual(dependantsOf(CONTOSO, ['core']), ['payments', 'notify', 'store']);
    assert.deepEqual(dependantsOf(CONTOSO, ['db', 'payments']), ['store']);
  });

  it('refuses a cycle, an unknown name and a name given twice', () => {
    assert.throws(() => waves(graphOf('a: b', 'b: a')), /cycle/);
    assert.throws(() => graphOf('a: b'), /'a' depends on 'b'/);
    assert.throws(() => graphOf('a:', 'a:'), /distinct/);
    assert.throws(() => dependenciesOf(CONTOSO, ['nobody']), /no 'nobody'/);
  });

  it('orders every graph so that dependencies come first, in waves that cannot be fewer', () =>
    fc.assert(
      fc.property(anyDag, (graph) => {
        const order = topologicalOrder(graph);
        assert.deepEqual([...order].sort(), [...graph.names].sort());
        const waveOf = new Map(waves(graph).flatMap((wave, at) => wave.map((name): [string, number] => [name, at])));
        graph.names.forEach((name, node) => {
          const above = graph.dependencies[node]!.map((dependency) => graph.names[dependency]!);
          for (const dependency of above) assert.ok(order.indexOf(dependency) < order.indexOf(name));
          assert.equal(waveOf.get(name), Math.max(-1, ...above.map((dependency) => waveOf.get(dependency)!)) + 1);
        });
      }),
      RUNS,
    ));

  it('reaches what the plain closure reaches', () =>
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const closed = slowClosure(graph);
        graph.names.forEach((name, node) => {
          const expected = graph.names.filter((_, to) => to !== node && closed[node]![to]);
          assert.deepEqual(dependenciesOf(graph, [name]), expected);
          const below = graph.names.filter((_, from) => from !== node && closed[from]![node]);
          assert.deepEqual(dependantsOf(graph, [name]), below);
        });
      }),
      RUNS,
    ));

  it('answers every pair as the plain closure does', () =>
    fc.assert(
      fc.property(anyDag, (graph) => {
        const closed = slowClosure(graph);
        const pairs = graph.names.flatMap((from) => graph.names.map((to) => ({ from, to })));
        const expected = pairs.map(({ from, to }) => closed[graph.indexOf.get(to)!]![graph.indexOf.get(from)!]);
        assert.deepEqual(findPaths(graph, pairs), expected);
      }),
      RUNS,
    ));

  it('answers across blocks of sources: a chain longer than one block', () => {
    const size = 2500;
    const graph = makeGraph(
      Array.from({ length: size }, (_, i) => ({ name: `${i}`, dependsOn: i === 0 ? [] : [`${i - 1}`] })),
    );
    const pairs = graph.names.flatMap((from, i) => [
      { from, to: `${size - 1}` },
      { from, to: `${Math.max(0, i - 1)}` },
    ]);
    assert.deepEqual(
      findPaths(graph, pairs).filter((yes) => yes).length,
      size - 1,
      'every node but the last is above the last, and none is above the one before it',
    );
  });
});
