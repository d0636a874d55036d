import type { Finding } from '../finding/finding.ts';
import { environmentOf, JobVariables } from './known-variables.ts';
import type { Job, Pipeline, Stage, Step, Unresolved, VariableScope } from './model.ts';
import { StepInputs } from './step-inputs.ts';
import type { Found, ReadTask, Target } from './target.ts';
import { isSwitchedOff, neverRuns } from './never-runs.ts';
import { appTask, manageTask, webDeployTask } from './tasks/app-service.ts';
import {
  containerAppTask,
  helmTask,
  kubernetesTask,
  manifestTask,
  sqlTask,
  staticWebAppTask,
} from './tasks/containers.ts';
import { safeDeployTask, safeSwapTask } from './tasks/safe-rollout.ts';
import * as scripts from './tasks/scripts.ts';

export type { Place, Platform, Target } from './target.ts';

/** A target and the step that has it. */
export interface TargetStep {
  readonly target: Target;
  readonly stage: Stage;
  readonly job: Job;
  readonly step: Step;
  /** Where it stands among the targets of its step: a script can have several, and runs them in order. */
  readonly part: number;
  /** The task as the author calls it, for people: `AzureWebApp@1`, `Bash@3 (az webapp deploy)`. */
  readonly task: string;
}

interface Collected {
  readonly targets: TargetStep[];
  /** What steps would deploy that are switched off: nobody does it, and that is why. */
  readonly switchedOff: TargetStep[];
  readonly unresolved: Unresolved[];
  readonly findings: Finding[];
}

/** Tasks that deploy, by lower-case name. A task that is not here deploys nothing that this check knows of. */
const TASKS: ReadonlyMap<string, ReadTask> = new Map<string, ReadTask>([
  ['azurewebapp', appTask],
  ['azurefunctionapp', appTask],
  ['azurewebappcontainer', appTask],
  ['azurefunctionappcontainer', appTask],
  ['azurermwebappdeployment', webDeployTask],
  ['azureappservicemanage', manageTask],
  ['azurecontainerapps', containerAppTask],
  ['azurestaticwebapp', staticWebAppTask],
  ['kubernetesmanifest', manifestTask],
  ['kubernetes', kubernetesTask],
  ['helmdeploy', helmTask],
  ['sqlazuredacpacdeployment', sqlTask],
  ['saferolloutswap', safeSwapTask],
  ['saferolloutdeploy', safeDeployTask],
]);

/** Tasks that run a script, by lower-case name. */
const SCRIPTS = new Map([
  ['cmdline', scripts.cmdLineScript],
  ['bash', scripts.bashScript],
  ['powershell', scripts.powerShellScript],
  ['azurepowershell', scripts.azurePowerShellScript],
  ['azurecli', scripts.azureCliScript],
]);

/**
 * Finds every step that deploys. What such a step leaves open (a name at run time) is a target of the kind `unknown`,
 * which `deployedBy` may explain.
 */
export function findTargets(pipeline: Pipeline): Collected {
  const all = nothing();
  for (const stage of pipeline.stages) add(all, inStage(pipeline.variables, stage));
  return all;
}

/** What is known of a job, as long as all that surrounds it is the same. */
interface KnownJob {
  readonly around: VariableScope;
  readonly stage: Stage;
  readonly found: Collected;
}

/** By stage, and by job: the cases of a pipeline have most stages in common, and most jobs of the others. */
const stages = new WeakMap<Stage, { readonly around: VariableScope; readonly found: Collected }>();
const jobs = new WeakMap<Job, KnownJob[]>();

function inStage(around: VariableScope, stage: Stage): Collected {
  const known = stages.get(stage);
  if (known?.around === around) return known.found;
  const found = nothing();
  for (const job of stage.jobs) add(found, inJob(around, stage, job));
  stages.set(stage, { around, found });
  return found;
}

function inJob(around: VariableScope, stage: Stage, job: Job): Collected {
  let all = jobs.get(job);
  if (all === undefined) jobs.set(job, (all = []));
  const known = all.find(
    (one) => one.around === around && one.stage.variables === stage.variables && sameGuard(one.stage, stage),
  );
  if (known !== undefined) {
    const here = (steps: readonly TargetStep[]): TargetStep[] => steps.map((one) => ({ ...one, stage }));
    return { ...known.found, targets: here(known.found.targets), switchedOff: here(known.found.switchedOff) };
  }
  const found = nothing();
  if (job.legs.length < 2) collect(around, stage, job, job.legs[0], found);
  else {
    const legs = nothing();
    for (const leg of job.legs) collect(around, stage, job, leg, legs);
    const said = ({ step, part, target }: TargetStep): unknown => [job.steps.indexOf(step), part, target];
    add(found, {
      targets: unique(legs.targets, said),
      switchedOff: unique(legs.switchedOff, said),
      unresolved: unique(legs.unresolved, (one) => one),
      findings: unique(legs.findings, (one) => one),
    });
  }
  all.push({ around, stage, found });
  return found;
}

function sameGuard({ condition }: Stage, { condition: other }: Stage): boolean {
  return condition?.expression === other?.expression && condition?.text === other?.text;
}

function nothing(): Collected {
  return { targets: [], switchedOff: [], unresolved: [], findings: [] };
}

function add(all: Collected, { targets, switchedOff, unresolved, findings }: Collected): void {
  all.targets.push(...targets);
  all.switchedOff.push(...switchedOff);
  all.unresolved.push(...unresolved);
  all.findings.push(...findings);
}

/** What the steps of a job deploy in one leg of its matrix, or in its only run. */
function collect(around: VariableScope, stage: Stage, job: Job, leg: VariableScope | undefined, into: Collected): void {
  const variables = new JobVariables(around, stage, job, leg);
  const scopes = [around, stage.variables, job.variables, ...(leg === undefined ? [] : [leg])];
  const environment = environmentOf(variables.known, scopes);
  const isLeftOut = neverRuns(stage, job);
  for (const step of job.steps) {
    const isOff = isLeftOut || isSwitchedOff(step);
    const script = SCRIPTS.get(step.task?.name.toLowerCase() ?? '');
    const read =
      script === undefined
        ? TASKS.get(step.task?.name.toLowerCase() ?? '')
        : scripts.withEnvironment(script, environment);
    if (read !== undefined && step.task !== undefined) {
      const { name, major } = step.task;
      const task = major === undefined ? name : `${name}@${major}`;
      const inputs = new StepInputs(step, variables.known);
      const found = [...read(inputs, step, task), ...leftOpen(inputs)];
      // A step that is switched off is as good as not there.
      if (!isOff) into.findings.push(...inputs.findings);
      if (!isOff && found.length > 0) into.unresolved.push(...inputs.doubts);
      const targets = isOff ? into.switchedOff : into.targets;
      for (const [part, { target, call }] of found.entries())
        targets.push({ target, stage, job, step, part, task: call === undefined ? task : `${task} (${call})` });
    }
    if (!isOff) variables.after(step);
  }
}

/** The first of those that say the same. */
function unique<T>(all: readonly T[], what: (one: T) => unknown): T[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const said = JSON.stringify(what(one));
    return seen.has(said) ? false : seen.add(said);
  });
}

function leftOpen(inputs: StepInputs): Found[] {
  if (!inputs.unknown) return [];
  return [{ target: { kind: 'unknown', reasons: inputs.unresolved, doubts: [] }, call: undefined }];
}
