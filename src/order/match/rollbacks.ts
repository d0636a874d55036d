import { evaluateThreeValued } from '../../expression/condition.ts';
import type { Truth } from '../../expression/convert.ts';
import { environment } from '../../expression/evaluate.ts';
import { context, text, UNKNOWN, type Value } from '../../expression/value.ts';
import type { Condition, Pipeline } from '../../pipeline/model.ts';
import type { Deployment, Matching } from './deployments.ts';

/** A swap that can run only when something has failed: it is there to undo, and no release. */
export interface Rollback {
  readonly deployment: Deployment;
  readonly condition: string;
}

/** A task that exchanges two slots, as it is shown to people. */
export function isSwapTask(task: string): boolean {
  return /^(AzureAppServiceManage|SafeRolloutSwap)(@|$)|\bslot swap\b/i.test(task);
}

export function isSwap({ inferredFrom, step }: Deployment): boolean {
  return step !== undefined && isSwapTask(inferredFrom);
}

/**
 * Takes the swaps that only run after a failure out of the releases. They are reported by a rule of their own; as
 * releases, everything that they need would be reported in their place.
 */
export function withoutRollbacks(
  matching: Matching,
  pipeline: Pipeline,
): { readonly matching: Matching; readonly rollbacks: readonly Rollback[] } {
  const rollbacks: Rollback[] = [];
  const deployments = new Map<string, readonly Deployment[]>();
  for (const [service, list] of matching.deployments) {
    const releases = list.filter((deployment) => {
      const condition = isSwap(deployment) ? failureConditionOf(deployment, pipeline) : undefined;
      if (condition !== undefined) rollbacks.push({ deployment, condition: condition.text });
      return condition === undefined;
    });
    if (releases.length > 0) deployments.set(service, releases);
  }
  if (rollbacks.length === 0) return { matching, rollbacks };
  return { matching: { ...pick(matching), deployments }, rollbacks };
}

/** The matcher is a class whose fields are its own; a copy of them is all that is needed. */
function pick({
  uploads,
  elsewhere,
  switchedOff,
  undeclared,
  lost,
  unresolved,
  complete,
}: Matching): Omit<Matching, 'deployments'> {
  return { uploads, elsewhere, switchedOff, undeclared, lost, unresolved, complete };
}

function failureConditionOf({ stage, job, step }: Deployment, pipeline: Pipeline): Condition | undefined {
  if (step?.condition === undefined && job?.condition === undefined && stage.condition === undefined) return undefined;
  const above = (names: readonly { readonly name: string }[]): string[] => names.map(({ name }) => name);
  const conditions: [Condition | undefined, string[]][] = [
    [step?.condition, []],
    [job?.condition, above(job?.dependsOn ?? [])],
    [pipeline.staged ? stage.condition : undefined, above(stage.dependsOn)],
  ];
  return conditions.find(([condition, deps]) => condition !== undefined && onlyAfterFailure(condition, deps))?.[0];
}

/** Whether a condition can hold after a failure, and cannot while everything succeeds and nobody cancels. */
export function onlyAfterFailure({ expression }: Condition, dependencies: readonly string[]): boolean {
  if (expression === undefined) return false;
  const canHold = (result: Value, answer: (name: string) => Truth): boolean => {
    const known = dependencies.map((name): [string, Value] => [name, context([['result', result]], UNKNOWN)]);
    const within = environment({ dependencies: context(known, UNKNOWN) }, answer);
    return evaluateThreeValued(expression, within).possible.has('true');
  };
  const allIsWell = (name: string): Truth => (name === 'failed' || name === 'canceled' ? 'false' : 'true');
  return !canHold(text('Succeeded'), allIsWell) && canHold(UNKNOWN, () => 'unknown');
}
