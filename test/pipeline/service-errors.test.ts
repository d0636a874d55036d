import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { serviceErrors } from '../../src/pipeline/service-errors.ts';
import { runs } from '../depth.ts';
import { cpuTime } from '../cpu-time.ts';

/** Stages by index, each with the indexes it depends on; 9 is nobody. */
const anyStages = fc.array(fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5, 9), { maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
});

const sayOf = (stages: readonly (readonly number[])[]): string[] => {
  const text = stages.map(
    (on, at) =>
      `- stage: S${at}\n  dependsOn: [${on.map((to) => `s${to}`).join(', ')}]\n  jobs: [{ job: J, steps: [] }]`,
  );
  const { pipeline } = readPipeline(`stages:\n${text.join('\n')}`, 'p.yml');
  return serviceErrors(pipeline!).map(({ message }) => message);
};

/** The service's algorithm in its plainest form: start what can start until nothing more can. */
function expected(stages: readonly (readonly number[])[]): string[] {
  if (stages.every((on) => on.length > 0))
    return ['The pipeline must contain at least one stage with no dependencies.'];
  const done = new Set<number>();
  for (const _ of stages) stages.forEach((on, at) => on.every((to) => done.has(to)) && done.add(at));
  return stages.flatMap((on, at) =>
    on
      .filter((to) => !done.has(to))
      .map((to) =>
        to < stages.length
          ? `Stage S${at} depends on stage s${to} which creates a cycle in the dependency graph.`
          : `Stage S${at} depends on unknown stage s${to}.`,
      ),
  );
}

describe('serviceErrors', () => {
  it('says what the service says, sentence by sentence and in its order', () =>
    fc.assert(
      fc.property(anyStages, (stages) => {
        const said = sayOf(stages);
        assert.deepEqual(
          said.map((message) => message.replace(/ True cause: .*/, '')),
          expected(stages),
        );
        for (const message of said) assert.match(message, / True cause: .+[.?]$/);
      }),
      { seed: 20260107, numRuns: runs(1000) },
    ));

  it('names a cycle only to those who wait for one', () =>
    fc.assert(
      fc.property(anyStages, (stages) => {
        const closed = stages.map((_, from) => reachable(stages, from));
        for (const message of sayOf(stages)) {
          const edge = /^Stage S(\d) depends on stage s(\d) which creates/.exec(message);
          if (edge === null) continue;
          const [from, to] = [Number(edge[1]), Number(edge[2])];
          assert.equal(message.includes('is in no cycle with'), !closed[to]!.has(from), message);
        }
      }),
      { seed: 20260108, numRuns: runs(1000) },
    ));

  it('is quick on thousands of stages behind one wrong name', () => {
    const stages = Array.from({ length: 3000 }, (_, at) => (at === 0 ? [] : at === 1 ? [99999] : [at - 1]));
    const started = cpuTime();
    assert.equal(sayOf(stages).length, 2999);
    assert.ok(cpuTime() - started < 5000);
  });
});

function reachable(stages: readonly (readonly number[])[], from: number): Set<number> {
  const seen = new Set(stages[from]!);
  for (const node of seen) for (const next of stages[node] ?? []) seen.add(next);
  return seen;
}
