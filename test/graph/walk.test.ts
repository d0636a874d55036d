import assert from 'node:assert/strict';
import fc from 'fast-check';
import { walk, type Walked } from '../../src/graph/walk.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { anyDag, graphOf, RUNS } from './arbitrary.ts';

const states = (results: readonly Walked<unknown>[]): string =>
  results.map(({ name, state }) => `${name}:${state}`).join(' ');

describe('walk', () => {
  it('skips what is below a failure, names the cause, and goes on elsewhere', async () => {
    const graph = graphOf('core:', 'payments: core', 'store: payments news', 'notify:', 'news: notify');
    const visited: string[] = [];
    const results = await walk(graph, {
      parallel: 4,
      visit: (name) => Promise.resolve(visited.push(name)),
      succeeded: (_, name) => name !== 'payments',
    });
    assert.equal(states(results), 'core:succeeded payments:failed store:skipped notify:succeeded news:succeeded');
    assert.deepEqual(results[2], { name: 'store', state: 'skipped', causes: ['payments'] });
    assert.ok(!visited.includes('store'));
  });

  it('takes a rejection for a failure and keeps its error', async () => {
    const error = new Error('boom');
    const results = await walk(graphOf('a:', 'b: a', 'c: b'), { parallel: 1, visit: () => Promise.reject(error) });
    assert.deepEqual(results, [
      { name: 'a', state: 'threw', error },
      { name: 'b', state: 'skipped', causes: ['a'] },
      { name: 'c', state: 'skipped', causes: ['a'] },
    ]);
  });

  it('starts nothing more once it is stopped, and waits for what runs', async () => {
    const stop = new AbortController();
    const results = await walk(graphOf('a:', 'b:', 'c: a', 'd:'), {
      parallel: 2,
      signal: stop.signal,
      visit: (name) => {
        if (name === 'b') stop.abort();
        return Promise.resolve(name);
      },
    });
    assert.equal(states(results), 'a:succeeded b:succeeded c:stopped d:stopped');
  });

  it('tells stopped from skipped', async () => {
    const stop = new AbortController();
    const results = await walk(graphOf('a:', 'b: a', 'c:'), {
      parallel: 1,
      signal: stop.signal,
      visit: () => {
        stop.abort();
        return Promise.reject(new Error('stopped half-way'));
      },
    });
    assert.equal(states(results), 'a:threw b:skipped c:stopped');
  });

  it('starts the longest chain first, so that 10 at a time take no longer than the chain', async () => {
    const clock = new FakeClock();
    const side = Array.from({ length: 90 }, (_, i) => `side${i}:`);
    const chain = Array.from({ length: 10 }, (_, i) => (i === 0 ? 'chain0:' : `chain${i}: chain${i - 1}`));
    await walk(graphOf(...side, ...chain), { parallel: 10, visit: () => clock.sleep(1000) });
    assert.equal(clock.monotonic(), 10_000);
  });

  for (const parallel of [0, -1, 1.5, Number.NaN])
    it(`refuses parallel ${parallel}`, () =>
      assert.rejects(walk(graphOf('a:'), { parallel, visit: () => Promise.resolve() }), RangeError));

  it('refuses a cycle instead of waiting for ever', () =>
    assert.rejects(walk(graphOf('a: b', 'b: a'), { parallel: 1, visit: () => Promise.resolve() }), /cycle/));

  it('takes 5,000 in a row', async () => {
    const chain = Array.from({ length: 5000 }, (_, i) => (i === 0 ? '0:' : `${i}: ${i - 1}`));
    const results = await walk(graphOf(...chain), { parallel: 3, visit: () => Promise.resolve() });
    assert.ok(results.every(({ state }) => state === 'succeeded'));
  });

  it('keeps order, limit and skips for any graph, failures and durations', () =>
    fc.assert(
      fc.asyncProperty(
        anyDag,
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 14, maxLength: 14 }),
        async (graph, parallel, fails, turns) => {
          const done = new Set<string>();
          const started = new Set<string>();
          let running = 0;
          const results = await walk(graph, {
            parallel,
            visit: async (name) => {
              const node = graph.indexOf.get(name)!;
              started.add(name);
              assert.ok(++running <= parallel, 'above the limit');
              for (const above of graph.dependencies[node]!)
                assert.ok(done.has(graph.names[above]!), 'a dependency is not done');
              for (let turn = 0; turn < turns[node]!; turn++) await Promise.resolve();
              running--;
              if (!fails[node]!) done.add(name);
              return !fails[node]!;
            },
            succeeded: (value) => value,
          });
          assert.deepEqual(
            results.map(({ name }) => name),
            graph.names,
          );
          for (const result of results) {
            assert.notEqual(result.state, 'threw');
            assert.equal(result.state === 'skipped', !started.has(result.name));
            if (result.state === 'skipped')
              assert.ok(result.causes.every((cause) => started.has(cause) && !done.has(cause)));
            assert.equal(result.state === 'succeeded', done.has(result.name));
          }
        },
      ),
      RUNS,
    ));
});
