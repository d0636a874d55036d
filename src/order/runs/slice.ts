import type { Guard } from './guard.ts';
import type { Plan } from './plan.ts';

/** The part of a plan that decides whether one job runs after another came to some end. */
export interface Slice {
  /** Ids of stages, each after all it depends on; of each the jobs that matter, in order. */
  readonly stages: readonly { readonly id: number; readonly jobs: readonly number[] }[];
  /** Those whose running is asked for. The others only pass on that the run is being canceled. */
  readonly asked: ReadonlySet<number>;
  /** Stages and jobs whose result is asked for, not only whether they run. */
  readonly results: ReadonlySet<number>;
  readonly size: number;
}

/**
 * Everything that is asked on the way back from the given nodes: who they wait for as far as their conditions look.
 * What no condition looks at cannot change whether they run, only when.
 */
export function sliceFor(
  plan: Plan,
  wanted: { readonly runs: readonly number[]; readonly results: readonly number[] },
): Slice {
  const runs = new Set<number>();
  const results = new Set<number>();
  const allAbove = new Set<number>();
  const waiting: (() => void)[] = [];
  const needRun = (id: number): void => {
    if (runs.has(id)) return;
    runs.add(id);
    waiting.push(() => {
      const node = plan.nodes[id]!;
      if (node.stage !== id) needRun(node.stage);
      askedBy(node.guard, id);
    });
  };
  const needResult = (id: number): void => {
    if (results.has(id)) return;
    results.add(id);
    needRun(id);
    waiting.push(() => plan.nodes[id]!.jobs.forEach(needResult));
  };
  const needAllAbove = (id: number): void => {
    if (allAbove.has(id)) return;
    allAbove.add(id);
    waiting.push(() => {
      for (const dep of plan.nodes[id]!.deps) {
        needResult(dep);
        needAllAbove(dep);
      }
    });
  };
  const askedBy = (guard: Guard, id: number): void => {
    if (guard.kind === 'unreadable') return;
    if (guard.kind === 'default' || guard.asksAll) needAllAbove(id);
    if (guard.kind !== 'custom') return;
    if (guard.asksDirect) plan.nodes[id]!.deps.forEach(needResult);
    for (const job of jobsAskedBy(plan, id, guard)) needResult(job);
  };
  wanted.runs.forEach(needRun);
  wanted.results.forEach(needResult);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
  const within = [...runs].some((id) => asksStatus(plan.nodes[id]!.guard)) ? withAllAbove(plan, runs) : runs;
  const stages = plan.stages
    .filter((id) => within.has(id))
    .map((id) => ({ id, jobs: plan.nodes[id]!.jobs.filter((job) => within.has(job)) }));
  return { stages, asked: runs, results, size: within.size };
}

function asksStatus(guard: Guard): boolean {
  return guard.kind === 'custom' && guard.asksStatus;
}

/** The nodes and all that they wait for: somewhere in between, canceling may have begun. */
function withAllAbove(plan: Plan, nodes: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set(nodes);
  for (const id of found) {
    const { stage, deps } = plan.nodes[id]!;
    if (stage !== id) found.add(stage);
    for (const dep of deps) {
      found.add(dep);
      for (const job of plan.nodes[dep]!.jobs) found.add(job);
    }
  }
  return found;
}

/** The jobs that a job's condition names by `stageDependencies`, as far as they are in stages that its own waits for. */
function jobsAskedBy(plan: Plan, id: number, guard: Extract<Guard, { kind: 'custom' }>): number[] {
  const node = plan.nodes[id]!;
  if (node.stage === id) return [];
  const above = plan.nodes[node.stage]!.deps;
  return guard.jobsAsked.flatMap(([stage, job]) =>
    above
      .filter((dep) => stage === undefined || plan.nodes[dep]!.source.name.toLowerCase() === stage)
      .flatMap((dep) => plan.nodes[dep]!.jobs)
      .filter((one) => job === undefined || plan.nodes[one]!.source.name.toLowerCase() === job),
  );
}
