import type { Truth } from '../../expression/convert.ts';
import { evaluateThreeValued } from '../../expression/condition.ts';
import { environment, type Environment } from '../../expression/evaluate.ts';
import { context, text, UNKNOWN, type Value } from '../../expression/value.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { Guard } from './guard.ts';
import type { Plan, RunNode } from './plan.ts';
import { ABANDONED, CANCELED, FAILED, nameOf, SKIPPED, type Results } from './results.ts';

/**
 * What follows from what, whatever happens: `run N` (the node runs), `good N` (it ends well), `above N` (all that it
 * depends on, however far, ends well). An edge means: if this holds, so does that. Searching ways in this graph proves
 * most pipelines in one go; what it does not prove is not thereby wrong.
 */
export function guarantees(plan: Plan, achieved: ReadonlyMap<number, readonly string[]>): GraphNode[] {
  const firm = firmJobs(plan);
  return plan.nodes.flatMap((node): GraphNode[] => {
    const { id, guard, stage, deps } = node;
    const ownStage = stage === id ? [] : [`run ${stage}`];
    const asked = requirementsOf(guard, node, plan);
    return [
      { name: `above ${id}`, dependsOn: deps.flatMap((dep) => [`good ${dep}`, `above ${dep}`]) },
      { name: `run ${id}`, dependsOn: [...ownStage, ...asked] },
      {
        name: `good ${id}`,
        dependsOn: [
          `run ${id}`,
          ...node.jobs.filter((job) => firm.has(job)).map((job) => `good ${job}`),
          ...(achieved.get(id) ?? []),
        ],
      },
    ];
  });
}

/**
 * Jobs that nothing but the failure of another one can skip, or nothing at all: where their stage ends well, so did they.
 */
export function firmJobs(plan: Plan): ReadonlySet<number> {
  const firm = new Set<number>();
  for (const stage of plan.stages)
    for (const job of plan.nodes[stage]!.jobs) {
      const node = plan.nodes[job]!;
      if (alwaysRuns(node) || (node.deps.every((dep) => firm.has(dep)) && runsAfterSuccess(node))) firm.add(job);
    }
  return firm;
}

/** Whether a condition is true whatever happens, as `eq(True, 'true')` is, which a template has made of a parameter. */
function alwaysRuns({ guard, known }: RunNode): boolean {
  if (guard.kind !== 'custom') return false;
  const variables = context(known, UNKNOWN);
  return evaluateThreeValued(guard.expression, environment({ variables })).outcome === 'true';
}

/** Whether a condition is true wherever `succeeded()` is, as `and(succeeded(), eq(True, 'true'))` and `not(failed())`. */
function runsAfterSuccess({ guard, known }: RunNode): boolean {
  if (guard.kind !== 'custom') return guard.kind === 'default';
  const variables = context(known, UNKNOWN);
  const within = environment({ variables }, (name, names): Truth => {
    if (names.length > 0) return 'unknown';
    return name === 'failed' || name === 'canceled' ? 'false' : 'true';
  });
  return evaluateThreeValued(guard.expression, within).outcome === 'true';
}

/** What must have ended well for a condition to let its node run. */
function requirementsOf(guard: Guard, { id, deps }: RunNode, plan: Plan): string[] {
  if (guard.kind === 'default') return [`above ${id}`];
  if (guard.kind === 'unreadable') return [];
  const passes = (within: Environment): boolean => evaluateThreeValued(guard.expression, within).possible.has('true');
  const all = passes(
    environment({}, (name, names) => (name === 'succeeded' && names.length === 0 ? 'false' : 'unknown')),
  )
    ? []
    : [`above ${id}`];
  if (!guard.asksDirect) return all;
  const nameOfDep = (dep: number): string => plan.nodes[dep]!.source.name;
  const direct = deps.filter((dep) =>
    [FAILED, CANCELED, SKIPPED, ABANDONED].every(
      (result) => !passes(afterResult(nameOfDep(dep), result, deps.map(nameOfDep))),
    ),
  );
  return [...all, ...direct.map((dep) => `good ${dep}`)];
}

/** All is unknown but that one dependency ended in one way. */
function afterResult(name: string, result: Results, names: readonly string[]): Environment {
  const known = context([['result', text(nameOf(result)!)]], UNKNOWN);
  const dependencies = context(names.map((one): [string, Value] => [one, one === name ? known : UNKNOWN]));
  const isHere = (one: string | undefined): boolean => one?.toLowerCase() === name.toLowerCase();
  return environment({ dependencies }, (asked, of): Truth => {
    if (asked === 'succeeded') return of.length === 0 || of.some(isHere) ? 'false' : 'unknown';
    if (of.length !== 1 || !isHere(of[0]) || asked === 'canceled') return 'unknown';
    // In a run that is being canceled even a failure answers no.
    return result === FAILED ? 'unknown' : 'false';
  });
}
