import type { Finding } from '../../finding/finding.ts';
import type { Step } from '../../pipeline/model.ts';
import { isSwitchedOff, neverRuns } from '../../pipeline/never-runs.ts';
import { excerpt } from '../../yaml/node.ts';
import { makeJobGraph } from '../judge/job-graph.ts';
import { asksSomebody, comesAfter, type At, type UndoingSwap } from '../judge/undoing-swaps.ts';
import { holdsWhenWell, isOurs, levelsOf } from '../match/rollbacks.ts';
import { makeFinding, type OrderModel, type OrderRule } from '../rulebook/model.ts';

/**
 * A rollback runs although nothing has failed: it takes a healthy release back, in every run. That is a swap under
 * `always()` which undoes an earlier one, and SafeRolloutRollback where it names services: without names it leaves alone
 * what is verified, with them it does as it is told.
 */
export const rollbackWithoutFailure: OrderRule = (model) => [
  ...model.undoing.map(describeSwap),
  ...namedRollbacks(model),
];

function describeSwap({ deployment, undone, condition }: UndoingSwap): Finding {
  const { service, job, stage, inferredFrom } = deployment;
  const where = `job ${job!.name}`;
  const message =
    `${inferredFrom} in ${where} swaps ${service} back also when nothing has failed (\`${excerpt(condition, 200)}\`): it undoes ` +
    `the swap on line ${undone.line} in every run; let SafeRolloutRollback do it, under \`on: failure\` or \`failed()\``;
  return {
    ...makeFinding('rollback-without-failure', deployment, message, [service]),
    identity: `${where} of stage ${stage.name}`,
    counterexample: `all goes well, the new release of ${service} is healthy, and ${where} takes it back`,
  };
}

function isRollback({ task }: Step): boolean {
  return task?.name.toLowerCase() === 'saferolloutrollback';
}

/** SafeRolloutRollback that runs in every run in which all goes well, and names what this run has deployed with our tasks. */
function namedRollbacks({ pipeline, matching }: OrderModel): Finding[] {
  const found = pipeline.stages.flatMap((stage) =>
    stage.jobs.flatMap((job) =>
      !job.steps.some(isRollback) || neverRuns(stage, job) || stage.startedByHand
        ? []
        : job.steps.filter(isRollback).flatMap((step) => {
            const names = namesIn(step.inputs.get('services')?.text ?? step.inputs.get('service')?.text ?? '');
            if (names.length === 0 || isSwitchedOff(step) || step.enabled?.value === 'unknown') return [];
            const at: At = { stage, job, step, part: 0 };
            return levelsOf({ stage, job, step }, pipeline.staged).every(holdsWhenWell)
              ? [{ at, step, job, names }]
              : [];
          }),
    ),
  );
  if (found.length === 0) return [];
  const jobs = makeJobGraph(pipeline);
  return found.flatMap(({ at, step, job, names }) => {
    const undone = names.flatMap((name) => {
      const before = (matching.deployments.get(name) ?? []).find(
        (one) => isOurs(one) && comesAfter(jobs, at, one) && !asksSomebody(at.stage, one.stage, pipeline),
      );
      return before === undefined ? [] : [{ name, before }];
    });
    const [first] = undone;
    if (first === undefined) return [];
    const services = undone.map(({ name }) => name);
    const message =
      `SafeRolloutRollback in job ${job.name} names ${services.join(', ')} and runs also when nothing has failed: it takes back ` +
      `what line ${first.before.line} has deployed, however healthy; take the names away, or let it run only after a failure`;
    return [
      {
        ...makeFinding('rollback-without-failure', step, message, services),
        identity: `SafeRolloutRollback in job ${job.name} of stage ${at.stage.name}`,
        counterexample: `all goes well, ${first.name} is verified, and job ${job.name} takes it back`,
      },
    ];
  });
}

/** What only the run knows is no name. */
function namesIn(text: string): string[] {
  return /\$[([{]/.test(text) ? [] : text.split(/[\s,;]+/).filter((name) => name !== '');
}
