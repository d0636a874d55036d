import type { Finding } from '../finding/finding.ts';
import { environmentOf, JobVariables } from './known-variables.ts';
import type { Job, Pipeline, Stage, Step, Unresolved } from './model.ts';
import { StepInputs } from './step-inputs.ts';
import type { Found, ReadTask, Target } from './target.ts';
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
export function findTargets(pipeline: Pipeline): {
  readonly targets: readonly TargetStep[];
  readonly unresolved: readonly Unresolved[];
  readonly findings: readonly Finding[];
  /** What steps would deploy that are switched off: nobody does it, and that is why. */
  readonly switchedOff: readonly TargetStep[];
} {
  const targets: TargetStep[] = [];
  const switchedOff: TargetStep[] = [];
  const unresolved: Unresolved[] = [];
  const findings: Finding[] = [];
  for (const stage of pipeline.stages)
    for (const job of stage.jobs) {
      const variables = new JobVariables(pipeline, stage, job);
      const environment = environmentOf(variables.known, [pipeline.variables, stage.variables, job.variables]);
      for (const step of job.steps) {
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
          const isOff = step.enabled?.value === 'false';
          if (!isOff) findings.push(...inputs.findings);
          if (!isOff && found.length > 0) unresolved.push(...inputs.doubts);
          const into = isOff ? switchedOff : targets;
          for (const [part, { target, call }] of found.entries())
            into.push({ target, stage, job, step, part, task: call === undefined ? task : `${task} (${call})` });
        }
        if (step.enabled?.value !== 'false') variables.after(step);
      }
    }
  return { targets, unresolved, findings, switchedOff };
}

function leftOpen(inputs: StepInputs): Found[] {
  if (!inputs.unknown) return [];
  return [{ target: { kind: 'unknown', reasons: inputs.unresolved, doubts: [] }, call: undefined }];
}
