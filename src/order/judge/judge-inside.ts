import type { Job, Step } from '../../pipeline/model.ts';
import type { Deployment } from '../match/deployments.ts';
import type { Hazard } from './hazards.ts';
import { stepMayBeSkipped, stepMayRun, type JobStatus } from './step-conditions.ts';
import type { Verdict } from './verdict.ts';
import { excerpt } from '../../yaml/node.ts';

/** Two deployments that share a job, or of which one may be anywhere in the other's stage; undefined for all others. */
export function judgeInside(after: Deployment, before: Deployment): Verdict | undefined {
  if (after.stage !== before.stage) return undefined;
  if (after.job === undefined || before.job === undefined)
    return { verdict: 'unknown', before, what: `deployedBy names stage ${after.stage.name} but no job of it` };
  if (after.job !== before.job) return undefined;
  const { job } = after;
  if (after.step === undefined || before.step === undefined)
    return {
      verdict: 'unknown',
      before,
      what: `job ${job.name} deploys both, and which step does which cannot be seen`,
    };
  // A run of the steps may be ahead of another one in which the dependency fails.
  if (job.repeats)
    return {
      verdict: 'unknown',
      before,
      what: `job ${job.name} deploys both and runs its steps several times, as matrix, parallel, rolling and canary do`,
    };
  // One SafeRolloutDeploy keeps the order of its services by construction; a script runs its calls one by one.
  if (after.step === before.step) return { verdict: before.part <= after.part ? 'holds' : 'reversed', before };
  if (job.steps.indexOf(before.step) > job.steps.indexOf(after.step)) return { verdict: 'reversed', before };
  return judgeSteps(job, after, after.step, before, before.step);
}

function judgeSteps(job: Job, after: Deployment, later: Step, before: Deployment, earlier: Step): Verdict {
  const hazards: Hazard[] = [];
  let unknown: string | undefined;
  const note = (sure: boolean, hazard: Hazard): void => {
    if (sure) hazards.push(hazard);
    else unknown ??= `in job ${job.name} ${hazard.what}`;
  };
  const runsAnyway = `the step on line ${later.line} puts ${after.service} out all the same`;
  for (const status of ['Failed', 'Canceled'] as const) {
    const runs = stepMayRun(later, status);
    if (runs === 'no') continue;
    note(runs === 'yes', {
      kind: 'unsafe-condition',
      place: later.condition ?? later,
      what:
        `its step has the condition \`${excerpt(later.condition?.text ?? '', 200)}\` and runs also when the step on line ` +
        `${earlier.line} ${WORDS[status]}: begin it with \`and(succeeded(), ...)\``,
      identity: `a step of job ${job.name}: ${later.condition?.text ?? ''}`,
      counterexample: `the step on line ${earlier.line} ${WORDS[status]}, and ${runsAnyway}`,
    });
    break;
  }
  const masks = earlier.continueOnError;
  if (hazards.length === 0 && masks !== undefined && masks.value !== 'false' && stepMayRun(later, 'Succeeded') !== 'no')
    note(masks.value === 'true', {
      kind: 'masked-failure',
      place: masks,
      what: `continueOnError of the step on line ${earlier.line} lets the steps after it run in spite of its failure: remove it`,
      identity: `continueOnError of a step of job ${job.name}`,
      counterexample: `the step on line ${earlier.line} fails, and ${runsAnyway}`,
    });
  const skipped = stepMayBeSkipped(earlier);
  if (hazards.length === 0 && skipped !== 'no' && !sameCondition(earlier, later))
    note(skipped === 'yes', {
      kind: 'skippable-dependency',
      place: earlier.condition ?? earlier.enabled ?? earlier,
      what: `the step on line ${earlier.line} can be skipped, and the steps after it run without it: give both one condition`,
      identity: `a step of job ${job.name}: ${earlier.condition?.text ?? 'enabled'}`,
      counterexample: `the step on line ${earlier.line} is skipped, and ${runsAnyway}`,
    });
  if (hazards.length > 0) return { verdict: 'unsafe', before, hazards };
  return unknown === undefined ? { verdict: 'holds', before } : { verdict: 'unknown', before, what: unknown };
}

const WORDS: Record<Exclude<JobStatus, 'Succeeded'>, string> = { Failed: 'fails', Canceled: 'is canceled' };

/** One condition on both steps skips both, as long as it asks for nothing that a step in between could change. */
function sameCondition(a: Step, b: Step): boolean {
  if (a.condition === undefined || b.condition === undefined || a.enabled?.value === 'unknown') return false;
  if (a.condition.text !== b.condition.text) return false;
  const variables = [...a.condition.text.matchAll(/variables(?:\.|\[')([\w.]+)/gi)].map(([, name = '']) => name);
  return variables.every((name) => /^(build|system|pipeline)\./i.test(name));
}
