import { findPaths } from '../../graph/order.ts';
import type { Pipeline, Stage } from '../../pipeline/model.ts';
import { isSwitchedOff } from '../../pipeline/never-runs.ts';
import type { Deployment, Matching, Upload } from '../match/deployments.ts';
import {
  canHoldAfterFailure,
  holdsWhenWell,
  isOurs,
  isSwap,
  levelsOf,
  withoutDeployments,
  type Level,
} from '../match/rollbacks.ts';
import { asksPerson, stagesAbove } from './before-a-stage.ts';
import { makeJobGraph, type JobGraph } from './job-graph.ts';

/** A swap that stands where rollbacks do, and undoes another one also when all has gone well. */
export interface UndoingSwap {
  readonly deployment: Deployment;
  /** The swap that it undoes. */
  readonly undone: Deployment;
  /** What lets it run after a failure. */
  readonly condition: string;
}

/**
 * Takes the swaps out of the releases that exchange the same two slots as an earlier one, with nothing brought in between,
 * and that run after a failure as well as after a success (`always()`): each undoes the swap before it in every run. A second
 * swap that runs only after a success is left alone, whatever it is for.
 */
export function withoutUndoing(
  matching: Matching,
  pipeline: Pipeline,
): { readonly matching: Matching; readonly undoing: readonly UndoingSwap[] } {
  const swaps = [...matching.deployments.values()].map((list) =>
    list.filter((one) => isSwap(one) && one.slots !== undefined),
  );
  const candidates = swaps.flatMap((list) =>
    list.flatMap((deployment) =>
      list
        .filter((other) => other !== deployment && sameSlots(other, deployment))
        .flatMap((undone) => {
          const condition = runsAnyway(deployment, undone, pipeline);
          return condition === undefined ? [] : [{ deployment, undone, condition }];
        }),
    ),
  );
  // What cannot be told may be an upload in between.
  if (candidates.length === 0 || !matching.complete || !pipeline.stepsComplete) return { matching, undoing: [] };
  const jobs = makeJobGraph(pipeline);
  const found = new Map<Deployment, UndoingSwap>();
  for (const one of candidates) {
    const { deployment, undone } = one;
    const uploads = (matching.uploads.get(deployment.service) ?? []).filter(
      ({ environment }) => environment === deployment.environment,
    );
    if (!comesAfter(jobs, deployment, undone) || asksSomebody(deployment.stage, undone.stage, pipeline)) continue;
    if (uploads.every((upload) => comesAfter(jobs, undone, upload))) found.set(deployment, one);
  }
  return { matching: withoutDeployments(matching, new Set(found.keys())), undoing: [...found.values()] };
}

function sameSlots(one: Deployment, other: Deployment): boolean {
  return one.environment === other.environment && one.slots!.join() === other.slots!.join();
}

/** The condition by which a swap runs after a failure of an earlier one, when it runs after a success as well. */
function runsAnyway(deployment: Deployment, undone: Deployment, { staged }: Pipeline): string | undefined {
  const { stage, job, step } = deployment;
  // What a second swap of ours comes to in one run, its journal decides.
  if (isOurs(deployment)) return undefined;
  if (step === undefined || job === undefined || isSwitchedOff(step) || step.enabled?.value === 'unknown')
    return undefined;
  const levels = levelsOf(deployment, staged);
  const [ofStep, ofJob, ofStage] = levels as [Level, Level, Level];
  const deciding = stage !== undone.stage ? ofStage : job !== undone.job ? ofJob : ofStep;
  if (deciding.condition === undefined || stage.startedByHand) return undefined;
  return levels.every(holdsWhenWell) && canHoldAfterFailure(deciding) ? deciding.condition.text : undefined;
}

export type At = Pick<Deployment | Upload, 'stage' | 'job' | 'step' | 'part'>;

/** Whether one step runs behind another one in every run that has both. */
export function comesAfter({ graph, startOf, endOf }: JobGraph, after: At, before: At): boolean {
  if (after.stage === before.stage && after.job === before.job) {
    const { job } = after;
    if (job === undefined || job.repeats || after.step === undefined || before.step === undefined) return false;
    if (after.step === before.step) return after.part > before.part;
    return job.steps.indexOf(after.step) > job.steps.indexOf(before.step);
  }
  return findPaths(graph, [{ from: endOf(before), to: startOf(after) }])[0] === true;
}

/** Whether a person may have to agree before the stage: by a check of an environment, which no file shows, or a validation. */
export function asksSomebody(after: Stage, before: Stage, pipeline: Pipeline): boolean {
  if (after === before) return after.jobs.some(asksPerson);
  const between = [after, ...stagesAbove(after, pipeline, before)];
  return between.some(({ jobs }) => jobs.some((job) => job.kind === 'deployment' || asksPerson(job)));
}
