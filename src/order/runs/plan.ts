import { text, type Value } from '../../expression/value.ts';
import type { Condition, Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { readGuard, resolveVariable, type Guard, type Level } from './guard.ts';

/** A stage or a job as a node of the runs of a pipeline. */
export interface RunNode {
  readonly id: number;
  readonly source: Stage | Job;
  /** Of a stage: its own id. */
  readonly stage: number;
  /** Direct dependencies: stages of a stage, jobs of the same stage of a job. */
  readonly deps: readonly number[];
  /** Of a stage, in the order in which they can run. */
  readonly jobs: readonly number[];
  readonly guard: Guard;
  /** The variables that its condition sees and whose text is written in the file. */
  readonly known: ReadonlyMap<string, Value>;
}

/** The stages and jobs of a pipeline, ready for asking which runs are possible. */
export interface Plan {
  readonly nodes: readonly RunNode[];
  /** Stages so that each comes after all it depends on. */
  readonly stages: readonly number[];
  readonly idOf: ReadonlyMap<Stage | Job, number>;
  /** Stages by lower-case name. */
  readonly stageNamed: ReadonlyMap<string, number>;
  readonly pipeline: Pipeline;
}

/** @throws Error when names are unknown or ambiguous, or the graph has a cycle: the service's errors come first */
export function makePlan(pipeline: Pipeline): Plan {
  const nodes: RunNode[] = [];
  const idOf = new Map<Stage | Job, number>();
  for (const stage of pipeline.stages) for (const node of [stage, ...stage.jobs]) idOf.set(node, idOf.size);
  const stageNamed = byName(pipeline.stages, idOf);
  const idsOf = (names: readonly { readonly name: string }[], known: ReadonlyMap<string, number>): number[] => [
    ...new Set(
      names.map(({ name }) => {
        const id = known.get(name.toLowerCase());
        if (id === undefined) throw new Error(`nothing is called '${name}'`);
        return id;
      }),
    ),
  ];
  for (const stage of pipeline.stages) {
    const id = idOf.get(stage)!;
    const jobNamed = byName(stage.jobs, idOf);
    const scopes: Level[] = [
      { scope: stage.variables, owner: `stage ${id}` },
      { scope: pipeline.variables, owner: 'the pipeline' },
    ];
    const deps = idsOf(stage.dependsOn, stageNamed);
    const jobDeps = stage.jobs.map((job) => idsOf(job.dependsOn, jobNamed));
    const first = id + 1;
    const jobs = inOrder(jobDeps.map((list) => list.map((dep) => dep - first))).map((at) => at + first);
    nodes.push({ id, source: stage, stage: id, deps, jobs, ...guarded(stage.condition, scopes, 'stages') });
    stage.jobs.forEach((job, at) =>
      nodes.push({
        id: first + at,
        source: job,
        stage: id,
        deps: jobDeps[at]!,
        jobs: [],
        ...guarded(job.condition, [{ scope: job.variables, owner: `job ${first + at}` }, ...scopes], `stage ${id}`),
      }),
    );
  }
  const stageIds = pipeline.stages.map((stage) => idOf.get(stage)!);
  const position = new Map(stageIds.map((id, at) => [id, at]));
  const stages = inOrder(stageIds.map((id) => nodes[id]!.deps.map((dep) => position.get(dep)!)));
  return { nodes, stages: stages.map((at) => stageIds[at]!), idOf, stageNamed, pipeline };
}

const NOTHING_KNOWN: ReadonlyMap<string, Value> = new Map();

function guarded(
  condition: Condition | undefined,
  scopes: readonly Level[],
  level: string,
): Pick<RunNode, 'guard' | 'known'> {
  const guard = readGuard(condition, scopes, level);
  if (guard.kind !== 'custom') return { guard, known: NOTHING_KNOWN };
  const known = new Map<string, Value>();
  for (const { scope } of scopes)
    for (const name of scope.values.keys()) {
      const resolved = resolveVariable(name, scopes);
      if ('value' in resolved) known.set(name, text(resolved.value));
    }
  return { guard, known };
}

function byName(nodes: readonly (Stage | Job)[], idOf: ReadonlyMap<Stage | Job, number>): ReadonlyMap<string, number> {
  return new Map(nodes.map((node) => [node.name.toLowerCase(), idOf.get(node)!]));
}

/** Positions so that each comes after its dependencies; as in the file where nothing else is asked for. */
function inOrder(deps: readonly (readonly number[])[]): number[] {
  const dependants: number[][] = deps.map(() => []);
  const waiting = deps.map((list, at) => {
    for (const dep of list) dependants[dep]!.push(at);
    return list.length;
  });
  const order = deps.map((_, at) => at).filter((at) => waiting[at] === 0);
  for (const at of order) for (const next of dependants[at]!) if (--waiting[next]! === 0) order.push(next);
  if (order.length < deps.length) throw new Error('a pipeline with a cycle has no order');
  return order;
}
