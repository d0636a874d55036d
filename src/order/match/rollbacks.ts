import { evaluateThreeValued } from '../../expression/condition.ts';
import type { Truth } from '../../expression/convert.ts';
import { environment } from '../../expression/evaluate.ts';
import { context, text, UNKNOWN, type Value } from '../../expression/value.ts';
import type { Condition, Pipeline } from '../../pipeline/model.ts';
import type { Deployment, Matching } from './deployments.ts';

/** A swap that can run only when something has failed or was cancelled: it is there to undo, and no release. */
export interface Rollback {
  readonly deployment: Deployment;
  readonly condition: string;
  /** Whether it can run after a failure, and whether it surely runs when a person cancels a run in which nothing has failed. */
  readonly afterFailure: boolean;
  readonly onCancel: boolean;
}

/** A task that exchanges two slots, as it is shown to people. */
export function isSwapTask(task: string): boolean {
  return /^(AzureAppServiceManage|SafeRolloutSwap)(@|$)|\bslot swap\b/i.test(task);
}

/** Our own tasks know what their run has done, and do it once. */
export function isOurs({ inferredFrom }: Deployment): boolean {
  return /^SafeRollout(?:Deploy|Swap)(?:@|$)/i.test(inferredFrom);
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
  for (const deployment of [...matching.deployments.values()].flat()) {
    const found = isSwap(deployment) ? failureConditionOf(deployment, pipeline) : undefined;
    if (found !== undefined) rollbacks.push({ deployment, ...found });
  }
  return { matching: withoutDeployments(matching, new Set(rollbacks.map((one) => one.deployment))), rollbacks };
}

/** The matcher is a class whose fields are its own; a copy of them is all that is needed. */
export function withoutDeployments(matching: Matching, taken: ReadonlySet<Deployment>): Matching {
  if (taken.size === 0) return matching;
  const deployments = new Map(
    [...matching.deployments]
      .map(([service, list]) => [service, list.filter((one) => !taken.has(one))] as const)
      .filter(([, list]) => list.length > 0),
  );
  const { uploads, elsewhere, switchedOff, undeclared, lost, unresolved, complete } = matching;
  return { deployments, uploads, elsewhere, switchedOff, undeclared, lost, unresolved, complete };
}

/** A condition that decides whether a step runs, its job's and its stage's beside its own, and the names it sees results of. */
export interface Level {
  readonly condition: Condition | undefined;
  readonly above: readonly string[];
}

/** The levels that let a deployment's step run, the innermost first. */
export function levelsOf({ stage, job, step }: Pick<Deployment, 'stage' | 'job' | 'step'>, staged: boolean): Level[] {
  const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name);
  return [
    { condition: step?.condition, above: [] },
    { condition: job?.condition, above: names(job?.dependsOn ?? []) },
    { condition: staged ? stage.condition : undefined, above: names(stage.dependsOn) },
  ];
}

function failureConditionOf(deployment: Deployment, { staged }: Pipeline): Omit<Rollback, 'deployment'> | undefined {
  const { step, job, stage } = deployment;
  if (step?.condition === undefined && job?.condition === undefined && stage.condition === undefined) return undefined;
  const level = levelsOf(deployment, staged).find((one) => one.condition !== undefined && onlyAfterFailure(one));
  if (level === undefined) return undefined;
  return {
    condition: level.condition!.text,
    afterFailure: endsOf(level, 'failed').has('true'),
    onCancel: isSure(endsOf(level, 'cancelled')),
  };
}

/** Whether a condition can hold after a failure, and cannot while everything succeeds and nobody cancels. */
export function onlyAfterFailure(level: Level): boolean {
  if (level.condition?.expression === undefined) return false;
  return !endsOf(level, 'well').has('true') && endsOf(level, 'anything').has('true');
}

/** Whether a condition lets run what it guards in every run in which all goes well. */
export function holdsWhenWell(level: Level): boolean {
  return isSure(endsOf(level, 'well'));
}

/** Whether a condition can let run what it guards in a run in which what it waits for has failed. */
export function canHoldAfterFailure(level: Level): boolean {
  return endsOf(level, 'failed').has('true');
}

type Ends = ReturnType<typeof evaluateThreeValued>['possible'];
/** What has become of all that comes before: everything succeeded, something has failed, or a person cancels the run. */
type World = 'well' | 'failed' | 'cancelled' | 'anything';

const RESULTS: Readonly<Record<World, Value>> = {
  well: text('Succeeded'),
  failed: text('Failed'),
  // What a run leaves out while it is being cancelled, and what had ended before.
  cancelled: UNKNOWN,
  anything: UNKNOWN,
};

/** Answers of status functions; in a run that is being cancelled all but `canceled()` say no (the open SDK). */
const ANSWERS: Readonly<Record<World, (name: string) => Truth>> = {
  well: (name) => (name === 'failed' || name === 'canceled' ? 'false' : 'true'),
  failed: (name) => (name === 'failed' || name === 'succeededOrFailed' ? 'true' : 'false'),
  cancelled: (name) => (name === 'canceled' ? 'true' : 'false'),
  anything: () => 'unknown',
};

function endsOf({ condition, above }: Level, world: World): Ends {
  // The default one, `succeeded()`.
  if (condition === undefined) return new Set([world === 'well' || world === 'anything' ? 'true' : 'false']);
  if (condition.expression === undefined) return new Set(['true', 'false']);
  const known = above.map((name): [string, Value] => [name, context([['result', RESULTS[world]]], UNKNOWN)]);
  const within = environment({ dependencies: context(known, UNKNOWN) }, ANSWERS[world]);
  return evaluateThreeValued(condition.expression, within).possible;
}

function isSure(ends: Ends): boolean {
  return ends.size === 1 && ends.has('true');
}
