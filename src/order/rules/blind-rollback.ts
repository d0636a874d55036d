import { excerpt } from '../../yaml/node.ts';
import { findTargets, type TargetStep } from '../../pipeline/targets.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';
import { isSwapTask, type Rollback } from '../match/rollbacks.ts';

/**
 * Something that runs after a failure swaps slots, without knowing whether a swap has happened: a swap is its own
 * inverse, so where the failure came first it puts the new release before the users.
 */
export const blindRollback: OrderRule = ({ pipeline, rollbacks }) => {
  const hooks = pipeline.stages.flatMap((stage) => stage.jobs.flatMap((job) => swapsIn(pipeline, stage, job)));
  return [
    ...hooks.map(({ job, step, task }) => ({
      ...makeFinding(
        'blind-rollback',
        step,
        `${task} under \`on: failure\` of job ${job.name} swaps whether or not the job had swapped before it failed: ${CURE}`,
        [],
      ),
      identity: `on: failure of job ${job.name}`,
      counterexample: `a step of ${job.name} fails before its swap, and the hook puts what is in the slot before the users`,
    })),
    ...rollbacks.map(describe),
  ];
};

const CURE = 'use SafeRolloutRollback, which undoes what this run has done and nothing else';

function swapsIn(pipeline: Pipeline, stage: Stage, job: Job): readonly TargetStep[] {
  if (job.onFailure === undefined) return [];
  const hook: Job = { ...job, steps: job.onFailure.filter((step) => !onlyWhenTold(step.condition?.text)) };
  // The hook read as if it were the job: what would it deploy?
  return findTargets({ ...pipeline, stages: [{ ...stage, jobs: [hook] }] }).targets.filter(
    ({ task, target }) => target.kind === 'exposes' && isSwapTask(task),
  );
}

/** A condition on a value that an earlier step sets may well be the knowledge that is needed. */
function onlyWhenTold(condition: string | undefined): boolean {
  return condition !== undefined && /variables/i.test(condition);
}

function describe({ deployment, condition, afterFailure, onCancel }: Rollback): ReturnType<OrderRule>[number] {
  const { service, job, stage, inferredFrom } = deployment;
  const where = job === undefined ? `stage ${stage.name}` : `job ${job.name}`;
  const when = !onCancel
    ? 'after a failure'
    : afterFailure
      ? 'after a failure or when a person cancels the run'
      : 'when a person cancels the run';
  const message =
    `${inferredFrom} in ${where} runs only ${when} (\`${excerpt(condition, 200)}\`) and swaps ${service} whether or ` +
    `not it had been swapped: ${CURE}`;
  return {
    ...makeFinding('blind-rollback', deployment, message, [service]),
    identity: `${where} of stage ${stage.name}`,
    counterexample: `${onCancel ? 'a person cancels the run' : 'the failure comes'} before the swap of ${service}, and ${where} puts what is in the slot before the users`,
  };
}
